/**
 * The interpreter against an independent model, on random programs that run into traps, page
 * faults, their own page tables and their own code; and against itself, cut into random slices.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeHart,
  describeModel,
  machineInWorld,
  modelInWorld,
  ramOf,
  Random,
  randomWorld as randomWorldWith,
  type World,
} from './testing/random-programs.ts';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { Unmodelled, type PlantedFault } from './testing/small-model.ts';

const randomWorld = (seed: number) => randomWorldWith(seed, encodeInstruction);

const STEPS = 400;
const SEEDS = fc.integer();
/** Fixed, so that a failure can be repeated; the full campaign is larger. */
const RUNS = { numRuns: process.env.VITRINE_CAMPAIGN === 'full' ? 100_000 : 200, seed: 1 };

/** Where the machine and the model first differ, or undefined. */
function firstDifference(world: World, seed: number, fault?: PlantedFault): string | undefined {
  const machine = machineInWorld(world);
  const model = modelInWorld(world, fault);
  const random = new Random(seed);
  let steps = 0;
  while (steps < STEPS) {
    const slice = 1 + random.below(random.chance(50) ? 4 : 60);
    const result = machine.run(slice, { idle: 'stop' });
    while (steps < machine.cycle) {
      try {
        model.step();
      } catch (error) {
        if (error instanceof Unmodelled) {
          return undefined;
        }
        throw error;
      }
      steps++;
    }
    const [actual, expected] = [describeHart(machine), describeModel(model)];
    if (actual !== expected) {
      return `after ${steps} cycles\nmachine ${actual}\nmodel   ${expected}`;
    }
    if (result.reason !== 'budget') {
      break; // A runaway: nothing more would happen.
    }
  }
  const ram = ramOf(machine);
  if (Buffer.compare(ram, model.ram) === 0) {
    return undefined;
  }
  const difference = ram.findIndex((byte, index) => byte !== model.ram[index]);
  return `RAM differs at 0x${difference.toString(16)}`;
}

describe('the interpreter on random programs', () => {
  it('does what the model does', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        expect(firstDifference(randomWorld(seed), seed)).toBeUndefined();
      }),
      RUNS,
    );
  });

  const faults: readonly PlantedFault[] = [
    'alu',
    'bits',
    'branch',
    'compressed',
    'fetch',
    'memory',
    'trap',
    'page walk',
  ];
  it.each(faults)('would show a fault in the model: %s', (fault) => {
    const seeds = fc.sample(SEEDS, { numRuns: 2000, seed: 2 });
    const caught = seeds.some(
      (seed) => firstDifference(randomWorld(seed), seed, fault) !== undefined,
    );
    expect(caught).toBe(true);
  });

  it('reaches the same state however its run is sliced', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const world = randomWorld(seed);
        const straight = machineInWorld(world);
        const sliced = machineInWorld(world);
        const whole = straight.run(STEPS, { idle: 'stop' });
        const random = new Random(seed);
        let last = whole;
        while (sliced.cycle < straight.cycle) {
          const left = straight.cycle - sliced.cycle;
          last = sliced.run(Math.min(left, 1 + random.below(17)), { idle: 'stop' });
        }
        expect(last.reason).toBe(whole.reason);
        expect(sliced.describeState()).toBe(straight.describeState());
        expect(Buffer.compare(ramOf(sliced), ramOf(straight))).toBe(0);
      }),
      RUNS,
    );
  });
});
