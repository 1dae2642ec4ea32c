import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ShellMarkScanner, type ShellMark } from './shell-marks.ts';

function scan(input: string): { text: string; marks: ShellMark[]; beforeFlush: string } {
  let text = '';
  const marks: ShellMark[] = [];
  const scanner = new ShellMarkScanner({
    text: (byte) => {
      text += String.fromCharCode(byte);
    },
    mark: (mark) => {
      marks.push(mark);
    },
  });
  for (const character of input) scanner.push(character.charCodeAt(0));
  const beforeFlush = text;
  scanner.flush();
  return { text, marks, beforeFlush };
}

describe('ShellMarkScanner', () => {
  test('reports marks in order and lets the text through', () => {
    const { text, marks } = scan('a\x1b]133;B\x07b\x1b]133;D;0\x07c\x1b]133;D;-7\x07');
    expect(text).toBe('abc');
    expect(marks).toEqual([
      { kind: 'ready' },
      { kind: 'done', status: 0 },
      { kind: 'done', status: -7 },
    ]);
  });

  test.each([
    ['another OSC', '\x1b]0;title\x07'],
    ['a colour', '\x1b[31mred\x1b[0m'],
    ['a mark without its end', '\x1b]133;B'],
    ['an unknown mark', '\x1b]133;A\x07'],
    ['a status that is no number', '\x1b]133;D;x\x07'],
    ['a body that is too long', '\x1b]133;D;00000000000000000000\x07'],
    ['a line end inside', '\x1b]133;B\n\x07'],
  ])('%s is text', (_, input) => {
    expect(scan(input)).toMatchObject({ text: input, marks: [] });
  });

  test('an escape that interrupts a mark can begin the next one', () => {
    const { text, marks } = scan('\x1b]13\x1b]133;B\x07');
    expect(text).toBe('\x1b]13');
    expect(marks).toEqual([{ kind: 'ready' }]);
  });

  test('holds back only what may be a mark', () => {
    expect(scan('prompt> \x1b]13').beforeFlush).toBe('prompt> ');
  });

  test('loses no byte of any text', () => {
    const pieces = fc.array(
      fc.constantFrom('\x1b', ']', '1', '3', '133;', ';', 'B', 'D', '\x07', 'x', '\x1b]133;'),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const input = parts.join('');
        const expected = input.replaceAll(/\x1b\]133;(?:B|D;-?\d{1,11})\x07/g, '');
        expect(scan(input).text).toBe(expected);
      }),
    );
  });
});
