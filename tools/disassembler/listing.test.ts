import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLineTable } from '../elf/dwarf/read-lines.ts';
import { type ElfFile, readElf } from '../elf/read-elf.ts';
import { SAMPLE_SOURCE, sampleExecutable } from '../elf/sample-image.ts';
import { functionNames, listFile, listFunction, type ListingOptions } from './listing.ts';

function sample(): ElfFile {
  const { elf, error } = readElf(sampleExecutable());
  if (error !== undefined) throw error;
  return elf;
}

function withSource(elf: ElfFile): ListingOptions {
  const { lines } = readLineTable(elf);
  return {
    ...(lines && { lines }),
    readSourceLine: (_file, line) => SAMPLE_SOURCE.split('\n')[line - 1],
  };
}

describe('the listing', () => {
  it('of a function has labels, source lines, targets and computed addresses', () => {
    const elf = sample();
    expect(listFunction(elf, '_start', withSource(elf))).toEqual([
      '',
      '80000000 <_start>:',
      '; sample/boot.s:4  _start: la      sp, stack_top',
      '  80000000:  00002117  auipc      sp,0x2',
      '  80000004:  41010113  addi       sp,sp,1040  # 80002410 <stack_top>',
      '; sample/boot.s:5  call    main',
      '  80000008:  00000097  auipc      ra,0x0',
      '  8000000c:  018080e7  jalr       24(ra)  # 80000020 <main>',
      '; sample/boot.s:6  lw      t0, limit',
      '  80000010:  00001297  auipc      t0,0x1',
      '  80000014:  ff02a283  lw         t0,-16(t0)  # 80001000 <limit>',
      '',
      '80000018 <halt>:',
      '; sample/boot.s:7  halt:   wfi',
      '  80000018:  10500073  wfi',
      '; sample/boot.s:8  j       halt',
      '  8000001c:  ffdff06f  j          80000018 <halt>',
    ]);
  });

  it('of a function needs no debug information', () => {
    expect(listFunction(sample(), 'main', { aliases: false })).toEqual([
      '',
      '80000020 <main>:',
      '  80000020:  00300513  addi       a0,zero,3',
      '  80000024:  00051463  bne        a0,zero,8000002c <main+0xc>',
      '  80000028:  00100073  ebreak',
      '  8000002c:  fff50513  addi       a0,a0,-1',
      '  80000030:  00008067  jalr       zero,0(ra)',
    ]);
  });

  it('of a file has every function', () => {
    const lines = [...listFile(sample())];
    expect(lines[0]).toBe('Section .text:');
    expect(lines).toEqual(expect.arrayContaining(['80000000 <_start>:', '80000020 <main>:']));
    expect(lines.filter((line) => line.startsWith('  8'))).toHaveLength(13);
  });

  it('of a damaged file ends without an exception', () => {
    const valid = sampleExecutable();
    const change = fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 }));
    let listed = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
        const file = valid.slice();
        for (const [offset, value] of changes) file[offset] = value;
        const { elf } = readElf(file);
        if (elf === undefined) return;
        listed += 1;
        const { length } = [...listFile(elf, withSource(elf))];
        expect(length).toBeLessThan(valid.length);
        for (const name of functionNames(elf)) listFunction(elf, name);
      }),
      { numRuns: 300 },
    );
    expect(listed).toBeGreaterThan(0);
  });

  it('knows which functions there are', () => {
    expect(functionNames(sample())).toEqual(['_start', 'main']);
    expect(listFunction(sample(), 'nothing')).toBeUndefined();
  });
});
