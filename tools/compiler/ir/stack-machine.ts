/**
 * WebAssembly's operand stack and locals while a function is translated: an i64 is two entries (low
 * word, high word), every other value one. Both are called words here.
 */
import { ValueType } from '../wasm/module.ts';
import { kindOfType, parameterValues } from './arguments.ts';
import type { Builder } from './builder.ts';
import { type Instruction, ValueKind } from './instruction.ts';
import type { Wide } from './wide.ts';

/** Entries that hold a value of the type. */
export function wordsOf(type: ValueType): 1 | 2 {
  return type === ValueType.I64 ? 2 : 1;
}

/** What those entries are. */
export function kindsOfWords(type: ValueType): ValueKind[] {
  return type === ValueType.I64 ? [ValueKind.Word, ValueKind.Word] : [kindOfType(type)];
}

export class StackMachine {
  /** Values; an i64 is its low word, then its high word. */
  words: Instruction[] = [];
  /** The current value of every local's words. */
  locals: Instruction[] = [];
  /** By height: the word there is the high half of an i64. Valid below the current height. */
  private readonly isHigh: boolean[] = [];
  private readonly types: readonly ValueType[];
  private readonly firstWord: number[] = [];
  /** Words of locals that the source has. */
  readonly namedWords = new Set<number>();

  constructor(
    private readonly builder: Builder,
    private readonly parameters: readonly ValueType[],
    declared: readonly ValueType[],
    /** The source has a local of this index. */
    private readonly isNamed: (local: number) => boolean,
  ) {
    this.types = [...parameters, ...declared];
    let word = 0;
    for (const [local, type] of this.types.entries()) {
      this.firstWord.push(word);
      for (let i = 0; i < wordsOf(type); i++) if (isNamed(local)) this.namedWords.add(word + i);
      word += wordsOf(type);
    }
  }

  /** Gives locals their initial values: parameters, then zeros. */
  enter(): void {
    const { builder, parameters } = this;
    this.locals = parameterValues(builder, parameters);
    for (const type of this.types.slice(parameters.length)) {
      const kind = kindOfType(type);
      for (let i = 0; i < wordsOf(type); i++) {
        this.locals.push(
          kind === ValueKind.Word ? builder.constant(0) : builder.fn.floatConstant(kind, 0n),
        );
      }
    }
    parameters.forEach((_, index) => this.tellValue(index));
  }

  /** Tells debuggers what a local is from here on. */
  private tellValue(index: number): void {
    if (!this.isNamed(index)) return;
    for (const word of this.wordsOfLocal(index)) this.builder.localValue(word, this.locals[word]);
  }

  /** Places of a local's words among `locals`. */
  wordsOfLocal(index: number): number[] {
    const first = this.firstWord[index];
    return wordsOf(this.types[index]) === 2 ? [first, first + 1] : [first];
  }

  getLocal(index: number): void {
    const values = this.wordsOfLocal(index).map((word) => this.locals[word]);
    this.pushWords(values, [this.types[index]]);
  }

  setLocal(index: number, keep: boolean): void {
    const places = this.wordsOfLocal(index);
    const start = this.words.length - places.length;
    places.forEach((place, i) => {
      this.locals[place] = this.words[start + i];
    });
    this.tellValue(index);
    if (!keep) this.words.length = start;
  }

  push(value: Instruction): void {
    this.isHigh[this.words.length] = false;
    this.words.push(value);
  }

  /** The value on top is an i64. */
  get topIsWide(): boolean {
    return this.isHigh[this.words.length - 1];
  }

  /** Pushes values of the given types, whose words follow each other. */
  pushWords(values: readonly Instruction[], types: readonly ValueType[]): void {
    let next = 0;
    for (const type of types) {
      this.push(values[next++]);
      if (wordsOf(type) === 2) {
        this.isHigh[this.words.length] = true;
        this.words.push(values[next++]);
      }
    }
  }

  pop(): Instruction {
    const value = this.words.pop();
    if (value === undefined) throw new RangeError('operand stack is empty');
    return value;
  }

  pushWide(value: Wide): void {
    this.push(value.low);
    this.isHigh[this.words.length] = true;
    this.words.push(value.high);
  }

  popWide(): Wide {
    const high = this.pop();
    return { low: this.pop(), high };
  }

  /** Removes the topmost `count` words and returns them in order. */
  popWords(count: number): Instruction[] {
    return this.words.splice(this.words.length - count, count);
  }
}
