/**
 * Locals through debug information: random functions hand their locals to a witness in assembly,
 * which writes down registers and stack. What the debug information says of each local at the call
 * must be what the witness was given.
 */
import { describe, expect, test } from 'vitest';
import type { PlaceRange, ValuePlace } from '../../linker/debug-information.ts';
import type { LinkedFunction } from '../../linker/linked-image.ts';
import { compileSources } from '../frontend.ts';
import { Op } from '../ir/instruction.ts';
import type { PassObserver } from '../pipeline.ts';
import { ARENA, TargetProgram } from '../testing/target-program.ts';

const WORD = 4;
const A0 = 10;
/** What the witness writes: x0 … x31, then as many words of the stack. */
const SAVED_WORDS = 32;
const RECORD_BYTES = 2 * SAVED_WORDS * WORD;
const MOST_RECORDS = 2000;
const RA = 1;

/** Locals in the order of the witness's parameters; `wide` is an i64, in two words. */
const NARROW = ['a', 'b', 'c', 'd'] as const;
const WIDE = 'wide';

const WITNESS = `
    .text
    .globl witness
witness:
    la t0, cursor
    lw t1, 0(t0)
${Array.from({ length: SAVED_WORDS }, (_, i) => `    sw x${i}, ${i * WORD}(t1)`).join('\n')}
    mv t2, sp
    li t3, ${SAVED_WORDS}
    addi t1, t1, ${SAVED_WORDS * WORD}
copy:
    lw t4, 0(t2)
    sw t4, 0(t1)
    addi t2, t2, 4
    addi t1, t1, 4
    addi t3, t3, -1
    bnez t3, copy
    sw t1, 0(t0)
    ret
    .data
    .globl cursor
cursor: .word 0
`;

/** A small generator of numbers, so that a seed names a program (xorshift32). */
class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed * 2 + 1;
  }

  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

class ProgramText {
  private readonly lines: string[] = [];
  private loops = 0;

  constructor(private readonly dice: Dice) {}

  write(): string {
    const { dice } = this;
    this.lines.push(
      'export declare function witness(a: i32, b: i32, c: i32, d: i32, wide: i64): void;',
      'export function run(a: i32, b: i32): i32 {',
      '  let c: i32 = a ^ b;',
      '  let d: i32 = 7;',
      '  let wide: i64 = <i64>a * b;',
    );
    this.statements(6 + dice.below(6), 1);
    this.lines.push(`  return ${this.expression()} ^ <i32>(wide >> 9);`, '}');
    return this.lines.join('\n');
  }

  private expression(): string {
    const { dice } = this;
    const leaf = (): string => (dice.below(4) === 0 ? `${dice.below(4000)}` : dice.of(NARROW));
    return `((${leaf()} ${dice.of(['+', '-', '*', '^', '&'])} ${leaf()}) ${dice.of(['+', '|', '^'])} ${leaf()})`;
  }

  private statements(count: number, depth: number): void {
    const indent = '  '.repeat(depth);
    for (let i = 0; i < count; i++) {
      switch (this.dice.below(depth > 2 ? 4 : 6)) {
        case 0:
          this.lines.push(`${indent}wide = wide * 3 + <i64>${this.expression()};`);
          break;
        case 1:
          this.lines.push(`${indent}witness(a, b, c, d, wide);`);
          break;
        case 4: {
          this.lines.push(`${indent}if (${this.expression()} > ${this.dice.of(NARROW)}) {`);
          this.statements(3, depth + 1);
          this.lines.push(`${indent}} else {`);
          this.statements(2, depth + 1);
          this.lines.push(`${indent}}`);
          break;
        }
        case 5: {
          const counter = `i${this.loops++}`;
          this.lines.push(`${indent}for (let ${counter} = 0; ${counter} < 3; ${counter}++) {`);
          this.statements(3, depth + 1);
          this.lines.push(`${indent}}`);
          break;
        }
        default:
          this.lines.push(`${indent}${this.dice.of(NARROW)} = ${this.expression()};`);
      }
    }
    this.lines.push(`${indent}witness(a, b, c, d, wide);`);
  }
}

async function build(seed: number, observePasses?: PassObserver): Promise<TargetProgram> {
  const text = new ProgramText(new Dice(seed)).write();
  const abort =
    'export function abort(m: usize, f: usize, l: u32, c: u32): void { unreachable(); }';
  const { object, diagnostics } = await compileSources({
    entries: ['demo/main.ts'],
    root: '/',
    memoryBase: 0x8010_0000,
    moduleName: 'demo',
    optimizeLevel: 0,
    abort: 'demo/abort/abort',
    readFile: (path) => ({ 'demo/main.ts': text, 'demo/abort.ts': abort })[path] ?? null,
    ...(observePasses === undefined ? {} : { observePasses }),
  });
  expect(diagnostics).toEqual([]);
  if (object === undefined) throw new Error('not compiled');
  return new TargetProgram([object], ['run'], WITNESS);
}

/** What the program's locals were when the witness was called. */
interface Found {
  readonly checked: number;
  readonly lost: number;
  readonly wrong: readonly string[];
}

class Reader {
  private readonly view: DataView;

  constructor(
    record: Uint8Array,
    private readonly frameSize: number,
  ) {
    this.view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  }

  register(number: number): number {
    return this.view.getInt32(number * WORD, true);
  }

  /** Undefined beyond what the witness has copied. */
  value(place: ValuePlace): number | undefined {
    switch (place.kind) {
      case 'register':
        return this.register(place.register);
      case 'constant':
        return place.value;
      case 'address':
        return undefined;
      case 'frame': {
        const word = (this.frameSize + place.offset) / WORD;
        return word >= SAVED_WORDS ? undefined : this.register(SAVED_WORDS + word);
      }
    }
  }
}

function rangeAt(ranges: readonly PlaceRange[], address: number): PlaceRange | undefined {
  return ranges.find(({ start, end }) => start <= address && address < end);
}

function check(program: TargetProgram, seed: number): Found {
  const cursor = program.address('cursor');
  const word = new Uint8Array(WORD);
  new DataView(word.buffer).setUint32(0, ARENA, true);
  program.writeMemory(cursor, word);
  program.call('run', [seed * 77, seed - 9]);
  const end = new DataView(program.readMemory(cursor, WORD).buffer).getUint32(0, true);
  const count = Math.min((end - ARENA) / RECORD_BYTES, MOST_RECORDS);
  const address = program.address('run');
  const fn = program.image.debug.functions.find((each) => each.address === address);
  if (fn?.scope === undefined) throw new Error('run has no debug information');
  let checked = 0;
  let lost = 0;
  const wrong: string[] = [];
  for (let index = 0; index < count; index++) {
    const record = program.readMemory(ARENA + index * RECORD_BYTES, RECORD_BYTES);
    const pc = new DataView(record.buffer).getUint32(RA * WORD, true) - 1;
    const reader = new Reader(record, frameSizeAt(fn, pc));
    const given = [...NARROW, WIDE, WIDE].map((name, i) => ({
      name,
      value: reader.register(A0 + i),
    }));
    for (const [i, { name, value }] of given.entries()) {
      const half = i > NARROW.length ? 1 : 0;
      const local = fn.scope.declaration.locals.findIndex((each) => each?.name === name);
      const variable = fn.scope.variables.find((each) => each.local === local);
      const place = rangeAt(variable?.ranges ?? [], pc)?.words.at(half);
      const read = place === undefined ? undefined : reader.value(place);
      if (read === undefined) lost++;
      else if (read !== value) wrong.push(`${name} at ${pc.toString(16)}: ${read} for ${value}`);
      checked++;
    }
  }
  return { checked, lost, wrong };
}

function frameSizeAt({ frames }: LinkedFunction, pc: number): number {
  return frames.findLast(({ offset }) => offset <= pc)?.size ?? 0;
}

describe('locals at calls', () => {
  test('are what the program has, wherever debug information knows them', async () => {
    let [checked, lost] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const found = check(await build(seed), seed);
      expect(found.wrong, `seed ${seed}`).toEqual([]);
      checked += found.checked;
      lost += found.lost;
    }
    expect(checked).toBeGreaterThan(500);
    // The rest is dead there, as everything is at the last call.
    expect(lost / checked).toBeLessThan(0.7);
  });

  test('cost nothing: the code is the same without them', async () => {
    const forget: PassObserver = (pass, fn) => {
      if (pass !== 'construction') return;
      for (const block of fn.blocks) {
        block.instructions = block.instructions.filter(({ op }) => op !== Op.LocalValue);
      }
    };
    for (let seed = 20; seed < 26; seed++) {
      const [following, forgetting] = [await build(seed), await build(seed, forget)];
      expect(forgetting.image.debug.functions.some(({ scope }) => scope?.variables.length)).toBe(
        false,
      );
      expect(following.image.segments).toEqual(forgetting.image.segments);
    }
  });

  test('are seen to be wrong where a pass has mixed them up', async () => {
    const mixUp: PassObserver = (pass, fn) => {
      if (pass !== 'construction') return;
      for (const { instructions } of fn.blocks) {
        for (const instruction of instructions) {
          if (instruction.op === Op.LocalValue && instruction.immediate < 2) {
            instruction.immediate = 1 - instruction.immediate;
          }
        }
      }
    };
    const { wrong } = check(await build(3, mixUp), 3);
    expect(wrong.length).toBeGreaterThan(0);
  });
});
