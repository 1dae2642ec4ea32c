import { expect, test } from 'vitest';
import { BuildProgress } from './build-progress.ts';

function watch(terminal: { isTTY: boolean; columns?: number }): string[] {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text.replace('\r\x1b[K', '⌫'));
  const progress = new BuildProgress({ ...terminal, write }, 2);
  progress.start('micro');
  progress.start('shell');
  progress.finish('shell');
  progress.finish('micro');
  progress.clear();
  return lines;
}

test('a terminal shows one line, which goes when the build ends', () => {
  expect(watch({ isTTY: true })).toEqual([
    '⌫building 0/2: micro',
    '⌫building 0/2: micro, shell',
    '⌫building 1/2: micro',
    '⌫building 2/2: ',
    '⌫',
  ]);
});

test('a narrow terminal gets no line that it would break', () => {
  expect(watch({ isTTY: true, columns: 15 })[1]).toBe('⌫building 0/2: ');
});

test('a file or a pipe gets nothing', () => {
  expect(watch({ isTTY: false })).toEqual([]);
});
