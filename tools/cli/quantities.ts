/** Numbers as people write them on the command line. */
import { InvalidArgumentError } from 'commander';

const SIZE_UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** RAM of the board in bytes: see the machine's memory map. */
const SMALLEST_MEMORY = 2 ** 20;
const LARGEST_MEMORY = 2032 * 2 ** 20;
const PAGE_BYTES = 4096;

/**
 * A size of RAM in bytes from `128M`, `1G`, `4096K`; without a unit it is in MiB, as QEMU's `-m`.
 * @throws InvalidArgumentError if it is no size, or one that the board cannot have.
 */
export function parseMemorySize(text: string): number {
  const match = /^(\d+)([kmg]?)(?:i?b)?$/i.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`"${text}" is no size: write 128M or 1G.`);
  }
  const [, digits, unit] = match;
  const bytes = Number(digits) * SIZE_UNITS[unit === '' ? 'm' : unit.toLowerCase()];
  if (bytes < SMALLEST_MEMORY || bytes > LARGEST_MEMORY) {
    throw new InvalidArgumentError(`the board has 1M to 2032M of RAM, not ${text}.`);
  }
  if (bytes % PAGE_BYTES !== 0) {
    throw new InvalidArgumentError(`${text} is not a whole number of 4K pages.`);
  }
  return bytes;
}

/**
 * A size in bytes from `64M`, `512K`, `1G` or `1048576`.
 * @throws InvalidArgumentError if it is no size above 0, or one beyond 2^53 - 1.
 */
export function parseByteSize(text: string): number {
  const match = /^(\d+)([kmg]?)(?:i?b)?$/i.exec(text);
  const [, digits = '', unit = ''] = match ?? [];
  const bytes = Number(digits) * (unit === '' ? 1 : SIZE_UNITS[unit.toLowerCase()]);
  if (match === null || bytes === 0 || !Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError(`"${text}" is no size: write 64M or 512K.`);
  }
  return bytes;
}

/**
 * A number of cycles above 0; `k`, `M` and `G` stand for thousands, millions and thousand millions.
 * @throws InvalidArgumentError if it is none, or one beyond 2^53 - 1.
 */
export function parseCycles(text: string): number {
  const match = /^(\d[\d_]*)([kmg]?)$/i.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`"${text}" is no number of cycles: write 5000000 or 5M.`);
  }
  const [, digits, unit] = match;
  const scale = { '': 1, k: 1e3, m: 1e6, g: 1e9 }[unit.toLowerCase()] ?? 1;
  const cycles = Number(digits.replaceAll('_', '')) * scale;
  if (cycles < 1 || !Number.isSafeInteger(cycles)) {
    throw new InvalidArgumentError(`${text} cycles cannot be counted: use 1 to 2^53 - 1.`);
  }
  return cycles;
}
