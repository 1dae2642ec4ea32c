/** What must hold of the in-order clock model; a fault in it breaks one of these. */
import { Ram } from '../../machine/bus/ram.ts';
import {
  describeHart,
  machineInWorld,
  machineInWorlds,
  RAM_BASE,
  RAM_BYTES,
  Random,
  randomWorld,
} from '../../machine/engine/testing/random-programs.ts';
import type { Machine } from '../../machine/machine.ts';
import { Privilege } from '../../machine/hart/privilege.ts';
import { Region } from '../../machine/hart/state-layout.ts';
import { CountedEvent } from '../../machine/timing/inorder/events.ts';
import { MemoryTiming, SharedMemoryTiming } from '../../machine/timing/inorder/memory-timing.ts';
import { PRESETS, type InorderParameters } from '../../machine/timing/inorder/parameters.ts';
import { TimingLimit } from '../../machine/timing/inorder/timing-layout.ts';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { measure, MICROBENCHMARKS } from '../../tools/bench/microbenchmarks.ts';

const SEEDS = 12;
const LONGEST_PART = 400;
const PARTS = 4;
/** Class 0 of events, which makes the engine execute every instruction by itself. */
const SELECTS_COMMITTED = 0x100;
const SELECTS_INTERLOCK = 0x101;
const IDLE = { idle: 'stop' } as const;
const WAYS = 4;

/** Small enough for random programs to miss in. */
const CRAMPED: InorderParameters = {
  ...PRESETS.u54,
  instructionCache: { bytes: 512, ways: 2 },
  dataCache: { bytes: 512, ways: 2 },
  sharedCache: { bytes: 2048, ways: 4 },
  fetchTranslations: 2,
  dataTranslations: 2,
  sharedTranslations: 4,
};

/** Whether a thing takes the cycles that it should, by its subject among the microbenchmarks. */
export function takesWhatItShould(subject: string): boolean {
  const benchmark = MICROBENCHMARKS.find((each) => each.subject === subject);
  if (benchmark === undefined) throw new RangeError(`there is no microbenchmark "${subject}"`);
  return measure(benchmark) === benchmark.intended;
}

function cramped(seed: number): Machine {
  const machine = machineInWorld(randomWorld(seed, encodeInstruction));
  machine.useClockModel(CRAMPED);
  return machine;
}

function forSeeds(holds: (seed: number) => boolean): boolean {
  return Array.from({ length: SEEDS }, (_, seed) => seed + 1).every(holds);
}

function chargedTo(machine: Machine, hart: number): number {
  return machine.chargedCycles(hart).reduce((sum, { cycles }) => sum + cycles, 0);
}

/** Lets two machines come to the same cycles, one in whole runs and one step by step. */
function alikeByCycles(whole: Machine, stepped: Machine, seed: number): boolean {
  const random = new Random(seed);
  for (let part = 0; part < PARTS; part++) {
    if (whole.run(1 + random.below(LONGEST_PART), IDLE).reason !== 'budget') return true;
    while (stepped.cycle < whole.cycle) stepped.stepCycle();
    for (const [hart] of whole.harts.entries()) {
      const [ours, theirs] = [whole.pipeline(hart), stepped.pipeline(hart)];
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) return false;
    }
    if (whole.describeState() !== stepped.describeState()) return false;
  }
  return true;
}

const CODE = [0x1000, 0x2000] as const;
const DATA = 0x3000;
const POINTER = 8;
const STORED = 10;
const FIRST_LOADED = 16;
const LOADS = 8;

/** What hart 1 loads in each cycle from a word in which hart 0 stores 1 in the cycle `stores`. */
function loadedByCycle(stores: number): number[] {
  const ram = new Uint8Array(RAM_BYTES);
  const words = new Uint32Array(ram.buffer);
  const nothing = encodeInstruction('addi', { rd: 0, rs1: 0, immediate: 0 });
  const store = encodeInstruction('sw', { rs1: POINTER, rs2: STORED, immediate: 0 });
  const loads = Array.from({ length: LOADS }, (_, i) =>
    encodeInstruction('lw', { rd: FIRST_LOADED + i, rs1: POINTER, immediate: 0 }),
  );
  const idle = new Array<number>(2 * LOADS).fill(nothing);
  words.set([...idle.slice(0, stores), store, ...idle], CODE[0] / 4);
  words.set([...loads, ...idle], CODE[1] / 4);
  const registers = new Array<number>(32).fill(0);
  registers[POINTER] = RAM_BASE + DATA;
  registers[STORED] = 1;
  const common = { ram, registers, csrs: [], privilege: Privilege.Machine };
  const machine = machineInWorlds(CODE.map((at) => ({ ...common, pc: RAM_BASE + at })));
  machine.useClockModel(PRESETS.ideal);
  machine.run(2 * LOADS, IDLE);
  return loads.map((_, i) => machine.harts[1].readRegister(FIRST_LOADED + i));
}

/** The timing of harts with L1 caches of one set behind one L2. */
function memories(count: number): MemoryTiming[] {
  const parameters: InorderParameters = {
    ...PRESETS.u54,
    dataCache: { bytes: WAYS * 64, ways: WAYS },
  };
  const cells = (length: number) => new Int32Array(length);
  const shared = new SharedMemoryTiming(cells(TimingLimit.SharedLines), parameters);
  const ram = new Ram(RAM_BYTES);
  return Array.from({ length: count }, () => {
    const state = {
      instructionLines: cells(TimingLimit.Lines),
      dataLines: cells(TimingLimit.Lines),
      fetchKeys: cells(TimingLimit.Translations),
      dataKeys: cells(TimingLimit.Translations),
      sharedKeys: cells(TimingLimit.SharedTranslations),
      events: new Float64Array(CountedEvent.End),
    };
    return new MemoryTiming(ram, parameters, state, shared);
  });
}

const lineAddress = (line: number) => Region.Ram + line * 64;

export const SCENARIOS = {
  /** A run of n cycles is n steps of one. */
  runsAreSteps: () => forSeeds((seed) => alikeByCycles(cramped(seed), cramped(seed), seed)),

  /** The same with harts that share memory. */
  runsOfHartsAreSteps: () =>
    forSeeds((seed) => {
      const worlds = [0, 1, 2].map((hart) => randomWorld(seed + hart, encodeInstruction));
      const [whole, stepped] = [machineInWorlds(worlds), machineInWorlds(worlds)];
      whole.useClockModel(CRAMPED);
      stepped.useClockModel(CRAMPED);
      return alikeByCycles(whole, stepped, seed);
    }),

  /** A store is seen from its cycle on by harts that come later in order, and not before. */
  storesArriveInTheirCycle: () =>
    Array.from({ length: LOADS }, (_, stores) => loadedByCycle(stores)).every((loaded, stores) =>
      loaded.every((value, cycle) => value === (cycle >= stores ? 1 : 0)),
    ),

  /** Instructions take as long in traces as by themselves. */
  bothWaysAgree: () =>
    forSeeds((seed) => {
      const [fast, exact] = [cramped(seed), cramped(seed)];
      fast.harts[0].writeCsr('mhpmevent3', SELECTS_INTERLOCK);
      exact.harts[0].writeCsr('mhpmevent3', SELECTS_COMMITTED);
      for (let part = 0; part < PARTS; part++) {
        const result = fast.run(LONGEST_PART + part, IDLE);
        if (exact.run(LONGEST_PART + part, IDLE).reason !== result.reason) return false;
        const [ours, theirs] = [fast.pipeline(), exact.pipeline()];
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) return false;
        if (describeHart(fast) !== describeHart(exact)) return false;
        if (result.reason !== 'budget') break;
      }
      return true;
    }),

  /** Every cycle is charged to something, once. */
  chargesSumToTheClock: () =>
    forSeeds((seed) => {
      const machine = cramped(seed);
      machine.run(LONGEST_PART, IDLE);
      return chargedTo(machine, 0) === machine.cycle;
    }),

  /** What was used longest ago gives way. */
  theOldestLineGivesWay: () => {
    const [memory] = memories(1);
    const load = (line: number) => memory.access(lineAddress(line), 0, 0, false);
    for (let line = 0; line < WAYS; line++) load(line);
    const again = load(0);
    load(WAYS);
    return again === 0 && load(0) === 0 && load(1) > 0;
  },

  /** A line is taken away from another hart, and fetched back. */
  linesGoBetweenHarts: () => {
    const { sharedLatency, memoryLatency, invalidateLatency } = PRESETS.u54;
    const [first, second] = memories(2);
    const place = lineAddress(0);
    const costs = [
      first.access(place, 0, 0, false),
      second.access(place, 0, 0, true),
      second.access(place, 0, 0, true),
      first.access(place, 0, 0, false),
      second.access(place, 0, 0, true),
    ];
    const expected = [
      sharedLatency + memoryLatency,
      invalidateLatency + sharedLatency,
      0,
      invalidateLatency + sharedLatency,
      invalidateLatency,
    ];
    return costs.every((cost, i) => cost === expected[i]);
  },
};
