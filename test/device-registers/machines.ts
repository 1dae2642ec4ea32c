/** The poke guest on QEMU, the same accesses on our board without a hart, and the guest on ours. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  detachedBoard,
  type DetachedBoard,
  type DetachedBoardOptions,
} from '../../machine/boards/detached-board.ts';
import { createVirtMachine, type VirtMachineOptions } from '../../machine/boards/virt.ts';
import { Ram } from '../../machine/bus/ram.ts';
import {
  describeOutcome,
  describePoke,
  outcomesIn,
  POKE_RAM_BYTES,
  pokeImage,
  RAM_BASE,
  SSIP,
  type Outcome,
  type Poke,
} from './poke-guest.ts';

export const QEMU = 'qemu-system-riscv32';

const HANG_MILLISECONDS = 60_000;
const NO_TRAP = 0xffff_ffff;
const LOAD_ACCESS_FAULT = 5;
const STORE_ACCESS_FAULT = 7;
/** Guest time that an access takes, and how long an `await` waits, in cycles. */
const ACCESS_CYCLES = 10;
const PATIENCE = 1_000_000_000;
const BUDGET = 200_000_000;
const BYTES_PER_MEBIBYTE = 2 ** 20;

/** What is special about the machines. */
export interface Setting {
  /** QEMU's options, files named as `$FOLDER/NAME`. */
  readonly qemu?: readonly string[];
  /** Files that those options speak of. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly board?: Omit<DetachedBoardOptions, 'ramBytes' | 'harts' | 'memory'>;
  readonly harts?: number;
}

export function onQemu(
  script: readonly Poke[],
  { qemu = [], files = {}, harts = 1 }: Setting = {},
): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-poke-'));
  try {
    const image = join(folder, 'poke.bin');
    writeFileSync(image, pokeImage(script));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const machine = qemu.includes('-machine') ? [] : ['-machine', 'virt'];
    // Not to a pipe: QEMU's UART drops what a pipe does not take at once.
    const output = join(folder, 'output');
    const { status, stderr } = spawnSync(
      QEMU,
      [
        ...machine,
        ...['-m', `${POKE_RAM_BYTES / BYTES_PER_MEBIBYTE}M`, '-smp', `${harts}`, '-bios', image],
        ...['-cpu', 'rv32,h=off', '-display', 'none', '-monitor', 'none'],
        ...['-serial', `file:${output}`],
        ...qemu.map((option) => option.replaceAll('$FOLDER', folder)),
      ],
      {
        timeout: HANG_MILLISECONDS,
        // A QEMU that cannot write any more takes no notice of a gentler signal.
        killSignal: 'SIGKILL',
        encoding: 'latin1',
        input: '',
        maxBuffer: 2 ** 26,
      },
    );
    if (status !== 0) throw new Error(`${QEMU} ended with ${status}: ${stderr}`);
    return outcomesIn(readFileSync(output, 'latin1'), script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The guest on a machine of ours. */
export function onOurMachine(
  script: readonly Poke[],
  { board = {}, harts = 1 }: Setting = {},
): Outcome[] {
  const sent: number[] = [];
  const options: VirtMachineOptions = {
    ...board,
    ramBytes: POKE_RAM_BYTES,
    harts,
    serial: { transmit: (byte) => sent.push(byte) },
  };
  const { machine } = createVirtMachine(options);
  machine.writePhysical(RAM_BASE, pokeImage(script));
  const result = machine.run(BUDGET, { idle: 'skip' });
  if (result.reason !== 'poweroff') throw new Error(`the guest ended with ${result.reason}`);
  return outcomesIn(Buffer.from(sent).toString('latin1'), script);
}

/** The same accesses without a guest. */
export function onOurBoard(
  script: readonly Poke[],
  { board = {}, harts = 1 }: Setting = {},
): Outcome[] {
  const memory = new Ram(POKE_RAM_BYTES);
  const detached = detachedBoard({ ...board, ramBytes: POKE_RAM_BYTES, harts, memory });
  return script.map((poke) => {
    detached.clock.advanceTo(detached.clock.now + ACCESS_CYCLES);
    return perform(poke, detached, memory);
  });
}

function perform(poke: Poke, { bus, clock, pins }: DetachedBoard, memory: Ram): Outcome {
  const value = (low: number, high = 0) => describeOutcome(poke, NO_TRAP, low, high);
  switch (poke.kind) {
    case 'pending':
      return value(pins[0]);
    case 'clear': {
      const before = pins[0];
      pins[0] &= ~SSIP;
      return value(before);
    }
    case 'await': {
      const end = clock.now + PATIENCE;
      for (;;) {
        const read = bus.read(poke.address, poke.width) ?? 0;
        if ((read & poke.mask) >>> 0 === poke.value) return value(1);
        if (clock.now >= end) return value(0);
        clock.advanceTo(Math.min(Math.max(clock.nextDue, clock.now + ACCESS_CYCLES), end));
      }
    }
    case 'read': {
      const { address, width } = poke;
      const halves = new Uint32Array(2);
      const taken = address >= RAM_BASE ? readRam() : readDevice();
      return taken ? value(halves[0], halves[1]) : describeOutcome(poke, LOAD_ACCESS_FAULT, 0, 0);

      function readRam(): boolean {
        return memory.readBytes(address, new Uint8Array(halves.buffer, 0, width));
      }
      function readDevice(): boolean {
        if (width === 8) return bus.readDouble(address, halves);
        const read = bus.read(address, width);
        halves[0] = read ?? 0;
        return read !== undefined;
      }
    }
    case 'write': {
      const { address, width } = poke;
      const low = Number(BigInt.asUintN(32, poke.value));
      const high = Number(BigInt.asUintN(32, poke.value >> 32n));
      const bytes = new Uint8Array(Uint32Array.of(low, high).buffer).subarray(0, width);
      if (address >= RAM_BASE) return memory.writeBytes(address, bytes) ? value(0) : 'trap 7';
      const narrow = width === 4 ? low : low % 2 ** (8 * width);
      const taken =
        width === 8 ? bus.writeDouble(address, low, high) : bus.write(address, width, narrow);
      return taken ? value(0) : describeOutcome(poke, STORE_ACCESS_FAULT, 0, 0);
    }
  }
}

/** What led to the first difference, or an empty text. */
export function firstDifference(
  script: readonly Poke[],
  ours: readonly Outcome[],
  theirs: readonly Outcome[],
): string {
  const at = script.findIndex((_, index) => ours[index] !== theirs[index]);
  if (at < 0) return '';
  const history = script.slice(Math.max(0, at - 15), at).map((poke, index) => {
    return `${describePoke(poke)} ${theirs[Math.max(0, at - 15) + index]}`;
  });
  return `step ${at}, ${describePoke(script[at])}: ours ${ours[at]}, QEMU's ${theirs[at]}, after\n${history.join('\n')}`;
}
