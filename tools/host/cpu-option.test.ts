import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PRESETS } from '../../machine/timing/inorder/parameters.ts';
import { parseCpuOption } from './cpu-option.ts';

const folder = mkdtempSync(join(tmpdir(), 'cpu-option-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(contents: string): string {
  const path = join(folder, 'model.json');
  writeFileSync(path, contents);
  return path;
}

describe('--cpu', () => {
  it('names a clock model and its parameters', () => {
    expect(parseCpuOption('functional').inorder).toBeUndefined();
    expect(parseCpuOption('inorder').inorder).toEqual(PRESETS.u54);
    expect(parseCpuOption('inorder:tiny').inorder).toEqual(PRESETS.tiny);
  });

  it('takes what differs from a preset from a file', () => {
    const path = file(
      '{"preset": "e31", "mispredictPenalty": 9, "dataCache": {"bytes": 4096, "ways": 2}}',
    );
    const { inorder } = parseCpuOption(`inorder:${path}`);
    expect(inorder).toEqual({
      ...PRESETS.e31,
      mispredictPenalty: 9,
      dataCache: { bytes: 4096, ways: 2 },
    });
  });

  it.each([
    ['{', /is not JSON/],
    ['[]', /a JSON object/],
    ['{"preset": "u7"}', /preset is one of u54, /],
    ['{"mispredictPenalty": -1}', /mispredictPenalty is a whole number from 0 to/],
    ['{"historyEntries": 3}', /historyEntries is a power of two from 1 to/],
    ['{"multiplyPipelined": 1}', /multiplyPipelined is true or false/],
    ['{"dataCache": {"bytes": 4096}}', /dataCache.ways is a power of two/],
    ['{"dataCache": {"bytes": 999999, "ways": 1}}', /dataCache.bytes is a power of two/],
    ['{"cache": 1}', /there is no parameter "cache"/],
    ['{"__proto__": 1}', /there is no parameter "__proto__"/],
    ['{"divideLongest": 1}', /divideLongest is at least divideShortest/],
  ])('refuses the file %s in one line', (contents, problem) => {
    const parse = () => parseCpuOption(`inorder:${file(contents)}`);
    expect(parse).toThrow(problem);
    expect(parse).toThrow(/^[^\n]*$/);
  });

  it.each(['turbo', 'inorder:u99', 'inorder:', 'functional:u54', `inorder:${folder}/none.json`])(
    'refuses %s',
    (text) => {
      expect(() => parseCpuOption(text)).toThrow(/^[^\n]*$/);
    },
  );
});
