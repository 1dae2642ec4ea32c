/** What a guest reads from event counters in the in-order clock model. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { PRESETS } from '../timing/inorder/parameters.ts';
import type { Machine } from '../machine.ts';
import { REASON_NAMES } from '../timing/inorder/reasons.ts';
import { guest } from './testing/guest.ts';
import { machineInWorld, randomWorld } from './testing/random-programs.ts';

/** `mhpmevent` as the U54 has it: a class in bits 7 to 0, then one bit for each event. */
const LOADS = 1 << 9;
const LOAD_USE_INTERLOCKS = (1 << 8) | 1;
const DATA_CACHE_AND_DIRECTION = (1 << 12) | (1 << 13) | 1;
const INSTRUCTION_CACHE_MISSES = (1 << 8) | 2;
const NOTHING = 7;

const LOAD = encodeInstruction('lw', { rd: 11, immediate: 0, rs1: 10 });
const USE = encodeInstruction('add', { rd: 12, rs1: 11, rs2: 11 });
const ROUNDS = 20;

/** csrrw x0, mcounteren, x0; csrrw x0, mscratch, x0. */
const WRITE_WITH_FLUSH = 0x3060_1073;
const WRITE_OF_SCRATCH = 0x3400_1073;
const CSR_WRITE_FLUSHES = (1 << 15) | 1;
/** f1 from f2, f3 and f4, and a0; by the bit of class 0 that counts them. */
const FLOATS: Readonly<Record<number, readonly number[]>> = {
  19: [0x0005_2087],
  20: [0x0015_2027],
  21: [0x0031_00d3, 0x0831_00d3],
  22: [0x1031_00d3],
  23: [0x2031_00c3],
  24: [0x1831_00d3, 0x5801_00d3],
  25: [0x2831_00d3, 0xa031_2553],
};
const FLOATS_ON = 0x6000;

function run(event: number, words: readonly number[]): number {
  const { machine, hart, step, csr } = guest(words);
  machine.useClockModel(PRESETS.u54);
  hart.writeRegister(10, 0x8000_1000);
  hart.writeCsr('mstatus', csr('mstatus') | FLOATS_ON);
  hart.writeCsr('mhpmevent3', event);
  hart.writeCsr('mhpmcounter3', 0);
  while (hart.retired < words.length) step();
  return csr('mhpmcounter3');
}

const PROGRAM = Array.from({ length: ROUNDS }, () => [LOAD, USE]).flat();

const RANDOM_RUNS = { numRuns: 20, seed: 1 };
const RANDOM_CYCLES = 2000;
const CYCLES_BY_REASON = 3;
const FIRST_COUNTER = 3;

const selectorOf = (reason: number) => (1 << (8 + reason)) | CYCLES_BY_REASON;

/** Cycles charged to each reason, in all modes and address spaces. */
function chargedByReason(machine: Machine): number[] {
  const sums = REASON_NAMES.map(() => 0);
  for (const { reason, cycles } of machine.chargedCycles(0)) sums[reason] += cycles;
  return sums;
}

describe('event counters in the in-order model', () => {
  it('count instructions by kind', () => {
    expect(run(LOADS, PROGRAM)).toBe(ROUNDS);
  });

  it('count cycles of waiting', () => {
    // Each use but the first, which waits for the D-cache; two in whose place the next line of
    // instructions is waited for; and the last, after which nothing comes.
    expect(run(LOAD_USE_INTERLOCKS, PROGRAM)).toBe(ROUNDS - 4);
  });

  it('count several events at once', () => {
    const { sharedLatency, memoryLatency } = PRESETS.u54;
    // One miss, whose use waits the cycle of a hit as well.
    expect(run(DATA_CACHE_AND_DIRECTION, PROGRAM)).toBe(sharedLatency + memoryLatency + 1);
  });

  it('count misses', () => {
    const lines = Math.ceil((PROGRAM.length * 4) / 64);
    expect(run(INSTRUCTION_CACHE_MISSES, PROGRAM)).toBe(lines);
  });

  it('count the cycles of flushes by writes of CSRs', () => {
    // A write of mscratch flushes nothing; the first has the line of instructions fetched.
    const writes = [WRITE_OF_SCRATCH, WRITE_WITH_FLUSH, WRITE_OF_SCRATCH, WRITE_WITH_FLUSH];
    expect(run(CSR_WRITE_FLUSHES, [...writes, WRITE_OF_SCRATCH])).toBe(
      2 * PRESETS.u54.csrWritePenalty,
    );
  });

  it.each(Object.keys(FLOATS).map(Number))('count floating-point operations by bit %i', (bit) => {
    expect(run(1 << bit, Object.values(FLOATS).flat())).toBe(FLOATS[bit].length);
  });

  it('give a guest the cycles of each reason that --stats shows', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const machine = machineInWorld(randomWorld(seed, encodeInstruction));
        machine.useClockModel(PRESETS.u54);
        const [hart] = machine.harts;
        const counters = REASON_NAMES.map((_, reason) => FIRST_COUNTER + reason);
        counters.forEach((counter, reason) => {
          hart.counters.writeEvent(counter, selectorOf(reason));
        });
        for (let cycle = 0; cycle < RANDOM_CYCLES; cycle++) machine.stepCycle();
        // What an instruction costs is counted when it begins, and charged as it passes.
        while ((machine.pipeline()?.untilFetch ?? 0) > 0) machine.stepCycle();
        // Waiting is counted when it is over, or when the state is looked at.
        machine.describeState();
        const sums = chargedByReason(machine);
        counters.forEach((counter, reason) => {
          // Some programs choose other events, or write counters.
          const isOurs = hart.counters.readEvent(counter) === selectorOf(reason);
          if (isOurs)
            expect(hart.counters.readLow(counter), REASON_NAMES[reason]).toBe(sums[reason]);
        });
      }),
      RANDOM_RUNS,
    );
  });

  it('count nothing for a selector that nothing has', () => {
    expect(run(NOTHING, PROGRAM)).toBe(0);
  });

  it('show nothing of it in the functional model', () => {
    const { hart, step, csr } = guest(PROGRAM);
    hart.writeRegister(10, 0x8000_1000);
    hart.writeCsr('mhpmevent3', LOADS);
    step(PROGRAM.length);
    expect(csr('mhpmcounter3')).toBe(0);
  });
});
