import fc from 'fast-check';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../../test/witness.ts';
import { runGnu, withTemporaryDirectory } from '../../assembler/gnu-witness.ts';
import type { LinkedPosition } from '../../linker/linked-image.ts';
import { SHT_PROGBITS } from '../elf-format.ts';
import { type ElfSection, readElf } from '../read-elf.ts';
import { SAMPLE_FILE, SAMPLE_ORIGIN, SAMPLE_SOURCE, sampleExecutable } from '../sample-image.ts';
import { readLineTable } from './read-lines.ts';
import { writeLineSection } from './write-lines.ts';

const REST = { info: 0, align: 1, entrySize: 0 };

function debugLine(bytes: Uint8Array): ElfSection {
  const fields = { flags: 0, address: 0, size: bytes.length, link: 0, ...REST };
  return { name: '.debug_line', type: SHT_PROGBITS, ...fields, bytes };
}

/** Positions as the linker makes them: sorted, and ended by one without a file. */
const positions: fc.Arbitrary<LinkedPosition[]> = fc
  .array(
    fc.record({
      step: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5000 })),
      file: fc.constantFrom('', 'a.ts', 'b.ts', 'deep/c.ts'),
      line: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 100_000 })),
      column: fc.nat({ max: 200 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((entries) => {
    let address = 0x80000000;
    const list: LinkedPosition[] = entries.map(({ step, file, line, column }) => {
      address += 4 * step;
      return { address, file, line: file === '' ? 0 : line, column: file === '' ? 0 : column };
    });
    return [...list, { address: address + 4, file: '', line: 0, column: 0 }];
  });

describe('line tables', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(positions, (written) => {
        const { bytes } = writeLineSection(written);
        const { lines, error } = readLineTable({ sections: [debugLine(bytes)] });
        if (error !== undefined) throw error;
        for (const [index, { address, file, line }] of written.entries()) {
          const end = written[index + 1]?.address ?? address + 4;
          for (const probe of [address, end - 2]) {
            const found = lines.find(probe);
            expect([found?.file ?? '', found?.line ?? 0]).toEqual([file, line]);
          }
        }
        expect(lines.find((written[0]?.address ?? 0) - 4)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('give a line or an error for any bytes', () => {
    fc.assert(
      fc.property(
        positions,
        fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 6 }),
        fc.nat({ max: 400 }),
        (written, changes, length) => {
          const { bytes } = writeLineSection(written);
          for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
          const cut = bytes.subarray(0, length > 200 ? bytes.length : length);
          const { lines, error } = readLineTable({ sections: [debugLine(cut)] });
          expect(lines === undefined).toBe(error !== undefined);
          if (error !== undefined) expect(error.kind).toBe('bad debug information');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('find the addresses of a line', () => {
    const { elf } = readElf(sampleExecutable());
    if (elf === undefined) throw new Error('not ELF');
    const { lines } = readLineTable(elf);
    expect(lines?.addressesOf(SAMPLE_FILE, 5)).toEqual([SAMPLE_ORIGIN + 8]);
    expect(lines?.find(SAMPLE_ORIGIN + 12)).toMatchObject({ file: SAMPLE_FILE, line: 5 });
  });
});

describeWithWitness('gdb-multiarch', 'debug information beside gdb', () => {
  const debug = (...commands: readonly string[]): string =>
    withTemporaryDirectory((directory) => {
      mkdirSync(join(directory, 'sample'));
      writeFileSync(join(directory, SAMPLE_FILE), SAMPLE_SOURCE);
      writeFileSync(join(directory, 'sample.elf'), sampleExecutable());
      const args = commands.flatMap((command) => ['-ex', command]);
      return runGnu('gdb-multiarch', ['-nx', '-batch', ...args, 'sample.elf'], directory);
    });

  it('gives the address of a line, by whole path and by file name', () => {
    const text = debug(`info line ${SAMPLE_FILE}:5`, 'info line boot.s:5');
    const expected = `Line 5 of "${SAMPLE_FILE}" starts at address 0x80000008 <_start+8>`;
    expect(text.split('\n').filter((line) => line.startsWith(expected))).toHaveLength(2);
  });

  it('sets breakpoints by line and by function', () => {
    const text = debug(`break ${SAMPLE_FILE}:7`, 'break main');
    expect(text).toContain(`Breakpoint 1 at 0x80000018: file ${SAMPLE_FILE}, line 7.`);
    expect(text).toMatch(new RegExp(`Breakpoint 2 at 0x800000[0-9a-f]+: file ${SAMPLE_FILE}`));
  });

  it('finds the source from the repository', () => {
    expect(debug('list main')).toContain('main:   li      a0, 3');
    expect(debug('info address main')).toContain('Symbol "main" is');
  });
});
