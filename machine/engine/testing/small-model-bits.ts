/**
 * Zba, Zbb, Zbc, Zbs, Zbkb, Zbkx and Zicond for the small model, bit by bit as the specifications
 * put it: Bit-Manipulation 1.0.0, Scalar Cryptography 1.0.1, Integer Conditional 1.0.0.
 */

/** Bit 0 first. */
type Bits = readonly boolean[];

const XLEN = 32;
const INDICES = Array.from({ length: XLEN }, (_, i) => i);

const toBits = (value: number): Bits => INDICES.map((i) => ((value >>> i) & 1) === 1);
const fromBits = (bits: Bits): number =>
  bits.reduce((value, bit, i) => value | (bit ? 1 << i : 0), 0);
/** The word whose bit i is `at(i)`. */
const build = (at: (i: number) => boolean): number => fromBits(INDICES.map(at));

/** The product over GF(2), 63 bits of it. */
function carryless(a: number, b: number): bigint {
  let product = 0n;
  for (const i of INDICES) {
    if (((b >>> i) & 1) === 1) {
      product ^= BigInt(a >>> 0) << BigInt(i);
    }
  }
  return product;
}

const word = (value: bigint) => Number(BigInt.asIntN(32, value));
const byteOf = (value: number, i: number) => (value >>> (8 * i)) & 0xff;
const nibbleOf = (value: number, i: number) => (value >>> (4 * i)) & 0xf;
const rotateRight = (a: number, amount: number) => {
  const bits = toBits(a);
  return build((i) => bits[(i + amount) % XLEN]);
};

type Binary = (a: number, b: number) => number;

/** By funct7 and funct3, in hexadecimal and octal digits as the manual lists them. */
const registerOperations: Partial<Readonly<Record<string, Binary>>> = {
  '10 2': (a, b) => (b + a * 2) | 0,
  '10 4': (a, b) => (b + a * 4) | 0,
  '10 6': (a, b) => (b + a * 8) | 0,
  '20 7': (a, b) => build((i) => toBits(a)[i] && !toBits(b)[i]),
  '20 6': (a, b) => build((i) => toBits(a)[i] || !toBits(b)[i]),
  '20 4': (a, b) => build((i) => toBits(a)[i] === toBits(b)[i]),
  '05 4': (a, b) => (a < b ? a : b),
  '05 5': (a, b) => (a >>> 0 < b >>> 0 ? a : b),
  '05 6': (a, b) => (a < b ? b : a),
  '05 7': (a, b) => (a >>> 0 < b >>> 0 ? b : a),
  '05 1': (a, b) => word(carryless(a, b)),
  '05 2': (a, b) => word(carryless(a, b) >> 31n),
  '05 3': (a, b) => word(carryless(a, b) >> 32n),
  '30 1': (a, b) => rotateRight(a, (XLEN - (b & 31)) % XLEN),
  '30 5': (a, b) => rotateRight(a, b & 31),
  '24 1': (a, b) => build((i) => toBits(a)[i] && i !== (b & 31)),
  '24 5': (a, b) => (toBits(a)[b & 31] ? 1 : 0),
  '34 1': (a, b) => build((i) => toBits(a)[i] !== (i === (b & 31))),
  '14 1': (a, b) => build((i) => toBits(a)[i] || i === (b & 31)),
  '04 4': (a, b) => build((i) => (i < 16 ? toBits(a)[i] : toBits(b)[i - 16])),
  '04 7': (a, b) => byteOf(a, 0) | (byteOf(b, 0) << 8),
  '14 2': (a, b) =>
    build((i) => {
      const index = nibbleOf(b, Math.floor(i / 4));
      return index < 8 && toBits(nibbleOf(a, index))[i % 4];
    }),
  '14 4': (a, b) =>
    build((i) => {
      const index = byteOf(b, Math.floor(i / 8));
      return index < 4 && toBits(byteOf(a, index))[i % 8];
    }),
  '07 5': (a, b) => (b === 0 ? 0 : a),
  '07 7': (a, b) => (b === 0 ? a : 0),
};

/** Those of them that take a bit's number instead of rs2, too. */
const immediateForms = ['30 5', '24 1', '24 5', '34 1', '14 1'];

/** By bits 31 to 20 and funct3. */
const unaryOperations: Partial<Readonly<Record<string, (a: number) => number>>> = {
  '600 1': (a) => {
    const highest = toBits(a).lastIndexOf(true);
    return XLEN - 1 - highest;
  },
  '601 1': (a) => {
    const lowest = toBits(a).indexOf(true);
    return lowest < 0 ? XLEN : lowest;
  },
  '602 1': (a) => toBits(a).filter(Boolean).length,
  '604 1': (a) => (byteOf(a, 0) ^ 0x80) - 0x80,
  '605 1': (a) => ((a & 0xffff) ^ 0x8000) - 0x8000,
  '287 5': (a) => build((i) => byteOf(a, Math.floor(i / 8)) !== 0),
  '698 5': (a) => build((i) => toBits(byteOf(a, 3 - Math.floor(i / 8)))[i % 8]),
  '687 5': (a) => build((i) => toBits(a)[8 * Math.floor(i / 8) + 7 - (i % 8)]),
  '08f 1': (a) => build((i) => toBits(a)[i % 2 === 0 ? i / 2 : (i - 1) / 2 + 16]),
  '08f 5': (a) => build((i) => toBits(a)[i < 16 ? 2 * i : 2 * (i - 16) + 1]),
};

const key = (code: number, digits: number, funct3: number) =>
  `${code.toString(16).padStart(digits, '0')} ${funct3}`;

/** The result of an instruction with opcode OP, or undefined if it is none of these. */
export function bitOperation(
  funct7: number,
  funct3: number,
  a: number,
  b: number,
): number | undefined {
  return registerOperations[key(funct7, 2, funct3)]?.(a, b);
}

/** Likewise with opcode OP-IMM; `immediate` is bits 31 to 20, unsigned. */
export function bitImmediateOperation(
  immediate: number,
  funct3: number,
  a: number,
): number | undefined {
  const unary = unaryOperations[key(immediate, 3, funct3)];
  if (unary !== undefined) {
    return unary(a);
  }
  const form = key(immediate >>> 5, 2, funct3);
  return immediateForms.includes(form) ? registerOperations[form]?.(a, immediate & 31) : undefined;
}
