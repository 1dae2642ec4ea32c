/**
 * Well-typed WebAssembly programs from a tape of random numbers. An exhausted tape reads zeros,
 * which choose the simplest thing everywhere, so that shortening the tape simplifies the program.
 * Programs end: loops count down locals of their own, and functions call only later ones.
 */
import { ValueType } from '../wasm/module.ts';
import { Opcode } from '../wasm/opcodes.ts';
import {
  type FunctionSource,
  type GlobalSource,
  type Signature,
  f32Const,
  f64Const,
  i32Const,
  instruction,
  i64Const,
  unsigned,
  writeModule,
} from './wasm-writer.ts';

const { I32, I64, F32, F64 } = ValueType;

/** The global that holds the address of the memory that programs may touch. */
export const BASE_GLOBAL = 'base';
/** An i64 global, by index. */
const DIGEST_GLOBAL = 2;
/** Bytes from there that a program can reach. */
export const ARENA_BYTES = 0x3000;
const ADDRESS_MASK = 0xffc;
const MAX_OFFSET = 0x1fff;
const MAX_LOOP_TURNS = 5;
const MAX_BULK = 64;
/** Words that are looked at again. */
const MAX_REREAD_WORDS = 3;
/** Arrays that loops go through, and the bytes from one to the next: its length, then elements. */
const MAX_SWEPT_ARRAYS = 3;
const SWEPT_STRIDE = 64;
const EMPTY_BLOCK = 0x40;

const INTERESTING: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  5n,
  7n,
  8n,
  31n,
  32n,
  33n,
  63n,
  64n,
  100n,
  255n,
  256n,
  2047n,
  2048n,
  -2048n,
  -2049n,
  4096n,
  65535n,
  65536n,
  0x7fffffffn,
  -0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x7fffffffffffffffn,
  -0x8000000000000000n,
  0x123456789abcdefn,
];

const I32_BINARY = range(Opcode.I32Add, Opcode.I32Rotr);
const I64_BINARY = range(Opcode.I64Add, Opcode.I64Rotr);
const I32_COMPARE = range(Opcode.I32Eq, Opcode.I32GeU);
const I64_COMPARE = range(Opcode.I64Eq, Opcode.I64GeU);
const I32_UNARY = [
  Opcode.I32Clz,
  Opcode.I32Ctz,
  Opcode.I32Popcnt,
  Opcode.I32Eqz,
  Opcode.I32Extend8S,
  Opcode.I32Extend16S,
];
const I64_UNARY = [
  Opcode.I64Clz,
  Opcode.I64Ctz,
  Opcode.I64Popcnt,
  Opcode.I64Extend8S,
  Opcode.I64Extend16S,
  Opcode.I64Extend32S,
];
const I32_LOADS = [Opcode.I32Load, ...range(Opcode.I32Load8S, Opcode.I32Load16U)];
const I64_LOADS = [Opcode.I64Load, ...range(Opcode.I64Load8S, Opcode.I64Load32U)];
const I32_STORES = [Opcode.I32Store, Opcode.I32Store8, Opcode.I32Store16];
const I64_STORES = [Opcode.I64Store, ...range(Opcode.I64Store8, Opcode.I64Store32)];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Opcodes of one floating-point format. */
interface FloatOpcodes {
  readonly unary: readonly number[];
  readonly binary: readonly number[];
  readonly compare: readonly number[];
  readonly equal: number;
  readonly load: number;
  readonly store: number;
  readonly copysign: number;
  /** From i32, i64 and the other format. */
  readonly convert: readonly (readonly [opcode: number, from: ValueType])[];
  readonly constant: (value: number) => number[];
  /** The bits, as an i64. */
  readonly bits: readonly number[];
}

const SINGLE: FloatOpcodes = {
  unary: range(Opcode.F32Abs, Opcode.F32Sqrt),
  binary: range(Opcode.F32Add, Opcode.F32Copysign),
  compare: range(Opcode.F32Eq, Opcode.F32Ge),
  equal: Opcode.F32Eq,
  load: Opcode.F32Load,
  store: Opcode.F32Store,
  copysign: Opcode.F32Copysign,
  convert: [
    [Opcode.F32ConvertI32S, I32],
    [Opcode.F32ConvertI32U, I32],
    [Opcode.F32ConvertI64S, I64],
    [Opcode.F32ConvertI64U, I64],
    [Opcode.F32DemoteF64, F64],
    [Opcode.F32ReinterpretI32, I32],
  ],
  constant: f32Const,
  bits: [Opcode.I32ReinterpretF32, Opcode.I64ExtendI32U],
};

const DOUBLE: FloatOpcodes = {
  unary: range(Opcode.F64Abs, Opcode.F64Sqrt),
  binary: range(Opcode.F64Add, Opcode.F64Copysign),
  compare: range(Opcode.F64Eq, Opcode.F64Ge),
  equal: Opcode.F64Eq,
  load: Opcode.F64Load,
  store: Opcode.F64Store,
  copysign: Opcode.F64Copysign,
  convert: [
    [Opcode.F64ConvertI32S, I32],
    [Opcode.F64ConvertI32U, I32],
    [Opcode.F64ConvertI64S, I64],
    [Opcode.F64ConvertI64U, I64],
    [Opcode.F64PromoteF32, F32],
    [Opcode.F64ReinterpretI64, I64],
  ],
  constant: f64Const,
  bits: [Opcode.I64ReinterpretF64],
};

/** That do not trap. */
const TRUNCATIONS: readonly (readonly [opcode: number, from: ValueType, to: ValueType])[] = [
  [Opcode.I32TruncSatF32S, F32, I32],
  [Opcode.I32TruncSatF64U, F64, I32],
  [Opcode.I64TruncSatF32U, F32, I64],
  [Opcode.I64TruncSatF64S, F64, I64],
];

function isFloat(type: ValueType): boolean {
  return type === F32 || type === F64;
}

function floatOpcodes(type: ValueType): FloatOpcodes {
  return type === F32 ? SINGLE : DOUBLE;
}

function firstOf(types: readonly ValueType[]): ValueType | undefined {
  return types.length === 0 ? undefined : types[0];
}

export class Tape {
  private position = 0;

  constructor(private readonly numbers: readonly number[]) {}

  get exhausted(): boolean {
    return this.position >= this.numbers.length;
  }

  /** 0 … limit − 1. */
  below(limit: number): number {
    return this.exhausted ? 0 : this.numbers[this.position++] % limit;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }
}

interface Label {
  /** What a branch to it must have on the stack; undefined for a loop. */
  readonly results: readonly ValueType[] | undefined;
}

export interface RandomProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly functions: readonly FunctionSource[];
  readonly globals: readonly GlobalSource[];
}

class FunctionGenerator {
  private readonly types: ValueType[];
  private readonly labels: Label[] = [];
  /** Locals that loops count with: not to be assigned inside. */
  private readonly counters = new Set<number>();
  private budget = 120;

  constructor(
    private readonly tape: Tape,
    private readonly signature: Signature,
    private readonly locals: ValueType[],
    private readonly callees: readonly { readonly index: number; readonly signature: Signature }[],
    private readonly globals: readonly GlobalSource[],
    private readonly tableSize: number,
  ) {
    this.types = [...signature.parameters, ...locals];
  }

  generate(): number[] {
    const code: number[] = [];
    this.labels.push({ results: this.signature.results });
    // Everything is live from here to the end: pressure on registers.
    this.types.forEach((type, local) => {
      if (local < this.signature.parameters.length || !this.tape.chance(50)) return;
      code.push(...this.expression(type, 2), Opcode.LocalSet, ...unsigned(local));
    });
    const statements = 2 + this.tape.below(10);
    for (let i = 0; i < statements; i++) code.push(...this.statement(3));
    const result = firstOf(this.signature.results);
    if (this.tape.chance(70)) code.push(...this.digestLocals());
    if (result !== undefined) {
      code.push(...this.expression(result, 4));
      if (this.tape.chance(60)) code.push(...this.foldLocals(result));
    }
    return code;
  }

  /** Mixes every local into a global, so that hardly a wrong value goes unseen. */
  private digestLocals(): number[] {
    const code: number[] = [Opcode.GlobalGet, ...unsigned(DIGEST_GLOBAL)];
    this.types.forEach((type, local) => {
      code.push(...i64Const(7n), Opcode.I64Rotl, ...this.localAsWide(type, local));
      code.push(Opcode.I64Xor);
    });
    return [...code, Opcode.GlobalSet, ...unsigned(DIGEST_GLOBAL)];
  }

  /** Some i64 that tells the value of a local. */
  private localAsWide(type: ValueType, local: number): number[] {
    const get = [Opcode.LocalGet, ...unsigned(local)];
    if (isFloat(type)) return [...this.numberOrZero(type, get), ...floatOpcodes(type).bits];
    return type === I32 ? [...get, Opcode.I64ExtendI32U] : get;
  }

  /** 0 in place of NaN, whose bits and sign nobody may look at. `code` is repeated. */
  private numberOrZero(type: ValueType, code: readonly number[]): number[] {
    const { constant, equal } = floatOpcodes(type);
    return [...code, ...constant(0), ...code, ...code, equal, Opcode.Select];
  }

  /** Uses every local, so that all of them live until the end. */
  private foldLocals(result: ValueType): number[] {
    const code: number[] = [];
    this.types.forEach((type, local) => {
      if (isFloat(result)) {
        if (type !== result) return;
        code.push(Opcode.LocalGet, ...unsigned(local), floatOpcodes(result).binary[0]);
        return;
      }
      code.push(...this.localAsWide(type, local));
      if (result === I32) code.push(Opcode.I32WrapI64);
      code.push(result === I64 ? Opcode.I64Xor : Opcode.I32Add);
    });
    return code;
  }

  private localOf(type: ValueType, assignable: boolean): number | undefined {
    const candidates = this.types.flatMap((candidate, local) =>
      candidate === type && !(assignable && this.counters.has(local)) ? [local] : [],
    );
    return candidates.length === 0 ? undefined : this.tape.pick(candidates);
  }

  private constant(type: ValueType): number[] {
    const value = this.tape.chance(60)
      ? this.tape.pick(INTERESTING)
      : (BigInt(this.tape.below(0x7fffffff)) << 20n) ^ BigInt(this.tape.below(0x7fffffff));
    if (isFloat(type)) {
      const scale = this.tape.pick([1, 1, 0.5, 2 ** -20, 1e-300, 1e300]);
      return floatOpcodes(type).constant(Number(value) * scale);
    }
    return type === I64 ? i64Const(value) : i32Const(Number(BigInt.asIntN(32, value)));
  }

  /** An address in the arena, and the offset that may follow it. */
  private address(depth: number): number[] {
    const base = [Opcode.GlobalGet, 0];
    if (this.tape.chance(50)) return base;
    const counters = [...this.counters];
    if (counters.length > 0 && this.tape.chance(30)) {
      const counter = [Opcode.LocalGet, ...unsigned(this.tape.pick(counters))];
      const shift = [...i32Const(this.tape.below(4)), Opcode.I32Shl];
      const away = this.tape.chance(50) ? [...i32Const(this.tape.below(9)), Opcode.I32Add] : [];
      return [...base, ...counter, ...away, ...shift, Opcode.I32Add];
    }
    const distance = this.expression(I32, depth - 1);
    return [...distance, ...i32Const(ADDRESS_MASK), Opcode.I32And, ...base, Opcode.I32Add];
  }

  private memoryImmediates(): number[] {
    const offset = this.tape.chance(30) ? this.tape.below(MAX_OFFSET) : this.tape.below(4) * 4;
    return [0, ...unsigned(offset)];
  }

  private leaf(type: ValueType): number[] {
    const local = this.tape.chance(75) ? this.localOf(type, false) : undefined;
    return local === undefined ? this.constant(type) : [Opcode.LocalGet, ...unsigned(local)];
  }

  private expression(type: ValueType, depth: number): number[] {
    if (depth <= 0 || this.budget-- <= 0 || this.tape.exhausted) return this.leaf(type);
    const wide = type === I64;
    const choice = this.tape.below(18);
    if (isFloat(type) && choice < 10) return this.floatExpression(type, depth, choice);
    switch (choice) {
      case 0:
        return this.leaf(type);
      case 1:
      case 2:
      case 3:
      case 4:
      case 5: {
        const a = this.expression(type, depth - 1);
        const b = this.tape.chance(40) ? this.constant(type) : this.expression(type, depth - 1);
        const opcode = this.tape.pick(wide ? I64_BINARY : I32_BINARY);
        // Most divisors are made odd, or most programs would end in a trap early on.
        const divides =
          (opcode >= Opcode.I32DivS && opcode <= Opcode.I32RemU) ||
          (opcode >= Opcode.I64DivS && opcode <= Opcode.I64RemU);
        if (!divides || this.tape.chance(5)) return [...a, ...b, opcode];
        const odd = wide ? [...i64Const(1n), Opcode.I64Or] : [...i32Const(1), Opcode.I32Or];
        return [...a, ...b, ...odd, opcode];
      }
      case 6: {
        const a = this.expression(type, depth - 1);
        return [...a, this.tape.pick(wide ? I64_UNARY : I32_UNARY)];
      }
      case 7: {
        if (wide) {
          const extend = this.tape.pick([Opcode.I64ExtendI32S, Opcode.I64ExtendI32U]);
          return [...this.expression(I32, depth - 1), extend];
        }
        if (this.tape.chance(40)) return [...this.expression(I64, depth - 1), Opcode.I32WrapI64];
        return this.comparison(depth);
      }
      case 8:
      case 9: {
        const load = this.tape.pick(wide ? I64_LOADS : I32_LOADS);
        return [...this.address(depth), load, ...this.memoryImmediates()];
      }
      case 10: {
        const x = this.expression(type, depth - 1);
        const y = this.expression(type, depth - 1);
        return [...x, ...y, ...this.comparison(depth - 1), Opcode.Select];
      }
      case 11: {
        const local = this.localOf(type, true);
        const value = this.expression(type, depth - 1);
        return local === undefined ? value : [...value, Opcode.LocalTee, ...unsigned(local)];
      }
      case 12: {
        const test = this.comparison(depth - 1);
        this.labels.push({ results: [type] });
        const then = this.expression(type, depth - 1);
        const otherwise = this.expression(type, depth - 1);
        this.labels.pop();
        return [...test, Opcode.If, type, ...then, Opcode.Else, ...otherwise, Opcode.End];
      }
      case 13: {
        this.labels.push({ results: [type] });
        const value = this.expression(type, depth - 1);
        const test = this.comparison(depth - 1);
        const instead = this.expression(type, depth - 1);
        this.labels.pop();
        const leave = [...test, Opcode.BrIf, 0, Opcode.Drop];
        return [Opcode.Block, type, ...value, ...leave, ...instead, Opcode.End];
      }
      case 14:
      case 16:
        return this.call(type, depth) ?? this.leaf(type);
      case 17: {
        const fitting = TRUNCATIONS.filter(([, , to]) => to === type);
        if (fitting.length === 0) return this.leaf(type);
        const [opcode, from] = this.tape.pick(fitting);
        return [...this.expression(from, depth - 1), ...instruction(opcode)];
      }
      default: {
        const global = this.globalOf(type);
        return global === undefined ? this.leaf(type) : [Opcode.GlobalGet, ...unsigned(global)];
      }
    }
  }

  private floatExpression(type: ValueType, depth: number, choice: number): number[] {
    const { unary, binary, copysign, convert, load } = floatOpcodes(type);
    switch (choice) {
      case 0:
        return this.leaf(type);
      case 1:
      case 2:
        return [...this.expression(type, depth - 1), this.tape.pick(unary)];
      case 3: {
        const [opcode, from] = this.tape.pick(convert);
        return [...this.expression(from, depth - 1), opcode];
      }
      case 4:
      case 5:
        return [...this.address(depth), load, ...this.memoryImmediates()];
      default: {
        const opcode = this.tape.pick(binary);
        const a = this.expression(type, depth - 1);
        // The sign of a NaN is nobody's business.
        if (opcode === copysign) return [...a, ...this.constant(type), opcode];
        return [...a, ...this.expression(type, depth - 1), opcode];
      }
    }
  }

  private comparison(depth: number): number[] {
    if (this.tape.chance(15)) {
      const type = this.tape.pick([F32, F64]);
      const operands = [...this.expression(type, depth - 1), ...this.expression(type, depth - 1)];
      return [...operands, this.tape.pick(floatOpcodes(type).compare)];
    }
    const wide = this.tape.chance(30);
    const type = wide ? I64 : I32;
    const a = this.expression(type, depth - 1);
    const b = this.tape.chance(50) ? this.constant(type) : this.expression(type, depth - 1);
    return [...a, ...b, this.tape.pick(wide ? I64_COMPARE : I32_COMPARE)];
  }

  /** Not the base, which differs between the two sides. */
  private globalOf(type: ValueType): number | undefined {
    const candidates = this.globals.flatMap((global, i) =>
      i > 0 && global.type === type ? [i] : [],
    );
    return candidates.length === 0 ? undefined : this.tape.pick(candidates);
  }

  private call(type: ValueType | undefined, depth: number): number[] | undefined {
    const fitting = this.callees.filter(({ signature }) => firstOf(signature.results) === type);
    if (fitting.length === 0) return undefined;
    const { index, signature } = this.tape.pick(fitting);
    const operands = signature.parameters.flatMap((parameter) =>
      this.expression(parameter, depth - 2),
    );
    if (this.tape.chance(70)) return [...operands, Opcode.Call, ...unsigned(index)];
    // Through the table: the right entry, or any (which traps unless the types agree).
    const entry = this.tape.chance(97) ? index + 1 : this.tape.below(this.tableSize + 2);
    const callable = entry > index || entry === 0 ? entry : index + 1;
    return [...operands, ...i32Const(callable), Opcode.CallIndirect, ...unsigned(index), 0];
  }

  private block(depth: number): number[] {
    const statements = 1 + this.tape.below(3);
    return Array.from({ length: statements }, () => this.statement(depth)).flat();
  }

  private statement(depth: number): number[] {
    if (this.tape.exhausted) return [];
    if (depth <= 0) return this.assignment(2);
    const before = this.labels.length;
    switch (this.tape.below(16)) {
      case 0:
      case 1:
      case 2:
        return this.assignment(3);
      case 13:
        return this.reread();
      case 14:
      case 15:
        return this.sweep(depth);
      case 12:
        return this.bulk();
      case 3: {
        if (this.tape.chance(25)) return this.floatStore();
        const wide = this.tape.chance(30);
        const store = this.tape.pick(wide ? I64_STORES : I32_STORES);
        const value = this.expression(wide ? I64 : I32, 3);
        return [...this.address(3), ...value, store, ...this.memoryImmediates()];
      }
      case 4: {
        const type = this.tape.pick([I32, I64, F64, F32]);
        const global = this.globalOf(type);
        if (global === undefined) return [];
        return [...this.expression(type, 3), Opcode.GlobalSet, ...unsigned(global)];
      }
      case 5: {
        const test = this.comparison(3);
        this.labels.push({ results: [] });
        const then = this.block(depth - 1);
        const otherwise = this.tape.chance(50) ? [Opcode.Else, ...this.block(depth - 1)] : [];
        this.labels.length = before;
        return [...test, Opcode.If, EMPTY_BLOCK, ...then, ...otherwise, Opcode.End];
      }
      case 6:
      case 7:
        return this.loop(depth);
      case 8: {
        this.labels.push({ results: [] });
        const inside = this.block(depth - 1);
        const leave = [...this.comparison(2), Opcode.BrIf, 0];
        const rest = this.block(depth - 1);
        this.labels.length = before;
        return [Opcode.Block, EMPTY_BLOCK, ...inside, ...leave, ...rest, Opcode.End];
      }
      case 9:
        return this.branchTable(depth);
      case 10: {
        const call = this.call(undefined, 4);
        return call ?? [];
      }
      default:
        return this.leave();
    }
  }

  private floatStore(): number[] {
    const type = this.tape.pick([F32, F64]);
    const local = this.localOf(type, false);
    if (local === undefined) return [];
    const value = this.numberOrZero(type, [Opcode.LocalGet, ...unsigned(local)]);
    return [...this.address(3), ...value, floatOpcodes(type).store, ...this.memoryImmediates()];
  }

  private assignment(depth: number): number[] {
    const type = this.tape.pick([I32, I32, I64, F64, F32]);
    const local = this.localOf(type, true);
    if (local === undefined) return [];
    return [...this.expression(type, depth), Opcode.LocalSet, ...unsigned(local)];
  }

  /** Copies, overlapping as often as not, or fills up to MAX_BULK bytes. */
  private bulk(): number[] {
    const place = (): number[] => {
      const distance = i32Const(this.tape.below(MAX_BULK));
      return [Opcode.GlobalGet, 0, ...distance, Opcode.I32Add];
    };
    const length = this.tape.chance(50)
      ? i32Const(this.tape.below(MAX_BULK))
      : [...this.expression(I32, 2), ...i32Const(MAX_BULK - 1), Opcode.I32And];
    if (this.tape.chance(50)) return [...place(), ...place(), ...length, 0xfc, 0x0a, 0, 0];
    return [...place(), ...this.expression(I32, 2), ...length, 0xfc, 0x0b, 0];
  }

  /** Looks at a word, changes it or its neighbour, perhaps in one arm only, and looks again. */
  private reread(): number[] {
    const place = (): number[] => [Opcode.GlobalGet, 0];
    const offset = this.tape.below(MAX_REREAD_WORDS) * 4;
    const near = offset + this.tape.pick([0, 0, 0, 2, 4]);
    const look = [...place(), Opcode.I32Load, 0, ...unsigned(offset)];
    const value = this.expression(I32, 2);
    const store = [...place(), ...value, this.tape.pick(I32_STORES), 0, ...unsigned(near)];
    const change = this.tape.chance(50)
      ? store
      : [...this.comparison(2), Opcode.If, EMPTY_BLOCK, ...store, Opcode.End];
    const [before, after] = [this.freshLocal(), this.freshLocal()];
    const keep = (local: number): number[] => [...look, Opcode.LocalSet, ...unsigned(local)];
    return [...keep(before), ...change, ...keep(after)];
  }

  private freshLocal(): number {
    this.types.push(I32);
    this.locals.push(I32);
    return this.types.length - 1;
  }

  /**
   * Counts a fresh local up to a bound, which elements of an array are read and written by, each
   * after a check of the index against the length that stands in memory before the array.
   */
  private sweep(depth: number): number[] {
    const counter = this.freshLocal();
    this.counters.add(counter);
    const array = this.tape.below(MAX_SWEPT_ARRAYS) * SWEPT_STRIDE;
    const length = 1 + this.tape.below(MAX_LOOP_TURNS);
    const get = [Opcode.LocalGet, ...unsigned(counter)];
    const set = [Opcode.LocalSet, ...unsigned(counter)];
    const index = (): number[] =>
      this.tape.chance(70) ? get : [...get, ...i32Const(this.tape.below(3)), Opcode.I32Add];
    const element = (at: readonly number[]): number[] => [
      ...[...at, Opcode.GlobalGet, 0, Opcode.I32Load, 0, ...unsigned(array), Opcode.I32GeU],
      ...[Opcode.If, EMPTY_BLOCK, Opcode.Unreachable, Opcode.End],
      ...[Opcode.GlobalGet, 0, ...at, ...i32Const(2), Opcode.I32Shl, Opcode.I32Add],
    ];
    this.labels.push({ results: [] }, { results: undefined });
    const sum = this.localOf(I32, true);
    const body = this.tape.chance(40) ? this.block(Math.min(depth - 1, 1)) : [];
    this.labels.length -= 2;
    const offset = unsigned(array + 4);
    const taken =
      sum === undefined
        ? []
        : [
            ...[...element(index()), Opcode.I32Load, 0, ...offset],
            ...[Opcode.LocalGet, ...unsigned(sum), Opcode.I32Add, Opcode.LocalSet],
            ...unsigned(sum),
          ];
    const put = [...element(index()), ...this.leaf(I32), Opcode.I32Store, 0, ...offset];
    const bound = this.tape.below(length + (this.tape.chance(5) ? 3 : 0));
    const compare = this.tape.pick([Opcode.I32GeU, Opcode.I32GeS]);
    const step = [...get, ...i32Const(1 + this.tape.below(2)), Opcode.I32Add, ...set];
    return [
      ...[Opcode.GlobalGet, 0, ...i32Const(length + 2), Opcode.I32Store, 0, ...unsigned(array)],
      ...[...i32Const(0), ...set, Opcode.Block, EMPTY_BLOCK, Opcode.Loop, EMPTY_BLOCK],
      ...[...get, ...i32Const(bound), compare, Opcode.BrIf, 1, ...taken, ...body, ...put],
      ...[...step, Opcode.Br, 0, Opcode.End, Opcode.End],
    ];
  }

  /** Counts a fresh local down; the body may leave through the labels around. */
  private loop(depth: number): number[] {
    const counter = this.types.length;
    this.types.push(I32);
    this.locals.push(I32);
    this.counters.add(counter);
    const turns = 1 + this.tape.below(MAX_LOOP_TURNS);
    const testFirst = this.tape.chance(50);
    this.labels.push({ results: [] }, { results: undefined });
    const body = this.block(depth - 1);
    this.labels.length -= 2;
    const get = [Opcode.LocalGet, ...unsigned(counter)];
    const set = [Opcode.LocalSet, ...unsigned(counter)];
    const decrement = [...get, ...i32Const(1), Opcode.I32Sub, ...set];
    const loop = testFirst
      ? [...get, Opcode.I32Eqz, Opcode.BrIf, 1, ...decrement, ...body, Opcode.Br, 0]
      : [...body, ...decrement, ...get, Opcode.BrIf, 0];
    return [
      ...[...i32Const(turns), ...set, Opcode.Block, EMPTY_BLOCK, Opcode.Loop, EMPTY_BLOCK],
      ...[...loop, Opcode.End, Opcode.End],
    ];
  }

  private branchTable(depth: number): number[] {
    const cases = 1 + this.tape.below(9);
    const before = this.labels.length;
    const code: number[] = [];
    for (let i = 0; i <= cases; i++) {
      code.push(Opcode.Block, EMPTY_BLOCK);
      this.labels.push({ results: [] });
    }
    const index = this.expression(I32, 2);
    const targets = Array.from({ length: 1 + this.tape.below(12) }, () =>
      this.tape.below(cases + 1),
    );
    const masked = this.tape.chance(70) ? [...i32Const(15), Opcode.I32And] : [];
    code.push(...index, ...masked, Opcode.BrTable, ...unsigned(targets.length - 1), ...targets);
    for (let i = 0; i <= cases; i++) {
      this.labels.pop();
      code.push(Opcode.End, ...(this.tape.chance(60) ? this.assignment(2) : []));
    }
    this.labels.length = before;
    // Nothing after br_table is reached before the first end.
    if (depth > 2 && this.tape.chance(20)) code.push(...this.statement(depth - 1));
    return code;
  }

  /** Under a condition: returns, branches outwards, or traps. */
  private leave(): number[] {
    const test = this.comparison(2);
    const kind = this.tape.below(20);
    if (kind === 19) return [...test, Opcode.If, EMPTY_BLOCK, Opcode.Unreachable, Opcode.End];
    const outward = this.labels.flatMap((label, i) =>
      label.results?.length === 0 ? [this.labels.length - 1 - i] : [],
    );
    if (kind < 12 && outward.length > 0) {
      return [...test, Opcode.BrIf, ...unsigned(this.tape.pick(outward))];
    }
    const result = firstOf(this.signature.results);
    const value = result === undefined ? [] : this.leaf(result);
    return [...test, Opcode.If, EMPTY_BLOCK, ...value, Opcode.Return, Opcode.End];
  }
}

/** The program that a tape of random numbers stands for. */
export function randomProgram(numbers: readonly number[]): RandomProgram {
  const tape = new Tape(numbers);
  const globals: GlobalSource[] = [{ name: BASE_GLOBAL, type: I32, value: 0n }];
  for (let i = 1; i <= 4; i++) {
    const type = i % 2 === 0 ? I64 : I32;
    globals.push({
      name: `g${i}`,
      type,
      value: BigInt.asIntN(type === I64 ? 64 : 32, tape.pick(INTERESTING)),
    });
  }
  globals.push({ name: 'g5', type: F32, value: 3n }, { name: 'g6', type: F64, value: -1n });
  const count = 1 + tape.below(4);
  const signatures: Signature[] = Array.from({ length: count }, () => ({
    parameters: Array.from({ length: tape.below(16) }, () => tape.pick([I32, I64, F32, F64])),
    results: tape.pick([[I32], [I64], [F32], [F64], []]),
  }));
  const functions = signatures.map((signature, index): FunctionSource => {
    const locals = Array.from({ length: tape.below(30) }, () =>
      tape.pick([I32, I32, I64, F64, F32]),
    );
    const callees = signatures
      .map((callee, i) => ({ index: i, signature: callee }))
      .slice(index + 1);
    const generator = new FunctionGenerator(tape, signature, locals, callees, globals, count);
    const code = generator.generate();
    return { name: `f${index}`, ...signature, locals, code };
  });
  const table = signatures.map((_, index) => index);
  return { bytes: writeModule({ functions, globals, table }), functions, globals };
}
