import { describe, expect, test } from 'vitest';
import { parseImageDescription } from './image-description.ts';

const whole = {
  entry: '_start',
  sources: ['kernels/micro/main.ts'],
  assembly: ['kernels/micro/start.s'],
  abort: 'kernels/micro/abort/abort',
  text: '0x80400000',
  data: '0x80480000',
};
const parse = (value: unknown) =>
  parseImageDescription(JSON.stringify(value), 'kernels/micro/image.json');

describe('parseImageDescription', () => {
  test('reads what a kernel says about itself', () => {
    expect(parse(whole)).toEqual({
      name: 'micro',
      file: 'kernels/micro/image.json',
      entry: '_start',
      sources: ['kernels/micro/main.ts'],
      assembly: ['kernels/micro/start.s'],
      abort: 'kernels/micro/abort/abort',
      environment: 'user',
      text: 0x8040_0000,
      data: 0x8048_0000,
    });
  });

  test.each([
    [{ ...whole, entry: undefined }, '"entry" is not a string'],
    [{ ...whole, environment: 'moon' }, '"environment" is neither "user" nor "kernel"'],
    [{ ...whole, sources: [] }, '"sources" names no module'],
    [{ ...whole, assembly: ['a.s', 1] }, '"assembly" is not a list of strings'],
    [{ ...whole, text: '80400000' }, '"text" is not an address such as "0x80400000"'],
    [{ ...whole, data: 5 }, '"data" is not a string'],
    [{ ...whole, txet: '0x0' }, 'unknown key "txet"'],
    [[whole], 'is not a JSON object'],
  ])('names what is wrong (%#)', (value, message) => {
    expect(() => parse(value)).toThrow(`kernels/micro/image.json: ${message}`);
  });

  test('names a file that is not JSON', () => {
    expect(() => parseImageDescription('{', 'a/image.json')).toThrow('a/image.json: is not JSON');
  });
});
