/** gdb, attached to QEMU, stops our kernel at a line of its TypeScript source. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { QEMU_BOOT, QEMU } from './qemu-boot.ts';
import { describeWithWitness } from './witness.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GDB = 'gdb-multiarch';
const SOURCE = 'kernels/micro/main.ts';
/** In a function that runs once, early in the kernel's life. */
const STATEMENT = "printBanner('micro', platform);";
/** Bounds a gdb or QEMU that hangs. */
const HANG_MILLISECONDS = 60_000;

async function untilExists(path: string): Promise<void> {
  const deadline = Date.now() + HANG_MILLISECONDS;
  while (!existsSync(path)) {
    if (Date.now() > deadline) throw new Error(`${path} did not appear`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describeWithWitness(QEMU, 'on QEMU', () => {
  describeWithWitness(GDB, 'gdb', () => {
    it('breaks at a line of TypeScript, lists it and steps', async () => {
      const text = readFileSync(join(ROOT, SOURCE), 'utf8');
      const line = text.slice(0, text.indexOf(`  ${STATEMENT}`)).split('\n').length;
      const folder = mkdtempSync(join(tmpdir(), 'vitrine-gdb-'));
      const socket = join(folder, 'gdb');
      const qemu = spawn(QEMU, [
        ...QEMU_BOOT,
        ...['-serial', 'none', '-S', '-gdb', 'chardev:gdb'],
        ...['-chardev', `socket,path=${socket},server=on,wait=off,id=gdb`],
      ]);
      try {
        await untilExists(socket);
        const commands = [
          ...['set architecture riscv:rv32', `target remote ${socket}`],
          ...[`break ${SOURCE}:${line}`, 'continue', 'list', 'stepi', 'info symbol $pc'],
        ];
        const { stdout, stderr } = spawnSync(
          GDB,
          ['-nx', '-batch', 'build/micro.elf', ...commands.flatMap((each) => ['-ex', each])],
          { cwd: ROOT, encoding: 'utf8', timeout: HANG_MILLISECONDS },
        );
        expect(stdout, stderr).toContain(`Breakpoint 1, kernel_main () at ${SOURCE}:${line}`);
        expect(stdout).toContain(`${line}\t  ${STATEMENT}`);
        expect(stdout).toMatch(/in section \.text/);
      } finally {
        qemu.kill('SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
});
