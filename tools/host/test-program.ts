/**
 * What public test programs (riscv-tests, riscv-arch-test) say by their symbols: where they report to
 * the host, and where they leave the signature that is compared with another machine's.
 */
import { MAILBOX_BYTES, type HtifOptions } from '../../machine/devices/htif.ts';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { SHN_UNDEF } from '../elf/elf-format.ts';
import type { ElfFile, ElfSymbol } from '../elf/read-elf.ts';
import { InputError } from './command-error.ts';

const WORD_BYTES = 4;

/** Physical addresses: the first, and the one behind the last byte. */
export interface SignatureRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes that a line of a signature may have. */
export const SIGNATURE_GRANULARITIES = [1, 2, 4, 8, 16] as const;
/** What riscv-arch-test has for RV32: a word in a line. */
export const DEFAULT_GRANULARITY = 4;

/** The physical address of a symbol, or undefined if there is none of that name. */
function physicalAddressOf(elf: ElfFile, name: string): number | undefined {
  const isNamed = (symbol: ElfSymbol): boolean =>
    symbol.name === name && symbol.sectionIndex !== SHN_UNDEF;
  const symbol =
    elf.symbols.find((candidate) => isNamed(candidate) && candidate.binding !== 'local') ??
    elf.symbols.find(isNamed);
  if (symbol === undefined) return undefined;
  return toPhysical(elf, symbol.address);
}

function toPhysical(elf: ElfFile, address: number): number {
  // The end of a region may be the end of its segment.
  const segment = elf.segments.find(
    ({ virtualAddress, memorySize }) =>
      address >= virtualAddress && address <= virtualAddress + memorySize,
  );
  const offset = segment === undefined ? 0 : segment.physicalAddress - segment.virtualAddress;
  return address + offset;
}

/**
 * Where a program that reports to the host starts: at its entry, as on Spike, which is not the start of
 * RAM where a linker has put its build id there. Undefined if it does not report, or starts outside RAM.
 */
export function findStart(elf: ElfFile | undefined, ramBytes: number): number | undefined {
  if (elf === undefined || findHtif(elf, ramBytes) === undefined) return undefined;
  const start = toPhysical(elf, elf.entry);
  return start >= RAM_BASE && start < RAM_BASE + ramBytes ? start : undefined;
}

/** Where a program reports to the host; undefined if it does not, or not from RAM. */
export function findHtif(elf: ElfFile | undefined, ramBytes: number): HtifOptions | undefined {
  if (elf === undefined) return undefined;
  const place = (name: string): number | undefined => {
    const address = physicalAddressOf(elf, name);
    const isMailbox =
      address !== undefined &&
      address % WORD_BYTES === 0 &&
      address >= RAM_BASE &&
      address + MAILBOX_BYTES <= RAM_BASE + ramBytes;
    return isMailbox ? address : undefined;
  };
  const tohost = place('tohost');
  const fromhost = place('fromhost');
  if (tohost === undefined) return undefined;
  return { tohost, ...(fromhost === undefined ? {} : { fromhost }) };
}

/**
 * Where a program leaves its signature.
 * @throws InputError if it has none, or none that is in RAM
 */
export function findSignature(
  path: string,
  elf: ElfFile | undefined,
  ramBytes: number,
): SignatureRange {
  const fail = (problem: string) => new InputError(`--signature: ${path} ${problem}`);
  if (elf === undefined) throw fail('is no ELF file, so it has no begin_signature');
  const start = physicalAddressOf(elf, 'begin_signature');
  const end = physicalAddressOf(elf, 'end_signature');
  if (start === undefined || end === undefined) {
    throw fail('has no symbols begin_signature and end_signature');
  }
  if (start < RAM_BASE || end < start || end > RAM_BASE + ramBytes) {
    throw fail(`has a signature from 0x${start.toString(16)} to 0x${end.toString(16)}, not in RAM`);
  }
  return { start, end };
}

/**
 * A signature as text: in each line `granularity` bytes as one hexadecimal number, the last line
 * filled up with zeroes.
 */
export function formatSignature(bytes: Uint8Array, granularity: number): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += granularity) {
    let line = '';
    for (let byte = granularity - 1; byte >= 0; byte--) {
      const value = at + byte < bytes.length ? bytes[at + byte] : 0;
      line += value.toString(16).padStart(2, '0');
    }
    lines.push(`${line}\n`);
  }
  return lines.join('');
}
