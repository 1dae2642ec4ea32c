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

/** What gdb prints about the microkernel on QEMU, from its first instruction on. */
async function debugKernel(
  commands: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-gdb-'));
  const socket = join(folder, 'gdb');
  const qemu = spawn(QEMU, [
    ...QEMU_BOOT,
    ...['-serial', 'none', '-S', '-gdb', 'chardev:gdb'],
    ...['-chardev', `socket,path=${socket},server=on,wait=off,id=gdb`],
  ]);
  try {
    await untilExists(socket);
    const all = ['set architecture riscv:rv32', `target remote ${socket}`, ...commands];
    return spawnSync(
      GDB,
      ['-nx', '-batch', 'build/micro.elf', ...all.flatMap((each) => ['-ex', each])],
      { cwd: ROOT, encoding: 'utf8', timeout: HANG_MILLISECONDS },
    );
  } finally {
    qemu.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

describeWithWitness(QEMU, 'on QEMU', () => {
  describeWithWitness(GDB, 'gdb', () => {
    it('breaks at a line of TypeScript, lists it and steps', async () => {
      const text = readFileSync(join(ROOT, SOURCE), 'utf8');
      const line = text.slice(0, text.indexOf(`  ${STATEMENT}`)).split('\n').length;
      const { stdout, stderr } = await debugKernel([
        ...[`break ${SOURCE}:${line}`, 'continue', 'list', 'stepi', 'info symbol $pc'],
      ]);
      // With the values of its parameters, where they survive.
      expect(stdout, stderr).toMatch(/Breakpoint 1, (0x[0-9a-f]+ in )?kernel_main \(/);
      expect(stdout).toContain(`at ${SOURCE}:${line}`);
      expect(stdout).toContain(`${line}\t  ${STATEMENT}`);
      expect(stdout).toMatch(/in section \.text/);
    });

    it('knows classes, unwinds to the trap entry, prints structures and finishes functions', async () => {
      const { stdout, stderr } = await debugKernel([
        ...['tbreak kernel_main', 'continue', 'finish', 'info symbol $pc'],
        ...['break handle_trap', 'continue', 'bt', 'ptype struct Thread'],
        ...['print *((struct Hart *)$tp)->current'],
      ]);
      // The start-up code goes on after its call of kernel_main.
      expect(stdout, stderr).toMatch(/^bss_is_clear \+ \d+ in section \.text/m);
      expect(stdout).toMatch(/^#0 .*handle_trap \(/m);
      expect(stdout).toMatch(/^#1 .* in trap_entry \(\) at kernels\/core\/entry\.s:\d+/m);
      // Nothing called the trap entry.
      expect(stdout).not.toMatch(/^#2/m);
      expect(stdout).toMatch(/type = struct Thread \{\n.* kind;/);
      expect(stdout).toMatch(/^ {4}struct ThreadQueue \*queue;$/m);
      expect(stdout).toMatch(/\$2 = \{kind = \d+, .*priority = \d+/);
    });

    it('shows calls that the compiler has inlined as frames, with parameters', async () => {
      const { stdout, stderr } = await debugKernel(['break findHandle', 'continue', 'bt']);
      expect(stdout, stderr).toMatch(/^#0 .*findHandle \(process=0x8[0-9a-f]+, handle=\d+, kind=/m);
      // A frame without an address of its own shares the one above it.
      expect(stdout).toMatch(
        /^#[1-9] {2}\w+ \(hart=0x[0-9a-f]+, thread=0x[0-9a-f]+\) at kernels\//m,
      );
      expect(stdout).toMatch(/^#\d .*handle_trap \(/m);
      expect(stdout).toMatch(/^#\d .* in trap_entry \(\) at kernels\/core\/entry\.s:\d+/m);
    });
  });
});
