/** Parameters from outside: a JSON object of those that differ from a preset, checked as a whole. */
import {
  DEFAULT_PRESET,
  LINE_BYTES,
  PRESETS,
  type CacheParameters,
  type InorderParameters,
} from './parameters.ts';
import { TimingLimit } from './timing-layout.ts';

/** A parameter that cannot be; the message names it and what it may be. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
}

/** Which preset the others are taken from. */
const BASE = 'preset';
const LONGEST = 10_000;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isPower?: boolean;
}

const TIME: Range = { least: 0, most: LONGEST };
const LATENCY: Range = { least: 1, most: LONGEST };

const NUMBERS: Readonly<Record<string, Range>> = {
  loadLatency: LATENCY,
  narrowLoadLatency: LATENCY,
  multiplyLatency: LATENCY,
  divideShortest: LATENCY,
  divideLongest: LATENCY,
  csrLatency: LATENCY,
  floatLatency: LATENCY,
  floatDivideLatency: LATENCY,
  mispredictPenalty: TIME,
  targetEntries: { least: 0, most: TimingLimit.Targets },
  historyEntries: { least: 1, most: TimingLimit.Histories, isPower: true },
  historyBits: { least: 0, most: 16 },
  returnEntries: { least: 0, most: TimingLimit.Returns },
  sharedLatency: TIME,
  memoryLatency: TIME,
  deviceLatency: TIME,
  storeEntries: { least: 1, most: TimingLimit.Stores },
  invalidateLatency: TIME,
  fetchTranslations: { least: 0, most: TimingLimit.Translations },
  dataTranslations: { least: 0, most: TimingLimit.Translations },
  sharedTranslations: { least: 0, most: TimingLimit.SharedTranslations, isPower: true },
  sharedTranslationLatency: TIME,
  asidBits: { least: 0, most: 9 },
  trapPenalty: TIME,
  returnPenalty: TIME,
  fencePenalty: TIME,
  csrWritePenalty: TIME,
};

const CACHES: Readonly<Record<string, number>> = {
  instructionCache: TimingLimit.Lines,
  dataCache: TimingLimit.Lines,
  sharedCache: TimingLimit.SharedLines,
};

const FLAGS: readonly string[] = ['multiplyPipelined'];

/**
 * Parameters from a parsed JSON file: `preset` (u54 if absent) and what differs from it. A cache
 * may be `null`: there is none.
 * @throws ParameterError
 */
export function checkParameters(value: unknown): InorderParameters {
  if (!isObject(value)) {
    throw new ParameterError('the parameters of a clock model are a JSON object');
  }
  const { [BASE]: base = DEFAULT_PRESET, ...changes } = value;
  const preset = typeof base === 'string' ? findPreset(base) : undefined;
  if (preset === undefined) {
    throw new ParameterError(`${BASE} is one of ${Object.keys(PRESETS).join(', ')}`);
  }
  const checked: Record<string, unknown> = {};
  for (const [name, change] of Object.entries(changes)) {
    checked[name] = checkOne(name, change);
  }
  const parameters: InorderParameters = { ...preset, ...checked };
  if (parameters.divideLongest < parameters.divideShortest) {
    throw new ParameterError('divideLongest is at least divideShortest');
  }
  return parameters;
}

/** A preset by its name. */
export function findPreset(name: string): InorderParameters | undefined {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
}

function checkOne(name: string, value: unknown): unknown {
  if (Object.hasOwn(NUMBERS, name)) {
    return checkNumber(name, value, NUMBERS[name]);
  }
  if (Object.hasOwn(CACHES, name)) {
    return value === null ? undefined : checkCache(name, value, CACHES[name]);
  }
  if (FLAGS.includes(name)) {
    if (typeof value === 'boolean') return value;
    throw new ParameterError(`${name} is true or false`);
  }
  throw new ParameterError(`there is no parameter ${JSON.stringify(name)}`);
}

function checkNumber(name: string, value: unknown, { least, most, isPower }: Range): number {
  const isFit =
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  if (!isFit || (isPower === true && !isPowerOfTwo(value))) {
    const kind = isPower === true ? 'a power of two' : 'a whole number';
    throw new ParameterError(`${name} is ${kind} from ${least} to ${most}`);
  }
  return value;
}

function checkCache(name: string, value: unknown, mostLines: number): CacheParameters {
  if (!isObject(value) || Object.keys(value).some((key) => key !== 'bytes' && key !== 'ways')) {
    throw new ParameterError(`${name} is null or {"bytes": …, "ways": …}`);
  }
  const bytes = checkNumber(`${name}.bytes`, value.bytes, {
    least: LINE_BYTES,
    most: mostLines * LINE_BYTES,
    isPower: true,
  });
  const ways = checkNumber(`${name}.ways`, value.ways, {
    least: 1,
    most: bytes / LINE_BYTES,
    isPower: true,
  });
  return { bytes, ways };
}

function isPowerOfTwo(value: number): boolean {
  return value === 0 || Number.isInteger(Math.log2(value));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
