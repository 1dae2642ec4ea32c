import { describe, expect, test } from 'vitest';
import { parseByteSize, parseCycles, parseMemorySize } from './quantities.ts';

const MIB = 1024 * 1024;

describe('parseMemorySize', () => {
  test.each([
    ['128M', 128 * MIB],
    ['128', 128 * MIB],
    ['1G', 1024 * MIB],
    ['1g', 1024 * MIB],
    ['2048K', 2 * MIB],
    ['64MiB', 64 * MIB],
    ['1M', MIB],
    ['2032M', 2032 * MIB],
  ])('%s', (text, bytes) => {
    expect(parseMemorySize(text)).toBe(bytes);
  });

  test.each(['', 'M', '12X', '-1M', '1.5G', '0x80M', '1e3M', ' 1M', '1T'])(
    '"%s" is no size',
    (text) => {
      expect(() => parseMemorySize(text)).toThrow('is no size');
    },
  );

  test.each(['0', '1023K', '2033M', '2G', '99999999999999999999G'])(
    'the board cannot have %s',
    (text) => {
      expect(() => parseMemorySize(text)).toThrow('1M to 2032M');
    },
  );

  test('a size that is no whole number of pages is refused', () => {
    expect(() => parseMemorySize('1025K')).toThrow('4K pages');
  });
});

describe('parseByteSize', () => {
  test.each([
    ['1048576', MIB],
    ['512K', MIB / 2],
    ['64M', 64 * MIB],
    ['2GiB', 2048 * MIB],
  ])('%s', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  test.each(['', 'M', '0', '0K', '-1M', '1.5G', '99999999999G'])('"%s" is no size', (text) => {
    expect(() => parseByteSize(text)).toThrow('is no size');
  });
});

describe('parseCycles', () => {
  test.each([
    ['1', 1],
    ['5000000', 5_000_000],
    ['5_000_000', 5_000_000],
    ['5M', 5_000_000],
    ['2k', 2_000],
    ['3G', 3_000_000_000],
  ])('%s', (text, cycles) => {
    expect(parseCycles(text)).toBe(cycles);
  });

  test.each(['', 'many', '-1', '1.5', '1e6', '0x10', '_1'])('"%s" is no number', (text) => {
    expect(() => parseCycles(text)).toThrow('is no number of cycles');
  });

  test.each(['0', '9007199254740992', '9007200G'])('%s cannot be counted', (text) => {
    expect(() => parseCycles(text)).toThrow('cannot be counted');
  });
});
