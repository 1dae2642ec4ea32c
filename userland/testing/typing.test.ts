/** What a person types, and what is printed back: against plain models of both. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { TargetModule } from '../../tools/testing/target-module.ts';

const encoder = new TextEncoder();
let target: TargetModule;
let results: number;

beforeAll(async () => {
  target = await TargetModule.compile('userland/testing/probe.ts');
  results = target.call('resultsAddress');
});

describe('the line editor', () => {
  /** The characters that stay when keys are typed: what the screen must show, too. */
  function model(keys: readonly string[]): string {
    let line: string[] = [];
    for (const key of keys) {
      if (key === '\x7f' || key === '\b') line.pop();
      else if (key === '\x15') line = [];
      else if (key === '\x17') {
        while (line.at(-1) === ' ') line.pop();
        while (line.length > 0 && line.at(-1) !== ' ') line.pop();
      } else if (key === '\t') line.push(' ');
      else if (key >= ' ') line.push(key);
    }
    return line.join('');
  }

  /** A screen that knows backspace. */
  function screen(echo: string): string {
    const cells: string[] = [];
    let column = 0;
    for (const character of echo) {
      if (character === '\b') column -= 1;
      else cells[column++] = character;
    }
    return cells.join('').trimEnd();
  }

  function type(bytes: Uint8Array): { isDone: boolean; echo: Uint8Array } {
    let isDone = false;
    const echo: number[] = [];
    for (const byte of bytes) {
      isDone = target.call('typeKey', byte) !== 0;
      for (let shown = target.call('takeEcho'); shown < 256; shown = target.call('takeEcho')) {
        echo.push(shown);
      }
    }
    return { isDone, echo: Uint8Array.from(echo) };
  }

  const key = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', 'b', ' ', 'ü', '€', '語', '🙂') },
    { weight: 2, arbitrary: fc.constantFrom('\x7f', '\b', '\x15', '\x17', '\t') },
    { weight: 1, arbitrary: fc.constantFrom('\x1b[A', '\x1b[1;5C', '\x1bOP', '\x01', '\x1bx') },
  );

  it('has the line and the screen agree with a plain model', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
        target.call('restartEditor');
        const expected = model(keys.filter((one) => !one.startsWith('\x1b')));
        const typed = type(encoder.encode(keys.join('')));
        expect(typed.isDone).toBe(false);
        expect(screen(new TextDecoder().decode(typed.echo))).toBe(expected.trimEnd());
        const ended = type(Uint8Array.of(0x0d));
        expect(ended).toEqual({ isDone: true, echo: Uint8Array.of(0x0d, 0x0a) });
        const address = target.call('finishedLine');
        expect(target.text(address, target.word(results))).toBe(`${expected}\n`);
      }),
    );
  });

  it('ends the input at Ctrl-D on an empty line, and only there', () => {
    target.call('restartEditor');
    expect(type(Uint8Array.of(0x61, 0x04)).isDone).toBe(false);
    expect(type(Uint8Array.of(0x7f, 0x04)).isDone).toBe(true);
    target.call('finishedLine');
    expect(target.word(results)).toBe(0);
  });

  it('takes CR, LF and CR LF for one line end', () => {
    for (const end of [[0x0d], [0x0a], [0x0d, 0x0a]]) {
      target.call('restartEditor');
      type(Uint8Array.from([0x61, ...end.slice(0, 1)]));
      target.call('restartEditor');
      expect(type(Uint8Array.from(end.slice(1))).echo).toHaveLength(0);
      expect(type(Uint8Array.of(0x62, 0x0d)).isDone).toBe(true);
    }
  });

  it('rings the bell when the line is full', () => {
    target.call('restartEditor');
    const typed = type(new Uint8Array(1030).fill(0x78));
    expect(typed.echo.slice(1020)).toEqual(Uint8Array.of(120, 120, 120, 120, 7, 7, 7, 7, 7, 7));
  });
});

/** By TokenKind (programs/sh/tokens.ts). */
const OPERATORS = ['', '|', '<', '>', '>>'];

describe('a command line', () => {
  const parse = (line: string): { error: number; words: string[] } => {
    const bytes = encoder.encode(line);
    target.put(target.scratch, bytes);
    const error = target.call('parseArguments', target.scratch, bytes.length);
    const words: string[] = [];
    const count = target.word(results);
    for (let index = 0; index < count; index++) {
      const address = target.call('wordAt', index);
      const value = target.word(results);
      words.push(address === 0 ? OPERATORS[value] : target.text(address, value));
    }
    return { error, words };
  };

  it('is taken apart into the words that were put together', () => {
    const word = fc.array(fc.constantFrom('a', 'ß', ' ', "'", '-'), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (list) => {
        const words = list.map((characters) => characters.join(''));
        const line = words.map((one) => `"${one}"`).join('  ');
        expect(parse(line)).toEqual({ error: 0, words });
      }),
    );
  });

  it('joins quoted and plain parts', () => {
    expect(parse(`a"b c"d 'e "f' ""`).words).toEqual(['ab cd', 'e "f', '']);
  });

  it('has operators, which need no spaces and are none in quotes', () => {
    expect(parse('a<b|c>d').words).toEqual(['a', '<', 'b', '|', 'c', '>', 'd']);
    expect(parse('a >>b ">" \\> x').words).toEqual(['a', '>>', 'b', '>', '>', 'x']);
  });

  it('has one pipeline after the other', () => {
    expect(parse('a b; c').words).toEqual(['a', 'b']);
    expect(parse('a & c').words).toEqual(['a']);
    expect(parse('a # b; c').words).toEqual(['a']);
    expect(parse('').words).toEqual([]);
  });

  it('knows the status of the last command', () => {
    expect(parse(`$? x$?y "$?" '$?' $`).words).toEqual(['7', 'x7y', '7', '$?', '$']);
  });

  it('refuses an open quote and what is too long', () => {
    expect(parse('echo "a').error).toBe(1);
    expect(parse(`echo 'a"`).error).toBe(1);
    expect(parse('a '.repeat(127)).error).toBe(0);
    expect(parse('a '.repeat(128)).error).toBe(2);
    expect(parse('a'.repeat(4096)).error).toBe(0);
    expect(parse('a'.repeat(4097)).error).toBe(2);
  });
});

describe('numbers in text', () => {
  it('look as JavaScript prints them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const address = target.call('formatNumbers', value);
        const text = target.text(address, target.word(results));
        const low = value & 0xffff_ffffn;
        const milliseconds = value / 10_000n;
        const seconds = `${milliseconds / 1000n}.${(milliseconds % 1000n).toString().padStart(3, '0')}`;
        const start = [
          value.toString(),
          BigInt.asIntN(32, low).toString(),
          low.toString(16).padStart(8, '0'),
          seconds,
          '',
        ].join('|');
        const last = (value & 0xffffn).toString();
        expect(text).toBe(start + last.padStart(100 - start.length));
      }),
    );
  });
});
