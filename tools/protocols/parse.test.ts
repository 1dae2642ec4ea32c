import { describe, expect, it } from 'vitest';
import { ProtocolError } from './protocol.ts';
import { parseProtocol } from './parse.ts';

const FILE = 'userland/protocols/lamp.ts';

/** A protocol with one method, whose comment and declaration are given. */
function withMethod(tags: readonly string[], declaration: string): string {
  return [
    '/**',
    ' * A lamp.',
    ' *',
    ' * @protocol 9',
    ' */',
    'export interface Lamp {',
    '  /**',
    '   * Does something.',
    '   *',
    ...tags.map((tag) => `   * ${tag}`),
    '   */',
    `  ${declaration}`,
    '}',
  ].join('\n');
}

function errorOf(source: string): string {
  try {
    parseProtocol(FILE, source);
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a protocol', () => {
  it('is read with its numbers, its documentation and its parameters', () => {
    const tags = ['@max name 20', '@max state 64', '@out state', '@idempotent'];
    const source = withMethod(tags, 'look(name: Text, at: u64, state: Buffer, on: bool): u32;');
    expect(parseProtocol(FILE, source)).toEqual({
      name: 'Lamp',
      module: 'lamp',
      number: 9,
      documentation: ['A lamp.'],
      methods: [
        {
          name: 'look',
          number: 0x0900,
          documentation: ['Does something.'],
          parameters: [
            { kind: 'text', name: 'name', max: 20 },
            { kind: 'scalar', name: 'at', type: 'u64' },
            { kind: 'buffer', name: 'state', max: 64, direction: 'out' },
            { kind: 'scalar', name: 'on', type: 'bool' },
          ],
          result: 'u32',
          idempotent: true,
        },
      ],
    });
  });

  it('numbers its methods in the order of their declaration', () => {
    const source = withMethod([], 'on(): void;').replace(
      /}$/,
      '  /** Second. */\n  off(): void;\n}',
    );
    expect(parseProtocol(FILE, source).methods.map(({ number }) => number)).toEqual([
      0x0900, 0x0901,
    ]);
  });
});

describe('a mistake of the author gets one line with its place', () => {
  const cases: readonly (readonly [string, readonly string[], string, string])[] = [
    ['an unsupported type', [], 'set(level: f64): void;', '11: set, parameter level: type f64'],
    ['an array', [], 'set(levels: u32[]): void;', '11: set, parameter levels: type u32[] cannot'],
    ['an unsupported result', [], 'get(): Text;', '11: get: cannot return Text'],
    ['no result', [], 'get();', '11: get: cannot return nothing'],
    ['a text without bound', [], 'name(as: Text): void;', '11: name, parameter as: needs @max'],
    [
      'a buffer without bound',
      ['@in b'],
      'put(b: Buffer): void;',
      '12: put, parameter b: needs @max',
    ],
    [
      'a buffer without direction',
      ['@max b 9'],
      'put(b: Buffer): void;',
      '12: put, parameter b: needs @in',
    ],
    [
      'two directions',
      ['@max b 9', '@in b', '@out b'],
      'put(b: Buffer): void;',
      '14: put, parameter b: has more than one',
    ],
    [
      'a text that comes back',
      ['@max t 9', '@out t'],
      'put(t: Text): void;',
      '13: put, parameter t: a Text goes in',
    ],
    ['a bound of zero', ['@max t 0'], 'put(t: Text): void;', '10: put, parameter t: @max takes'],
    [
      'a bound that is no number',
      ['@max t many'],
      'put(t: Text): void;',
      '10: put, parameter t: @max takes',
    ],
    [
      'a bound for a number',
      ['@max n 9'],
      'put(n: u32): void;',
      '10: put, parameter n: @max is for',
    ],
    [
      'a tag for nobody',
      ['@in b'],
      'put(n: u32): void;',
      '10: put: @in names b, which is no parameter',
    ],
    ['an unknown tag', ['@deprecated'], 'put(): void;', '10: put: unknown tag @deprecated'],
    ['an optional parameter', [], 'put(n?: u32): void;', '11: put: a parameter is a plain name'],
    ['a rest parameter', [], 'put(...n: u32): void;', '11: put: a parameter is a plain name'],
    ['a generic method', [], 'put<T>(): void;', '11: put: a method is neither generic'],
    ['a property', [], 'level: u32;', '11: a protocol has methods only'],
    [
      'a reserved name',
      [],
      'put(request: u32): void;',
      '11: put, parameter request: the generated',
    ],
    ['a method of the client', [], 'at(): void;', '11: at: the client has a member'],
    [
      'a parameter twice',
      [],
      'put(n: u32, n: u32): void;',
      '11: put: parameter n is declared twice',
    ],
    ['two handles', [], 'put(a: Handle, b: Handle): void;', '11: put a message carries one handle'],
    [
      'too many words',
      [],
      'put(a: u64, b: u64, c: u64, d: u64, e: u32): void;',
      '11: put needs 9 message words',
    ],
    [
      'too much in several ranges',
      ['@max a 5000', '@in a', '@max b 5000', '@in b'],
      'put(a: Buffer, b: Buffer): void;',
      '15: put lends up to 10000 bytes',
    ],
    [
      'too much text',
      ['@max a 2000'],
      'put(a: Text): void;',
      '12: put carries up to 2000 bytes of text',
    ],
    [
      'idempotent and inout',
      ['@max b 9', '@inout b', '@idempotent'],
      'put(b: Buffer): void;',
      '14: put is @idempotent but',
    ],
    ['bad syntax', [], 'put(: void;', '11: '],
  ];

  it.each(cases)('%s', (_, tags, declaration, message) => {
    const error = errorOf(withMethod(tags, declaration));
    expect(error).toContain(`${FILE}:${message}`);
    expect(error).not.toContain('\n');
  });

  it('a method without doc comment', () => {
    const source = withMethod([], 'on(): void;').replace(/}$/, '  off(): void;\n}');
    expect(errorOf(source)).toBe(`${FILE}:12: method off has no doc comment`);
  });

  it('a protocol without doc comment, number, or at all', () => {
    expect(errorOf('export interface Lamp {}')).toBe(`${FILE}:1: protocol Lamp has no doc comment`);
    expect(errorOf('/** A lamp. */\nexport interface Lamp {}')).toContain(
      `${FILE}:2: Lamp needs one tag`,
    );
    expect(errorOf('export const lamp = 1;')).toBe(`${FILE}:1: declares no interface`);
  });

  it('a number that is the kernel’s', () => {
    const source = withMethod([], 'on(): void;').replace('@protocol 9', '@protocol 255');
    expect(errorOf(source)).toBe(`${FILE}:4: @protocol takes one number from 0 to 254`);
  });

  it('a method declared twice, a second protocol', () => {
    const twice = withMethod([], 'on(): void;').replace(/}$/, '  /** Again. */\n  on(): void;\n}');
    expect(errorOf(twice)).toBe(`${FILE}:13: method on is declared twice`);
    const second = `${withMethod([], 'on(): void;')}\n/** Other. */\nexport interface Other {}`;
    expect(errorOf(second)).toContain(`${FILE}:14: a file holds one protocol`);
  });
});
