/**
 * What `--device` says: `console[,to=stdio|pty|file:PATH|socket:PATH]` or `entropy[,seed=N]`, each with
 * `,bus=virtio-mmio-bus.N`.
 */
import { randomInt } from 'node:crypto';
import { InputError } from './command-error.ts';
import { parseBus, splitKey, splitOption, type OptionError } from './option-list.ts';
import { parseSerialChoice, type SerialChoice } from './serial-line.ts';

export type DeviceOption = { readonly slot?: number } & (
  | { readonly kind: 'console'; readonly to: SerialChoice }
  /** Without a seed, it is for the pace to say where random bytes come from. */
  | { readonly kind: 'entropy'; readonly seed?: number }
);

/** One as the machine gets it. */
export type SeededDevice = DeviceOption &
  ({ readonly kind: 'console' } | { readonly kind: 'entropy'; readonly seed: number });

/** What an entropy source begins with where every run is to be the same. */
export const SAME_SEED = 0;

const LARGEST_SEED = 2 ** 32 - 1;

/** @throws InputError naming the option and what is wrong with it */
export function parseDeviceOption(text: string): DeviceOption {
  const fail: OptionError = (problem) => new InputError(`--device ${text}: ${problem}`);
  const [kind, ...rest] = splitOption(text);
  if (kind !== 'console' && kind !== 'entropy') throw fail('it is console or entropy');
  let to: SerialChoice = { kind: 'stdio' };
  let seed: { seed?: number } = {};
  let place: { slot?: number } = {};
  for (const { key, value } of rest.map((part) => splitKey(part, fail))) {
    if (key === 'bus') place = { slot: parseBus(value, fail) };
    else if (key === 'to' && kind === 'console')
      to = parseSerialChoice(value, '--device console,to');
    else if (key === 'seed' && kind === 'entropy') seed = { seed: parseSeed(value, fail) };
    else throw fail(`"${key}" is none of ${kind === 'console' ? 'to' : 'seed'} and bus`);
  }
  return kind === 'console' ? { kind, to, ...place } : { kind, ...seed, ...place };
}

function parseSeed(value: string, fail: OptionError): number {
  const seed = /^\d+$/.test(value) ? Number(value) : Infinity;
  if (seed > LARGEST_SEED) throw fail(`a seed is a number from 0 to ${LARGEST_SEED}`);
  return seed;
}

/**
 * All of them.
 * @throws InputError about one that cannot be, or if there are two of a kind
 */
export function parseDeviceOptions(texts: readonly string[]): readonly DeviceOption[] {
  const options = texts.map(parseDeviceOption);
  for (const kind of ['console', 'entropy'] as const) {
    if (options.filter((option) => option.kind === kind).length > 1) {
      throw new InputError(`--device ${kind}: there can be one`);
    }
  }
  return options;
}

/** Gives an entropy source that has none its seed. */
export function withSeed(devices: readonly DeviceOption[], seed: number): readonly SeededDevice[] {
  return devices.map((device) => (device.kind === 'entropy' ? { seed, ...device } : device));
}

/** A seed that nobody knows, for entropy sources and what is made from them. */
export function hostSeed(): number {
  return randomInt(LARGEST_SEED + 1);
}
