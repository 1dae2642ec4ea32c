import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { join } from 'node:path';
import { runGnu, withTemporaryDirectory } from '../assembler/gnu-witness.ts';
import { readLineTable } from './dwarf/read-lines.ts';
import { readElf } from './read-elf.ts';
import { SAMPLE_FILE, sampleExecutable } from './sample-image.ts';
import { reportSizes, type SizeReport } from './size-report.ts';

function report(file: Uint8Array): SizeReport {
  const { elf, error } = readElf(file);
  if (error !== undefined) throw error;
  return reportSizes(elf, readLineTable(elf).lines);
}

function sum(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}

it('counts every byte once, by section, symbol and file', () => {
  const { sections, items, files, total } = report(sampleExecutable());
  expect([sum(sections), sum(items), sum(files)]).toEqual([total, total, total]);
  expect(items.find(({ symbol }) => symbol === 'main')).toEqual({
    section: '.text',
    symbol: 'main',
    file: SAMPLE_FILE,
    bytes: 20,
  });
});

describeWithWitness('riscv64-unknown-elf-size', 'sizes beside GNU size', () => {
  it('have the same total', () => {
    withTemporaryDirectory((directory) => {
      writeFileSync(join(directory, 'sample.elf'), sampleExecutable());
      const text = runGnu('riscv64-unknown-elf-size', ['sample.elf'], directory);
      const [, , , theirs] = (text.split('\n')[1] ?? '').trim().split(/\s+/);
      expect(report(readFileSync(join(directory, 'sample.elf'))).total).toBe(Number(theirs));
    });
  });
});
