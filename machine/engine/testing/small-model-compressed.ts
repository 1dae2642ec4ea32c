/**
 * The C extension for the small model: the listing of the specification as text, and what each row
 * stands for as 32 bits in text. Source: Unprivileged ISA 20191213, 16.8, for RV32.
 */

interface Fields {
  readonly d: number;
  readonly a: number;
  readonly b: number;
  readonly immediate: number;
}

/**
 * A row of the listing: literal bits; `d`, `a`, `b` are rd, rs1 and rs2 in three or five bits; `u`
 * and `s` are unsigned and sign-extended immediates with their bits in the order of the manual.
 * The first row that matches counts; where its last item is zero, the encoding is reserved.
 */
type Row = readonly [
  pattern: string,
  expand: (fields: Fields) => string,
  nonzero?: 'd' | 'a' | 'immediate',
];

const binary = (value: number, width: number) =>
  (value >>> 0)
    .toString(2)
    .padStart(32, '0')
    .slice(32 - width);
const register = (value: number) => binary(value, 5);

/** Bits [high:low] of a number as text. */
const slice = (value: number, high: number, low: number) => binary(value >> low, high - low + 1);

const typeI = (opcode: string, funct3: string, rd: number, rs1: number, immediate: number) =>
  binary(immediate, 12) + register(rs1) + funct3 + register(rd) + opcode;

const typeS = (opcode: string, funct3: string, rs1: number, rs2: number, immediate: number) =>
  slice(immediate, 11, 5) +
  register(rs2) +
  register(rs1) +
  funct3 +
  slice(immediate, 4, 0) +
  opcode;

const typeR = (funct7: string, funct3: string, rd: number, rs1: number, rs2: number) =>
  funct7 + register(rs2) + register(rs1) + funct3 + register(rd) + '0110011';

const branch = (funct3: string, rs1: number, offset: number) =>
  slice(offset, 12, 12) +
  slice(offset, 10, 5) +
  register(0) +
  register(rs1) +
  funct3 +
  slice(offset, 4, 1) +
  slice(offset, 11, 11) +
  '1100011';

const jal = (rd: number, offset: number) =>
  slice(offset, 20, 20) +
  slice(offset, 10, 1) +
  slice(offset, 11, 11) +
  slice(offset, 19, 12) +
  register(rd) +
  '1101111';

const OP_IMM = '0010011';
const [LOAD, STORE, LOAD_FP, STORE_FP] = ['0000011', '0100011', '0000111', '0100111'];
const [W, D] = ['010', '011'];
const SP = 2;

const rows: readonly Row[] = [
  ['000 u[5:4|9:6|2|3] d3 00', (f) => typeI(OP_IMM, '000', f.d, SP, f.immediate), 'immediate'],
  ['001 u[5:3] a3 u[7:6] d3 00', (f) => typeI(LOAD_FP, D, f.d, f.a, f.immediate)],
  ['010 u[5:3] a3 u[2|6] d3 00', (f) => typeI(LOAD, W, f.d, f.a, f.immediate)],
  ['011 u[5:3] a3 u[2|6] d3 00', (f) => typeI(LOAD_FP, W, f.d, f.a, f.immediate)],
  ['101 u[5:3] a3 u[7:6] b3 00', (f) => typeS(STORE_FP, D, f.a, f.b, f.immediate)],
  ['110 u[5:3] a3 u[2|6] b3 00', (f) => typeS(STORE, W, f.a, f.b, f.immediate)],
  ['111 u[5:3] a3 u[2|6] b3 00', (f) => typeS(STORE_FP, W, f.a, f.b, f.immediate)],

  ['000 s[5] d5 s[4:0] 01', (f) => typeI(OP_IMM, '000', f.d, f.d, f.immediate)],
  ['001 s[11|4|9:8|10|6|7|3:1|5] 01', (f) => jal(1, f.immediate)],
  ['010 s[5] d5 s[4:0] 01', (f) => typeI(OP_IMM, '000', f.d, 0, f.immediate)],
  ['011 s[9] 00010 s[4|6|8:7|5] 01', (f) => typeI(OP_IMM, '000', SP, SP, f.immediate), 'immediate'],
  [
    '011 s[17] d5 s[16:12] 01',
    (f) => slice(f.immediate, 31, 12) + register(f.d) + '0110111',
    'immediate',
  ],
  ['100 0 00 d3 u[4:0] 01', (f) => typeI(OP_IMM, '101', f.d, f.d, f.immediate)],
  ['100 0 01 d3 u[4:0] 01', (f) => typeI(OP_IMM, '101', f.d, f.d, f.immediate | 0x400)],
  ['100 s[5] 10 d3 s[4:0] 01', (f) => typeI(OP_IMM, '111', f.d, f.d, f.immediate)],
  ['100 0 11 d3 00 b3 01', (f) => typeR('0100000', '000', f.d, f.d, f.b)],
  ['100 0 11 d3 01 b3 01', (f) => typeR('0000000', '100', f.d, f.d, f.b)],
  ['100 0 11 d3 10 b3 01', (f) => typeR('0000000', '110', f.d, f.d, f.b)],
  ['100 0 11 d3 11 b3 01', (f) => typeR('0000000', '111', f.d, f.d, f.b)],
  ['101 s[11|4|9:8|10|6|7|3:1|5] 01', (f) => jal(0, f.immediate)],
  ['110 s[8|4:3] a3 s[7:6|2:1|5] 01', (f) => branch('000', f.a, f.immediate)],
  ['111 s[8|4:3] a3 s[7:6|2:1|5] 01', (f) => branch('001', f.a, f.immediate)],

  ['000 0 d5 u[4:0] 10', (f) => typeI(OP_IMM, '001', f.d, f.d, f.immediate)],
  ['001 u[5] d5 u[4:3|8:6] 10', (f) => typeI(LOAD_FP, D, f.d, SP, f.immediate)],
  ['010 u[5] d5 u[4:2|7:6] 10', (f) => typeI(LOAD, W, f.d, SP, f.immediate), 'd'],
  ['011 u[5] d5 u[4:2|7:6] 10', (f) => typeI(LOAD_FP, W, f.d, SP, f.immediate)],
  ['100 0 a5 00000 10', (f) => typeI('1100111', '000', 0, f.a, 0), 'a'],
  ['100 0 d5 b5 10', (f) => typeR('0000000', '000', f.d, 0, f.b)],
  ['100 1 00000 00000 10', () => binary(0x0010_0073, 32)],
  ['100 1 a5 00000 10', (f) => typeI('1100111', '000', 1, f.a, 0)],
  ['100 1 d5 b5 10', (f) => typeR('0000000', '000', f.d, f.d, f.b)],
  ['101 u[5:3|8:6] b5 10', (f) => typeS(STORE_FP, D, SP, f.b, f.immediate)],
  ['110 u[5:2|7:6] b5 10', (f) => typeS(STORE, W, SP, f.b, f.immediate)],
  ['111 u[5:2|7:6] b5 10', (f) => typeS(STORE_FP, W, SP, f.b, f.immediate)],
];

/** The bits of an immediate in the order in which `5:4|9:6|2|3` names them. */
function listBits(list: string): number[] {
  return list.split('|').flatMap((range) => {
    const [high, low = high] = range.split(':').map(Number);
    return Array.from({ length: high - low + 1 }, (_, i) => high - i);
  });
}

/** The fields of an instruction, or undefined if it does not match. */
function match(pattern: string, instruction: string): Fields | undefined {
  const fields = { d: 0, a: 0, b: 0, immediate: 0 };
  let sign = -1;
  let rest = instruction;
  const take = (count: number) => {
    const taken = rest.slice(0, count);
    rest = rest.slice(count);
    return taken;
  };
  for (const item of pattern.split(' ')) {
    const [kind] = item;
    if (kind === 'd' || kind === 'a' || kind === 'b') {
      const width = Number(item[1]);
      const number = parseInt(take(width), 2);
      fields[kind] = width === 3 ? number + 8 : number;
    } else if (kind === 'u' || kind === 's') {
      for (const bit of listBits(item.slice(2, -1))) {
        fields.immediate |= Number(take(1)) << bit;
        sign = kind === 's' ? Math.max(sign, bit) : sign;
      }
    } else if (take(item.length) !== item) {
      return undefined;
    }
  }
  if (sign >= 0) {
    fields.immediate = (fields.immediate << (31 - sign)) >> (31 - sign);
  }
  return fields;
}

const expansions = new Map<number, number | undefined>();

/** The 32-bit instruction that a 16-bit one stands for, or undefined if it is reserved. */
export function expand(half: number): number | undefined {
  if (!expansions.has(half)) {
    expansions.set(half, lookUp(half));
  }
  return expansions.get(half);
}

function lookUp(half: number): number | undefined {
  const instruction = binary(half, 16);
  for (const [pattern, toText, nonzero] of rows) {
    const fields = match(pattern, instruction);
    if (fields !== undefined) {
      const isReserved = nonzero !== undefined && fields[nonzero] === 0;
      return isReserved ? undefined : parseInt(toText(fields), 2) | 0;
    }
  }
  return undefined;
}
