/**
 * What it costs to be able to go back: snapshots while a guest works in paged memory, and the time to
 * go back by one instruction, and to the middle, after so many instructions.
 */
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { History } from '../../machine/history/history.ts';
import { InputDoor } from '../../machine/history/input.ts';
import type { Machine } from '../../machine/machine.ts';
import { assembleGuest } from './assemble-guest.ts';

export interface HistoryResult {
  /** Instructions retired when it was measured. */
  readonly instructions: number;
  readonly snapshots: number;
  /** What they take. */
  readonly bytes: number;
  /** Seconds of running up to there with a history, for each without. */
  readonly slowdown: number;
  /** Milliseconds of a snapshot then and there: median, with little changed since the last. */
  readonly snapshotMs: number;
  /** Milliseconds to the instruction before, the first time and once more. */
  readonly backMs: number;
  readonly backAgainMs: number;
  /** Milliseconds to the middle. */
  readonly middleMs: number;
}

const GUEST = 'paging';
/** More than any measurement needs. */
const ROUNDS = 2 ** 30;
const RAM_BYTES = 128 * 2 ** 20;
const MEMORY_BYTES = 256 * 2 ** 20;
const SNAPSHOTS = 9;
const FEW_CYCLES = 1000;

function timed(act: () => void): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

function startGuest(root: string): Machine {
  const serial = { transmit: () => undefined };
  const { machine } = createVirtMachine({ ramBytes: RAM_BYTES, harts: 1, serial });
  for (const { address, bytes } of assembleGuest(root, GUEST, ROUNDS).segments) {
    machine.writePhysical(address, bytes);
  }
  return machine;
}

function runTo(machine: Machine, instructions: number): void {
  while (machine.instructionsRetired < instructions) {
    const result = machine.run(instructions - machine.instructionsRetired, { idle: 'skip' });
    if (result.reason !== 'budget') throw new Error(`the guest has ended: ${result.reason}`);
  }
}

const median = (values: readonly number[]): number =>
  values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Measures after each number of instructions, in one process one after the other. */
export function benchmarkHistory(
  root: string,
  counts: readonly number[],
  onCount: (instructions: number) => void,
): readonly HistoryResult[] {
  return counts.map((instructions) => {
    onCount(instructions);
    const plain = startGuest(root);
    const plainMs = timed(() => {
      runTo(plain, instructions);
    });
    const machine = startGuest(root);
    const door = new InputDoor(
      () => machine.instant,
      () => undefined,
    );
    const snapshotMs: number[] = [];
    const history = new History(machine, door, { memoryBytes: MEMORY_BYTES });
    const ms = timed(() => {
      history.runTo({ instructions });
    });
    const { bytes, snapshotCount } = history;
    const backMs = timed(() => history.stepBack());
    const backAgainMs = timed(() => history.stepBack());
    const middleMs = timed(() => history.runTo({ instructions: Math.floor(instructions / 2) }));
    for (let index = 0; index < SNAPSHOTS; index++) {
      machine.run(FEW_CYCLES, { idle: 'skip' });
      snapshotMs.push(timed(() => machine.snapshots.take()));
    }
    return {
      instructions,
      snapshots: snapshotCount,
      bytes,
      slowdown: ms / plainMs,
      snapshotMs: median(snapshotMs),
      backMs,
      backAgainMs,
      middleMs,
    };
  });
}
