/** The in-order engine on random programs: against the functional model, and against itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import type { Machine } from '../machine.ts';
import { PRESETS, type InorderParameters } from '../timing/inorder/parameters.ts';
import {
  describeHart,
  machineInWorld,
  machineInWorlds,
  ramOf,
  Random,
  randomWorld as randomWorldWith,
  type World,
} from './testing/random-programs.ts';

const randomWorld = (seed: number) => {
  const world = randomWorldWith(seed, encodeInstruction);
  return seed % 3 === 0 ? withFloats(world, seed) : world;
};
const STEPS = 300;
/** Cycles in which many instructions are executed before they are timed. */
const LONG_RUN = 8000;
const SEEDS = fc.integer();
const RUNS = { numRuns: process.env.VITRINE_CAMPAIGN === 'full' ? 20_000 : 30, seed: 1 };
const PRESET_NAMES = Object.keys(PRESETS);
/** Class 0, "exception taken": makes the engine classify every instruction; class 1 does not. */
const SELECTS_COMMITTED = 0x100;
const SELECTS_INTERLOCK = 0x101;

/** Small enough for random programs to miss in. */
const CRAMPED: InorderParameters = {
  ...PRESETS.u54,
  instructionCache: { bytes: 512, ways: 2 },
  dataCache: { bytes: 512, ways: 2 },
  sharedCache: { bytes: 2048, ways: 4 },
  fetchTranslations: 2,
  dataTranslations: 2,
  sharedTranslations: 4,
  historyEntries: 8,
  historyBits: 2,
  targetEntries: 3,
  returnEntries: 2,
};

function inorder(world: World, parameters: InorderParameters): Machine {
  const machine = machineInWorld(world);
  machine.useClockModel(parameters);
  return machine;
}

/** Anything of OP-FP, the multiply-adds, and single and double loads and stores. */
function randomFloat(random: Random): number {
  const opcode = random.pick([0x53, 0x53, 0x43, 0x47, 0x4b, 0x4f, 0x07, 0x27]);
  const isAccess = opcode === 0x07 || opcode === 0x27;
  if (isAccess) {
    const base = random.pick([2, 8, 9, 18, 19, 20]);
    const fields = (random.below(32) << 7) | (random.pick([2, 3]) << 12) | (base << 15);
    return opcode | fields | (random.below(32) << 20);
  }
  const format = random.below(2) << 25;
  const operation = random.pick([0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x14, 0x18, 0x1a]);
  const registers = (random.below(32) << 7) | (random.below(32) << 15) | (random.below(32) << 20);
  const rounding = random.pick([0, 0, 1, 2, 7]) << 12;
  return opcode | registers | rounding | format | (operation << 27);
}

const FLOATS_ON = 0x6000;
const CODE_BYTES = { first: 0x2000, end: 0x5000 };

/** The world with floating-point instructions among the others of its code, and the unit on. */
function withFloats(world: World, seed: number): World {
  const random = new Random(seed);
  const ram = world.ram.slice();
  const words = new Uint32Array(ram.buffer);
  for (let at = CODE_BYTES.first; at < CODE_BYTES.end; at += 4) {
    if (random.chance(25)) words[at / 4] = randomFloat(random);
  }
  const csrs = world.csrs.map(([name, value]): (typeof world.csrs)[number] =>
    name === 'mstatus' ? [name, value | FLOATS_ON] : [name, value],
  );
  return { ...world, ram, csrs };
}

function parametersFor(seed: number): InorderParameters {
  const names = [...PRESET_NAMES, 'cramped', 'cramped'];
  const name = names[(seed >>> 3) % names.length];
  return name === 'cramped' ? CRAMPED : PRESETS[name];
}

function charged(machine: Machine, hart = 0): number {
  return machine.chargedCycles(hart).reduce((sum, { cycles }) => sum + cycles, 0);
}

describe('the in-order engine', () => {
  it('does what the functional model does, at equal numbers of instructions', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const world = randomWorld(seed);
        const functional = machineInWorld(world);
        const timed = inorder(world, parametersFor(seed));
        for (let step = 0; step < STEPS; step++) {
          const expected = functional.stepInstruction();
          const actual = timed.stepInstruction();
          expect(actual).toEqual(expected);
          expect(describeHart(timed)).toBe(describeHart(functional));
          expect(timed.instructionsRetired).toBe(functional.instructionsRetired);
          if (expected.reason !== 'budget') break;
        }
        expect(Buffer.compare(ramOf(timed), ramOf(functional))).toBe(0);
      }),
      RUNS,
    );
  });

  it('reaches the same state by cycles as in one run, and charges every cycle', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const world = randomWorld(seed);
        const parameters = parametersFor(seed);
        const whole = inorder(world, parameters);
        const stepped = inorder(world, parameters);
        const random = new Random(seed);
        for (let part = 0; part < 8; part++) {
          const cycles = 1 + random.below(part < 4 ? 12 : part < 7 ? 200 : LONG_RUN / 2);
          const result = whole.run(cycles, { idle: 'stop' });
          if (result.reason !== 'budget') break;
          while (stepped.cycle < whole.cycle) stepped.stepCycle();
          expect(stepped.pipeline()).toEqual(whole.pipeline());
          expect(charged(stepped)).toBe(stepped.cycle);
          expect(stepped.chargedCycles(0)).toEqual(whole.chargedCycles(0));
          expect(stepped.describeState()).toBe(whole.describeState());
        }
        expect(Buffer.compare(ramOf(stepped), ramOf(whole))).toBe(0);
      }),
      RUNS,
    );
  });

  it('times every instruction alike in its two ways', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const world = randomWorld(seed);
        const parameters = parametersFor(seed);
        const fast = inorder(world, parameters);
        const exact = inorder(world, parameters);
        fast.harts[0].writeCsr('mhpmevent3', SELECTS_INTERLOCK);
        exact.harts[0].writeCsr('mhpmevent3', SELECTS_COMMITTED);
        const random = new Random(seed);
        for (let part = 0; part < 20; part++) {
          const cycles = 1 + random.below(part < 10 ? 100 : LONG_RUN);
          const result = fast.run(cycles, { idle: 'stop' });
          expect(exact.run(cycles, { idle: 'stop' })).toEqual(result);
          expect(exact.pipeline()).toEqual(fast.pipeline());
          expect(exact.chargedCycles(0)).toEqual(fast.chargedCycles(0));
          expect(describeHart(exact)).toBe(describeHart(fast));
          if (result.reason !== 'budget') break;
        }
      }),
      RUNS,
    );
  });

  it('gives way to the functional model, and takes over, between any two instructions', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const world = randomWorld(seed);
        const functional = machineInWorld(world);
        const changing = machineInWorld(world);
        const random = new Random(seed);
        for (let step = 0; step < STEPS; step++) {
          if (random.chance(10)) {
            changing.useClockModel(random.chance(40) ? undefined : parametersFor(seed + step));
          }
          const expected = functional.stepInstruction();
          expect(changing.stepInstruction()).toEqual(expected);
          expect(describeHart(changing)).toBe(describeHart(functional));
          expect(changing.instructionsRetired).toBe(functional.instructionsRetired);
          if (expected.reason !== 'budget') break;
        }
      }),
      RUNS,
    );
  });

  it('comes back from a snapshot as it was', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const machine = inorder(randomWorld(seed), parametersFor(seed));
        machine.run(150, { idle: 'stop' });
        const snapshot = machine.snapshots.take();
        const [there, stages] = [machine.describeState(), machine.pipeline()];
        const result = machine.run(200, { idle: 'stop' });
        const [later, charges] = [machine.describeState(), machine.chargedCycles(0)];
        machine.useClockModel(undefined);
        machine.snapshots.restore(snapshot);
        expect(machine.pipeline()).toEqual(stages);
        expect(machine.describeState()).toBe(there);
        expect(machine.run(200, { idle: 'stop' })).toEqual(result);
        expect(machine.describeState()).toBe(later);
        expect(machine.chargedCycles(0)).toEqual(charges);
      }),
      RUNS,
    );
  });

  it('starts cold', () => {
    const world = randomWorld(1);
    const machine = inorder(world, CRAMPED);
    machine.run(500, { idle: 'stop' });
    machine.useClockModel(CRAMPED);
    expect(machine.pipeline()?.stages).toEqual([]);
    expect(machine.chargedCycles(0)).toEqual([]);
  });

  it('lets several harts share their memory', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const worlds = [randomWorld(seed), randomWorld(seed + 1)];
        const machines = [0, 1].map(() => {
          const machine = machineInWorlds(worlds);
          machine.useClockModel(CRAMPED);
          return machine;
        });
        const [whole, stepped] = machines;
        for (let part = 0; part < 4; part++) {
          const result = whole.run(100, { idle: 'stop' });
          if (result.reason !== 'budget') break;
          while (stepped.cycle < whole.cycle) stepped.stepCycle();
          expect(stepped.describeState()).toBe(whole.describeState());
          for (const [i, hart] of whole.harts.entries()) {
            expect(charged(whole, i)).toBe(hart.cycle);
          }
        }
      }),
      RUNS,
    );
  });
});
