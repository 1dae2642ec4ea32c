/** The same guests on QEMU, where it is installed: what our figures are held against. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeElf } from '../elf/write-elf.ts';
import type { LinkedImage } from '../linker/link.ts';

const QEMU = 'qemu-system-riscv32';
const MS_PER_SECOND = 1000;
/** No guest takes anywhere near as long. */
const PATIENCE_MS = 120_000;

/** How QEMU counts time: as fast as it goes, or a nanosecond for each instruction, as we do. */
export const QEMU_MODES = {
  plain: [],
  icount: ['-icount', 'shift=0,sleep=off'],
} as const;
export type QemuMode = keyof typeof QEMU_MODES;

export interface QemuBoard {
  readonly mode: QemuMode;
  readonly harts: number;
}

export function hasQemu(): boolean {
  return spawnSync(QEMU, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/**
 * Seconds that a guest takes on QEMU from its start to its power-off, by run, without what QEMU needs
 * to start: that is the time of a guest that does next to nothing.
 * @throws Error if QEMU fails, or the guest does not end well
 */
export function runOnQemu(
  image: LinkedImage,
  empty: LinkedImage,
  board: QemuBoard,
  runs: number,
): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-'));
  const place = (name: string, linked: LinkedImage): string => {
    const path = join(folder, name);
    writeFileSync(path, writeElf(linked));
    return path;
  };
  try {
    const [guest, start] = [place('guest.elf', image), place('empty.elf', empty)];
    return Array.from({ length: runs }, () => {
      return Math.max(timeOf(guest, board) - timeOf(start, board), 1 / MS_PER_SECOND);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function timeOf(path: string, { mode, harts }: QemuBoard): number {
  const start = performance.now();
  const { status, error, stderr } = spawnSync(
    QEMU,
    [
      ...[
        '-machine',
        'virt',
        '-cpu',
        'rv32,h=off',
        '-m',
        '64M',
        '-smp',
        String(harts),
        '-bios',
        'none',
        '-kernel',
        path,
      ],
      ...['-display', 'none', '-serial', 'null', '-monitor', 'none', ...QEMU_MODES[mode]],
    ],
    { timeout: PATIENCE_MS, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  if (error !== undefined || status !== 0) {
    throw new Error(`${QEMU}: ${error?.message ?? stderr.trim()} (status ${status})`);
  }
  return (performance.now() - start) / MS_PER_SECOND;
}
