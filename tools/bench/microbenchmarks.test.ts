import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PRESETS, type CacheParameters } from '../../machine/timing/inorder/parameters.ts';
import { REASON_NAMES } from '../../machine/timing/inorder/reasons.ts';
import { formatMicrobenchmarks, measure, MICROBENCHMARKS } from './microbenchmarks.ts';

type Value = CacheParameters | number | boolean | undefined;

/** As the table of parameters shows a value. */
function shown(value: Value): string {
  if (value === undefined) return 'none';
  if (typeof value !== 'object') return String(value);
  const { bytes, ways } = value;
  const size = bytes < MEBIBYTE ? `${bytes / 1024} KiB` : `${bytes / MEBIBYTE} MiB`;
  return `${size}, ${ways} ways`;
}

const MEBIBYTE = 2 ** 20;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('the in-order clock model', () => {
  it.each(MICROBENCHMARKS.map((each) => [each.subject, each] as const))(
    'takes what it should for: %s',
    (_, each) => {
      expect(measure(each)).toBe(each.intended);
    },
  );

  it.each(Object.keys(PRESETS.u54))(
    'has a line in docs/machine.md with its values in each preset: %s',
    (name) => {
      const lines = readFileSync(join(root, 'docs/machine.md'), 'utf8').split('\n');
      const { u54, e31, tiny, ideal } = PRESETS;
      const values = [u54, e31, tiny, ideal].map((preset) =>
        shown(new Map<string, Value>(Object.entries(preset)).get(name)),
      );
      const line = lines.find((text) => text.startsWith(`| \`${name}\` |`));
      expect(line).toMatch(` | ${values.join(' | ')} |`);
    },
  );

  it('names the reasons for charges in docs/machine.md, in the order of class 3', () => {
    const text = readFileSync(join(root, 'docs/machine.md'), 'utf8').replaceAll('\n', ' ');
    expect(text).toContain(`${REASON_NAMES.join(', ')}.`);
  });

  it('is described by the table in docs/machine.md', () => {
    expect(readFileSync(join(root, 'docs/machine.md'), 'utf8')).toContain(formatMicrobenchmarks());
  });
});
