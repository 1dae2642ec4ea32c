import { expect, test } from 'vitest';
import { formatTable } from './table.ts';

test('names are flush left, numbers flush right', () => {
  const rows = [
    ['paging', '1'],
    ['a', '1,000'],
  ];
  expect(formatTable(['guest', 'n'], rows)).toBe(
    ['guest       n', '------  -----', 'paging      1', 'a       1,000'].join('\n'),
  );
});
