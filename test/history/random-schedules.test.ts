/**
 * Whatever comes in from outside and whenever it comes, it and what the machine was given at the start
 * decide everything: over random guests, random schedules, both clock models and several harts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../machine/engine/testing/random-programs.ts';
import { History } from '../../machine/history/history.ts';
import { compareInstants } from '../../machine/history/instant.ts';
import {
  parseRecord,
  type InputRecord,
  type RecordedInput,
} from '../../machine/history/input-record.ts';
import type { SavedDevice, SavedState } from '../../machine/history/machine-state.ts';
import { formatMachine, parseMachine } from '../../machine/history/state-file.ts';
import { Recorder, ReplayGuest } from '../../tools/host/replay.ts';
import { campaign } from '../campaign.ts';
import {
  CLOCKS,
  outcome,
  glimpse,
  plainly,
  play,
  randomSchedule,
  stage,
  withInputs,
  type Model,
  type Runner,
  type Stage,
} from './sessions.ts';

const RUNS = 12;
const MOMENTS = 6;
/** So little that snapshots give way. */
const MEMORY_BYTES = 2 ** 21;
const HEADER = { machine: {}, startTime: 0n, net: undefined, files: [] };

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-schedules-'));
  path = join(folder, 'session.record');
});
afterAll(() => rmSync(folder, { recursive: true }));

const models = fc.record({
  seed: fc.integer(),
  harts: fc.integer({ min: 1, max: 4 }),
  clock: fc.constantFrom(...CLOCKS),
});

interface Session {
  readonly record: InputRecord;
  readonly end: readonly unknown[];
}

/** A session that somebody types at, and its record. */
async function recorded(model: Model, mayReset = true): Promise<Session> {
  const live = stage(model);
  const recorder = new Recorder(path, HEADER, live.guest);
  const random = new Random(model.seed);
  play(live, plainly(live), randomSchedule(random, mayReset), random);
  recorder.close();
  return { record: parseRecord(readFileSync(path, 'utf8')), end: await outcome(live) };
}

/** Repeats a record on a machine, in slices of other lengths. */
function repeat({ guest }: Stage, record: InputRecord, random: Random): void {
  const replay = new ReplayGuest(guest, record);
  while (!replay.isOver) {
    const end = replay.run(replay.cycle + 1 + random.below(2000));
    if (end.kind === 'idle') replay.advanceTo(Math.min(end.due, replay.cycle + random.below(9000)));
    else if (end.kind === 'reset') replay.reset();
    else if (end.kind !== 'slice') throw new Error(`the guest has ended: ${end.kind}`);
  }
}

/** How a record ends on a fresh machine. */
async function endOf(model: Model, record: InputRecord): Promise<readonly unknown[]> {
  const again = stage(model);
  repeat(again, record, new Random(model.seed + 1));
  return outcome(again);
}

/** The rest of a record for a machine that stands at a moment of it, which counts resets anew. */
function restOf(record: InputRecord, { guest }: Stage): InputRecord {
  const { instant } = guest.machine;
  const isLater = ({ resets, at }: { resets: number; at: typeof instant }): boolean =>
    resets > guest.resets || (resets === guest.resets && compareInstants(at, instant) > 0);
  const shifted = <T extends { readonly resets: number }>(moment: T): T => {
    return { ...moment, resets: moment.resets - guest.resets };
  };
  return {
    ...record,
    inputs: record.inputs.filter(isLater).map(shifted),
    end: record.end && shifted(record.end),
  };
}

/** How a record ends on a machine that goes on with what another has saved on its way. */
async function resumed(
  model: Model,
  record: InputRecord,
  random: Random,
  spoil: (state: SavedState) => SavedState = (state) => state,
): Promise<readonly unknown[]> {
  const before = stage(model);
  const replay = new ReplayGuest(before.guest, record);
  for (let slices = random.below(60); slices > 0 && !replay.isOver; slices--) {
    const stop = replay.run(replay.cycle + 1 + random.below(3000));
    if (stop.kind === 'idle') replay.advanceTo(Math.min(stop.due, replay.cycle + 1500));
    if (stop.kind === 'reset') replay.reset();
  }
  const { state, ram } = before.guest.machine.snapshots.save();
  const file = await formatMachine({ run: {}, state: spoil(state), ram });
  const after = stage(model);
  after.guest.machine.snapshots.load(await parseMachine(new Uint8Array(file)));
  after.sent.restore(before.sent.save());
  repeat(after, restOf(record, before), random);
  after.guest.resets += before.guest.resets;
  return outcome(after);
}

interface Past {
  readonly past: Stage;
  readonly history: History;
  readonly runner: Runner;
  /** What has come in since power-on. */
  readonly inputs: RecordedInput[];
  readonly random: Random;
}

/** The session that `recorded` records, without resets, with a history. */
function withPast(model: Model): Past {
  const past = stage(model);
  const { machine, door } = past.guest;
  const inputs: RecordedInput[] = [];
  door.listen(({ at, input }) => inputs.push({ resets: 0, at, input }));
  const options = { memoryBytes: MEMORY_BYTES, followers: [past.sent] };
  const history = new History(machine, door, options);
  const runner = {
    run: history.run.bind(history),
    advanceIdle: history.advanceIdle.bind(history),
    reset: () => undefined,
  };
  const random = new Random(model.seed);
  play(past, runner, randomSchedule(random, false), random);
  return { past, history, runner, inputs, random };
}

/** What a machine is like that repeats a record and stops at these cycles. */
function glimpsesAt(
  model: Model,
  record: InputRecord,
  cycles: readonly number[],
): ReadonlyMap<number, string> {
  const straight = stage(model);
  const replay = new ReplayGuest(straight.guest, record);
  const seen = new Map<number, string>();
  for (const cycle of [...cycles].sort((a, b) => a - b)) {
    while (replay.cycle < cycle) {
      const end = replay.run(cycle);
      if (end.kind === 'idle') replay.advanceTo(Math.min(end.due, cycle));
    }
    seen.set(cycle, glimpse(straight));
  }
  return seen;
}

/** A moment of one cycle later, at which the same hart stands; inputs behind it stay where they are. */
function oneCycleLater({ resets, at, input }: RecordedInput): RecordedInput {
  const { start, local } = at;
  return { resets, at: { ...at, start: start + 1, local: local + 1 }, input };
}

describe('a random session', () => {
  test('is repeated exactly by another machine, in other slices', async () => {
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const { record, end } = await recorded(model);
        expect(await endOf(model, record)).toEqual(end);
      }),
      campaign(RUNS),
    );
  });

  test('goes on with a machine that was saved at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(models, fc.nat(), async (model, at) => {
        const session = await recorded(model);
        expect(await resumed(model, session.record, new Random(at))).toEqual(session.end);
      }),
      campaign(RUNS),
    );
  });

  test('is gone back to, at any cycle and any instruction, as a straight run has it', async () => {
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const { record, end } = await recorded(model, false);
        const { past, history, random } = withPast(model);
        expect(await outcome(past)).toEqual(end);
        const last = past.guest.machine.cycle;
        const cycles = Array.from({ length: MOMENTS }, () => random.below(last));
        const straight = glimpsesAt(model, record, cycles);
        const counts = new Map<number, string>();
        for (const cycle of cycles) {
          expect(history.runTo({ cycle })).toEqual({ reason: 'budget' });
          expect([cycle, glimpse(past)]).toEqual([cycle, straight.get(cycle)]);
          const instructions = past.guest.machine.instructionsRetired;
          history.runTo({ instructions });
          counts.set(instructions, glimpse(past));
          expect(past.guest.machine.instructionsRetired).toBe(instructions);
        }
        for (const [instructions, expected] of counts) {
          history.runTo({ instructions });
          expect([instructions, glimpse(past)]).toEqual([instructions, expected]);
        }
        history.runTo({ cycle: last });
        expect(await outcome(past)).toEqual(end);
      }),
      campaign(RUNS / 2),
    );
  });

  test('that goes on in another way from a moment of its past is a straight run of that', async () => {
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const { past, history, runner, inputs, random } = withPast(model);
        history.runTo({ cycle: random.below(past.guest.machine.cycle) });
        const { instant } = past.guest.machine;
        const kept = inputs.filter(({ at }) => compareInstants(at, instant) < 0);
        inputs.splice(0, inputs.length, ...kept);
        // What is known comes in again until something else does: here that is at once.
        const [first, ...others] = randomSchedule(random, false);
        play(past, runner, [{ ...first, wait: 0 }, ...others], random);
        const record = {
          header: HEADER,
          inputs,
          end: { resets: 0, at: past.guest.machine.instant },
        };
        expect(await endOf(model, record)).toEqual(await outcome(past));
      }),
      campaign(RUNS),
    );
  });
});

describe('a fault that is planted shows', () => {
  const FAULT_RUNS = 12;
  const seeds = Array.from({ length: FAULT_RUNS }, (_, seed) => seed);
  const modelOf = (seed: number): Model => {
    return { seed, harts: 1 + (seed % 4), clock: CLOCKS[seed % CLOCKS.length] };
  };
  const differs = async (
    spoil: (record: InputRecord, random: Random) => InputRecord,
  ): Promise<boolean> => {
    for (const seed of seeds) {
      const model = modelOf(seed);
      const { record, end } = await recorded(model);
      const spoilt = await endOf(model, spoil(record, new Random(seed)));
      if (JSON.stringify(spoilt) !== JSON.stringify(end)) return true;
    }
    return false;
  };

  const showsWhenSaved = async (
    name: string,
    spoil: (device: SavedDevice) => SavedDevice,
  ): Promise<boolean> => {
    for (const seed of seeds) {
      const model = modelOf(seed);
      const { record, end } = await recorded(model);
      const spoilt = await resumed(model, record, new Random(seed), (state) => ({
        ...state,
        devices: state.devices.map((device) => (device.name === name ? spoil(device) : device)),
      }));
      if (JSON.stringify(spoilt) !== JSON.stringify(end)) return true;
    }
    return false;
  };

  test('an input that is not recorded', async () => {
    expect(
      await differs((record, random) => {
        const lost = random.below(record.inputs.length);
        return withInputs(
          record,
          record.inputs.filter((_, index) => index !== lost),
        );
      }),
    ).toBe(true);
  });

  test('an input that comes one cycle late', async () => {
    expect(
      await differs((record, random) => {
        const late = random.below(record.inputs.length);
        return withInputs(
          record,
          record.inputs.map((input, index) => (index === late ? oneCycleLater(input) : input)),
        );
      }),
    ).toBe(true);
  });

  test.each([
    ['uart16550', 'ier'],
    ['clint', 'mtimecmp'],
    ['plic', 'enable'],
    ['goldfish-rtc', 'timeOffset'],
    ['virtio-mmio.1', 'status'],
    ['virtio-mmio.3', 'generator'],
  ])('what %s has in %s, left out of a saved machine', async (name, field) => {
    const forget = (device: SavedDevice): SavedDevice => {
      const values = device.values[field].map((value) => (typeof value === 'bigint' ? 0n : 0));
      return { ...device, values: { ...device.values, [field]: values } };
    };
    expect(await showsWhenSaved(name, forget)).toBe(true);
  });

  test('what has been written to a disk, left out of a saved machine', async () => {
    const forget = (device: SavedDevice): SavedDevice => ({ ...device, ends: new Map() });
    expect(await showsWhenSaved('virtio-mmio.0', forget)).toBe(true);
  });
});
