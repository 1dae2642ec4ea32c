import { describe, expect, it } from 'vitest';
import type { ElfFile } from '../elf/read-elf.ts';
import { findHtif, findSignature, findStart, formatSignature } from './test-program.ts';

const RAM_BYTES = 2 ** 20;

/** A program at 0x80000000 whose symbols have virtual addresses from 0 on. */
function program(symbols: Record<string, number>): ElfFile {
  const segment = {
    ...{ virtualAddress: 0, physicalAddress: 0x8000_0000, bytes: new Uint8Array(0) },
    ...{ memorySize: 0x4000, readable: true, writable: true, executable: true },
  };
  return {
    ...{ entry: 0, flags: 0, segments: [segment], sections: [], notes: [] },
    symbols: Object.entries(symbols).map(([name, address]) => ({
      ...{ name, address, size: 0, binding: 'global', type: 'notype', sectionIndex: 1 },
    })),
  };
}

describe('mailboxes', () => {
  it('are where the symbols are, in physical memory', () => {
    const elf = program({ tohost: 0x1000, fromhost: 0x1040 });
    expect(findHtif(elf, RAM_BYTES)).toEqual({ tohost: 0x8000_1000, fromhost: 0x8000_1040 });
  });

  it('need not both be there', () => {
    expect(findHtif(program({ tohost: 0x1000 }), RAM_BYTES)).toEqual({ tohost: 0x8000_1000 });
    expect(findHtif(program({ fromhost: 0x1000 }), RAM_BYTES)).toBeUndefined();
    expect(findHtif(undefined, RAM_BYTES)).toBeUndefined();
  });

  it.each([0x1002, 0xf000_0000, 0x4001])('are nowhere else: 0x%x', (tohost) => {
    expect(findHtif(program({ tohost }), RAM_BYTES)).toBeUndefined();
  });
});

describe('the start', () => {
  it('is the entry of a program that reports, in physical memory', () => {
    const elf = { ...program({ tohost: 0x1000 }), entry: 0x40 };
    expect(findStart(elf, RAM_BYTES)).toBe(0x8000_0040);
  });

  it('is nothing in other programs, and outside RAM', () => {
    expect(findStart({ ...program({}), entry: 0x40 }, RAM_BYTES)).toBeUndefined();
    const outside = { ...program({ tohost: 0x1000 }), entry: 0xf000_0000 };
    expect(findStart(outside, RAM_BYTES)).toBeUndefined();
    expect(findStart(undefined, RAM_BYTES)).toBeUndefined();
  });
});

describe('a signature', () => {
  it('has one number in a line', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0xff);
    expect(formatSignature(bytes, 4)).toBe('04030201\n08070605\n000000ff\n');
    expect(formatSignature(bytes, 16)).toBe('00000000000000ff0807060504030201\n'.padStart(33, '0'));
    expect(formatSignature(new Uint8Array(0), 4)).toBe('');
  });

  it('is where its symbols are', () => {
    const elf = program({ begin_signature: 0x2000, end_signature: 0x4000 });
    expect(findSignature('t.elf', elf, RAM_BYTES)).toEqual({
      ...{ start: 0x8000_2000, end: 0x8000_4000 },
    });
  });

  it.each([
    { symbols: { begin_signature: 0 }, message: 'has no symbols begin_signature and' },
    { symbols: { begin_signature: 8, end_signature: 4 }, message: 'not in RAM' },
    { symbols: { begin_signature: 8, end_signature: 0xf000_0000 }, message: 'not in RAM' },
  ])('$message', ({ symbols, message }) => {
    expect(() => findSignature('t.elf', program(symbols), RAM_BYTES)).toThrow(message);
  });
});
