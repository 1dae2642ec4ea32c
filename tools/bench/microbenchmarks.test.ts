import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formatMicrobenchmarks, measure, MICROBENCHMARKS } from './microbenchmarks.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('the in-order clock model', () => {
  it.each(MICROBENCHMARKS.map((each) => [each.subject, each] as const))(
    'takes what it should for: %s',
    (_, each) => {
      expect(measure(each)).toBe(each.intended);
    },
  );

  it('is described by the table in docs/machine.md', () => {
    expect(readFileSync(join(root, 'docs/machine.md'), 'utf8')).toContain(formatMicrobenchmarks());
  });
});
