/** Runs a RAM image on QEMU's `virt` board and returns what RAM holds when the guest has powered off. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QEMU } from '../qemu-boot.ts';

/** As our machine is, as far as the programs go. */
const CPU = 'rv32,h=off,c=on,f=on,d=on,Zfh=on,zba=on,zbb=on,zbc=on,zbs=on,zbkb=on,zbkx=on';
/**
 * With one hart QEMU splits an atomic into a load and a store, whose faults are a load's; with two
 * it raises the store/AMO exceptions that the specification asks for. The second hart is parked.
 */
const HARTS = 2;
const RAM_MEBIBYTES = 16;
/** The guest always ends; this only bounds a QEMU that hangs on a loaded machine. */
const HANG_MILLISECONDS = 120_000;

/** @throws Error if QEMU fails or the guest does not power off with code 0. */
export function runOnQemu(image: Uint8Array): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-qemu-'));
  try {
    const imageFile = join(folder, 'image.bin');
    const ramFile = join(folder, 'ram');
    writeFileSync(imageFile, image);
    const memory = `memory-backend-file,id=ram,size=${RAM_MEBIBYTES}M,share=on,mem-path=${ramFile}`;
    const result = spawnSync(
      QEMU,
      [
        ...['-machine', 'virt,memory-backend=ram', '-object', memory],
        ...['-m', `${RAM_MEBIBYTES}M`, '-cpu', CPU, '-nographic', '-monitor', 'none'],
        ...['-smp', `${HARTS}`, '-serial', 'none', '-bios', 'none'],
        ...['-device', `loader,file=${imageFile},addr=0x80000000,force-raw=on`],
      ],
      { timeout: HANG_MILLISECONDS, killSignal: 'SIGKILL', encoding: 'utf8' },
    );
    if (result.status !== 0) {
      throw new Error(`${QEMU} ended with ${result.status ?? result.signal}: ${result.stderr}`);
    }
    return new Uint8Array(readFileSync(ramFile)).subarray(0, image.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
