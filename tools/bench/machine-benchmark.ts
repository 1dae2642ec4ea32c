/**
 * How fast the machine executes: guests that exercise one thing each, in instructions per second of
 * the host's time.
 */
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { PRESETS, type InorderParameters } from '../../machine/timing/inorder/parameters.ts';
import type { LinkedImage } from '../linker/link.ts';
import { assembleGuest } from './assemble-guest.ts';
import { runOnQemu, type QemuMode } from './qemu-benchmark.ts';

/** Runs of each guest; the median counts. */
export const RUNS = 5;

const GUESTS = [
  { name: 'integer', subject: 'integer loop', harts: 1 },
  { name: 'streaming', subject: 'memory streaming', harts: 1 },
  { name: 'streaming-aliased', subject: 'streaming, aliased', harts: 1 },
  { name: 'system-calls', subject: 'system calls', harts: 1 },
  { name: 'paging', subject: 'paging', harts: 1 },
  { name: 'floating-point', subject: 'floating point', harts: 1 },
  { name: 'harts', subject: 'four harts', harts: 4 },
] as const;

/** By which a benchmark of one guest alone is asked for. */
export const GUEST_NAMES: readonly string[] = GUESTS.map(({ name }) => name);

const RAM_BYTES = 64 * 2 ** 20;
/** Long enough to be no part of the measurement. */
const SLICE_CYCLES = 100_000_000;
const TIMED_PRESET = 'u54';
/** A run in the in-order model ends after so many cycles, if not before. */
const TIMED_CYCLES = 100_000_000;
const MS_PER_SECOND = 1000;
const MILLION = 1_000_000;

export interface GuestResult {
  readonly name: string;
  readonly subject: string;
  /** Instructions that the guest retires, the same in each run. */
  readonly instructions: number;
  /** Host time of each run. */
  readonly runs: readonly number[];
  /** Median of `runs`. */
  readonly seconds: number;
  /** Million instructions a second, at the median. */
  readonly mips: number;
  /** The same guest on QEMU, by how it counts time; absent where there is no QEMU. */
  readonly qemu?: Readonly<Record<QemuMode, QemuResult>>;
}

/** A guest in the in-order clock model. */
export interface TimedResult {
  readonly name: string;
  readonly subject: string;
  /** As `--cpu inorder` names it. */
  readonly preset: string;
  readonly harts: number;
  /** Cycles that the machine has gone through, and instructions, the same in each run. */
  readonly cycles: number;
  readonly instructions: number;
  /** Host time of each run. */
  readonly runs: readonly number[];
  /** Million cycles of the machine a second of host time, at the median. */
  readonly megacycles: number;
  /** The same with the cycles of each hart counted. */
  readonly summedMegacycles: number;
}

export interface QemuResult {
  /** Host time of each run, without QEMU's start. */
  readonly runs: readonly number[];
  /** Median of `runs`. */
  readonly seconds: number;
  /** Million instructions a second, at the median. */
  readonly mips: number;
}

export interface BenchmarkOptions {
  readonly runs: number;
  /** How often each guest does what it does; as often as its source says unless given. */
  readonly rounds?: number;
  /** Whether to run the guests on QEMU too. */
  readonly onQemu?: boolean;
  /** The one guest to measure; all if absent. */
  readonly guest?: string | undefined;
}

function chosenGuests(guest: string | undefined) {
  return GUESTS.filter(({ name }) => guest === undefined || name === guest);
}

/**
 * Measures every guest.
 * @param root of the repository
 * @param onGuest told the name of each before it runs
 */
export function benchmarkMachine(
  root: string,
  onGuest: (subject: string) => void,
  { runs, rounds, onQemu = false, guest }: BenchmarkOptions = { runs: RUNS },
): GuestResult[] {
  return chosenGuests(guest).map(({ name, subject, harts }) => {
    onGuest(subject);
    const image = assembleGuest(root, name, rounds);
    const measured = Array.from({ length: runs }, () => runGuest(name, image, harts));
    const seconds = median(measured.map((run) => run.seconds));
    const [{ instructions }] = measured;
    return {
      name,
      subject,
      instructions,
      runs: measured.map((run) => run.seconds),
      seconds,
      mips: instructions / seconds / MILLION,
      ...(onQemu ? { qemu: measureOnQemu(root, { name, image, harts }, instructions, runs) } : {}),
    };
  });
}

/** Measures every guest in the in-order clock model. */
export function benchmarkTimed(
  root: string,
  onGuest: (subject: string) => void,
  { runs, rounds, guest }: BenchmarkOptions = { runs: RUNS },
): TimedResult[] {
  return chosenGuests(guest).map(({ name, subject, harts }) => {
    onGuest(`${subject}, in order`);
    const image = assembleGuest(root, name, rounds);
    const measured = Array.from({ length: runs }, () =>
      runGuest(name, image, harts, PRESETS[TIMED_PRESET], TIMED_CYCLES),
    );
    const [{ cycles, instructions }] = measured;
    const seconds = median(measured.map((run) => run.seconds));
    return {
      name,
      subject,
      preset: TIMED_PRESET,
      harts,
      cycles,
      instructions,
      runs: measured.map((run) => run.seconds),
      megacycles: cycles / seconds / MILLION,
      summedMegacycles: (harts * cycles) / seconds / MILLION,
    };
  });
}

function measureOnQemu(
  root: string,
  { name, image, harts }: { name: string; image: LinkedImage; harts: number },
  instructions: number,
  runs: number,
): Record<QemuMode, QemuResult> {
  const empty = assembleGuest(root, name, 1);
  const measure = (mode: QemuMode): QemuResult => {
    const measured = runOnQemu(image, empty, { mode, harts }, runs);
    const seconds = median(measured);
    return { runs: measured, seconds, mips: instructions / seconds / MILLION };
  };
  return { plain: measure('plain'), icount: measure('icount') };
}

/** The middle of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

interface GuestRun {
  readonly instructions: number;
  readonly cycles: number;
  readonly seconds: number;
}

function runGuest(
  name: string,
  image: LinkedImage,
  harts: number,
  inorder?: InorderParameters,
  most = Infinity,
): GuestRun {
  const { machine } = createVirtMachine({
    ramBytes: RAM_BYTES,
    harts,
    serial: { transmit: () => undefined },
    inorder,
  });
  for (const { address, bytes } of image.segments) {
    if (!machine.writePhysical(address, bytes)) throw new RangeError(`${name} is not inside RAM`);
  }
  const start = performance.now();
  let result = machine.run(SLICE_CYCLES, { idle: 'skip' });
  while (result.reason === 'budget' && machine.cycle < most)
    result = machine.run(SLICE_CYCLES, { idle: 'skip' });
  const seconds = (performance.now() - start) / MS_PER_SECOND;
  const isCut = result.reason === 'budget';
  if (!isCut && (result.reason !== 'poweroff' || result.code !== 0)) {
    throw new Error(`the guest ${name} did not end well: ${JSON.stringify(result)}`);
  }
  return { instructions: machine.instructionsRetired, cycles: machine.cycle, seconds };
}
