import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import {
  GNU_OBJDUMP,
  GNU_READELF,
  runGnu,
  withTemporaryDirectory,
} from '../assembler/gnu-witness.ts';
import { readLineTable } from './dwarf/read-lines.ts';
import type { ElfErrorKind } from './elf-error.ts';
import { type ElfFile, readElf } from './read-elf.ts';
import { SAMPLE_ORIGIN, sampleExecutable, sampleImage } from './sample-image.ts';
import { formatAddress, SymbolLookup } from './symbol-lookup.ts';

const FILE = sampleExecutable();

/** Offsets of the format, restated here as an independent check. */
const PROGRAM_HEADERS = 52;
const PROGRAM_HEADER_SIZE = 32;

function readValid(file: Uint8Array): ElfFile {
  const { elf, error } = readElf(file);
  if (error !== undefined) throw error;
  return elf;
}

/** A copy of the sample with some words changed. */
function changed(change: (view: DataView) => void): Uint8Array {
  const copy = FILE.slice();
  change(new DataView(copy.buffer));
  return copy;
}

function errorOf(file: Uint8Array): { kind: ElfErrorKind; message: string } {
  const { error } = readElf(file);
  if (error === undefined) throw new Error('the file was accepted');
  return error;
}

describe('an executable that we wrote', () => {
  const elf = readValid(FILE);
  const image = sampleImage();

  it('has the segments of the image', () => {
    expect(elf.entry).toBe(SAMPLE_ORIGIN);
    expect(
      elf.segments.map(({ virtualAddress, bytes, memorySize }) => ({
        address: virtualAddress,
        bytes: [...bytes],
        memorySize,
      })),
    ).toEqual(
      image.segments.map(({ address, bytes, memorySize }) => ({
        address,
        bytes: [...bytes],
        memorySize,
      })),
    );
    expect(
      elf.segments.map(({ readable, writable, executable }) => [readable, writable, executable]),
    ).toEqual([
      [true, false, true],
      [true, false, false],
      [true, true, false],
    ]);
  });

  it('has its symbols, sizes and types', () => {
    const main = elf.symbols.find(({ name }) => name === 'main');
    expect(main).toMatchObject({ size: 20, binding: 'global', type: 'func' });
    expect(elf.symbols.map(({ name }) => name)).toEqual(
      expect.arrayContaining(image.symbols.map(({ name }) => name)),
    );
  });

  it('has both notes', () => {
    expect(elf.notes.map(({ name, type }) => [name, type])).toEqual([
      ['Vitrine', 1],
      ['GNU', 3],
    ]);
    expect([...(elf.notes[1]?.descriptor ?? [])]).toEqual([...image.buildId]);
  });

  it('tells the nearest symbol of an address', () => {
    const lookup = new SymbolLookup(elf);
    expect(lookup.nearest(SAMPLE_ORIGIN)).toEqual({ name: '_start', offset: 0 });
    expect(formatAddress(lookup, SAMPLE_ORIGIN + 8)).toBe('0x80000008 <_start+0x8>');
    expect(lookup.nearest(SAMPLE_ORIGIN - 4)).toBeUndefined();
    expect(lookup.nearest(SAMPLE_ORIGIN + 0x800)).toBeUndefined();
    const top = lookup.find('stack_top')?.address ?? 0;
    expect(lookup.nearest(top)).toEqual({ name: 'stack_top', offset: 0 });
  });

  it('names no place after a mapping symbol', () => {
    const [start] = elf.symbols.filter(({ name }) => name === '_start');
    const mapping = ['$x', '$xrv32i2p1_m2p0', '$d'].map((name) => ({ ...start, name }));
    const lookup = new SymbolLookup({ sections: elf.sections, symbols: [...mapping, start] });
    expect(lookup.nearest(start.address)).toEqual({ name: '_start', offset: 0 });
    expect(
      new SymbolLookup({ sections: elf.sections, symbols: mapping }).nearest(start.address),
    ).toBeUndefined();
  });
});

describe('bad files', () => {
  it.each<[string, Uint8Array, ElfErrorKind, RegExp]>([
    ['empty', new Uint8Array(0), 'not ELF', /not an ELF file/],
    ['text', new TextEncoder().encode('#!/bin/sh'), 'not ELF', /not an ELF file/],
    ['only a magic number', FILE.slice(0, 4), 'truncated header', /truncated: 4 bytes/],
    ['64-bit', changed((view) => view.setUint8(4, 2)), 'wrong class', /64-bit/],
    ['big-endian', changed((view) => view.setUint8(5, 2)), 'wrong byte order', /big-endian/],
    ['of version 2', changed((view) => view.setUint8(6, 2)), 'wrong version', /version 2/],
    ['for x86', changed((view) => view.setUint16(18, 62, true)), 'wrong machine', /x86-64/],
    ['not linked', changed((view) => view.setUint16(16, 1, true)), 'wrong type', /not linked/],
    ['cut in the header', FILE.slice(0, 51), 'truncated header', /51 bytes/],
    [
      'cut in the program headers',
      FILE.slice(0, PROGRAM_HEADERS + 40),
      'truncated header',
      /4 program headers at offset 52 need 128 bytes, the file ends at 92/,
    ],
    [
      'with many program headers',
      changed((view) => view.setUint16(44, 65535, true)),
      'truncated header',
      /65535 program headers/,
    ],
    [
      'with small program headers',
      changed((view) => view.setUint16(42, 16, true)),
      'truncated header',
      /16 bytes each/,
    ],
    ['cut in a segment', FILE.slice(0, 0x1010), 'truncated segment', /segment 0 .* ends at 4112/],
    [
      'with a segment larger in the file than in memory',
      changed((view) => view.setUint32(PROGRAM_HEADERS + 20, 4, true)),
      'bad segment',
      /segment 0 has \d+ bytes in the file, 4 in memory/,
    ],
    [
      'with a segment beyond the address space',
      changed((view) => view.setUint32(PROGRAM_HEADERS + 20, 0xf0000000, true)),
      'bad segment',
      /beyond the 32-bit address space/,
    ],
    [
      'with overlapping segments',
      changed((view) => {
        view.setUint32(PROGRAM_HEADERS + PROGRAM_HEADER_SIZE + 8, SAMPLE_ORIGIN + 4, true);
      }),
      'overlapping segments',
      /0x80000000 – .* and 0x80000004 \(virtual addresses\)/,
    ],
    ['cut in the section headers', FILE.slice(0, -1), 'truncated header', /section headers/],
    [
      'with names in no section',
      changed((view) => view.setUint16(50, 99, true)),
      'bad section',
      /section 99/,
    ],
  ])('%s are reported', (_name, file, kind, message) => {
    const error = errorOf(file);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });

  it('never crash the readers, however they were changed', () => {
    const headerBytes = fc.nat({ max: PROGRAM_HEADERS + 4 * PROGRAM_HEADER_SIZE - 1 });
    const anyByte = fc.nat({ max: FILE.length - 1 });
    const sectionHeaders = new DataView(FILE.buffer).getUint32(32, true);
    const sectionHeaderByte = fc.integer({ min: sectionHeaders, max: FILE.length - 1 });
    const change = fc.record({
      offset: fc.oneof(headerBytes, sectionHeaderByte, anyByte),
      value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat({ max: 255 })),
    });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat({ max: FILE.length }), { freq: 10 }),
        (changes, length) => {
          const file = FILE.slice(0, length ?? FILE.length);
          for (const { offset, value } of changes) {
            if (offset < file.length) file[offset] = value;
          }
          const { elf, error } = readElf(file);
          if (error !== undefined) {
            expect(error.message).not.toBe('');
            return;
          }
          accepted += 1;
          const lookup = new SymbolLookup(elf);
          lookup.nearest(elf.entry);
          const { lines } = readLineTable(elf);
          lines?.find(elf.entry);
        },
      ),
      { numRuns: process.env['VITRINE_CAMPAIGN'] === 'full' ? 100_000 : 3000 },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});

describeWithWitness(GNU_READELF, 'our executables beside GNU binutils', () => {
  const dump = (command: string, ...args: string[]): string =>
    withTemporaryDirectory((directory) => {
      writeFileSync(join(directory, 'sample.elf'), FILE);
      // Warnings go to standard error; with 2>&1 they would pass for output.
      return runGnu('sh', ['-c', `${command} ${args.join(' ')} sample.elf 2>&1`], directory);
    });

  it('are read without a warning', () => {
    const text = dump(GNU_READELF, '-a', '--debug-dump=info,abbrev,rawline');
    expect(text).not.toMatch(/warning|error|corrupt|<unknown|possibly/i);
    expect(text).toContain('Entry point address:               0x80000000');
    expect(text).toMatch(/FUNC\s+GLOBAL DEFAULT\s+1 main/);
    expect(text).toMatch(/DW_AT_producer.*: vitrine/);
  });

  it('are disassembled without a warning', () => {
    const text = dump(GNU_OBJDUMP, '-dl');
    expect(text).not.toMatch(/warning|error/i);
    expect(text).toContain('<main>:');
    expect(text).toContain('sample/boot.s:4');
  });
});
