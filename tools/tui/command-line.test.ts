import { describe, expect, test } from 'vitest';
import { CommandLine } from './command-line.ts';

const press = (line: CommandLine, ...names: string[]) =>
  names.map((name) => line.handle({ name, ctrl: false, sequence: '\x00' })).at(-1);
const control = (line: CommandLine, name: string) => {
  line.handle({ name, ctrl: true, sequence: '\x00' });
};
const type = (line: CommandLine, text: string): void => {
  for (const sequence of text) line.handle({ name: undefined, ctrl: false, sequence });
};

describe('the command line', () => {
  test('edits where the cursor is', () => {
    const line = new CommandLine([]);
    type(line, 'info rgisters');
    press(line, ...Array.from('gisters', () => 'left'));
    type(line, 'e');
    expect([line.text, line.cursor]).toEqual(['info registers', 7]);
    press(line, 'backspace', 'delete');
    expect(line.text).toBe('info risters');
    control(line, 'k');
    expect(line.text).toBe('info r');
    control(line, 'w');
    expect(line.text).toBe('info ');
    press(line, 'home');
    type(line, 'x ');
    expect(line.text).toBe('x info ');
    control(line, 'u');
    expect(line.text).toBe('info ');
  });

  test('recalls lines, and the one that was being written', () => {
    const line = new CommandLine([]);
    for (const text of ['first', 'second', 'second']) {
      type(line, text);
      expect(press(line, 'return')).toEqual({ kind: 'entered', line: text });
    }
    type(line, 'draft');
    press(line, 'up');
    expect(line.text).toBe('second');
    press(line, 'up');
    press(line, 'up');
    expect(line.text).toBe('first');
    press(line, 'down', 'down');
    expect(line.text).toBe('draft');
  });

  test('completes names as far as they are clear', () => {
    const line = new CommandLine(['step', 'stepi', 'continue']);
    type(line, 'c');
    press(line, 'tab');
    expect(line.text).toBe('continue ');
    line.clear();
    type(line, 's');
    expect(press(line, 'tab')).toBeUndefined();
    expect(line.text).toBe('step');
    expect(press(line, 'tab')).toEqual({ kind: 'choices', names: ['step', 'stepi'] });
  });

  test('takes no control characters in', () => {
    const line = new CommandLine([]);
    type(line, '\x1b[31m'.slice(0, 1));
    expect(line.text).toBe('');
  });
});
