/** Numbers of variable length and with a fraction, as directives write them into sections. */
import { StatementError } from './assembly-error.ts';

const BITS = 7n;
const LOW_BITS = 0x7fn;
const CONTINUES = 0x80;
/** The sign of the seven bits of a byte. */
const SIGN = 0x40n;

/** DWARF 5, 7.6: seven bits a byte from the lowest; the eighth says that another one follows. */
export function encodeUleb128(value: bigint): number[] {
  if (value < 0n) throw new StatementError('.uleb128 takes no negative number');
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & LOW_BITS);
    rest >>= BITS;
    bytes.push(rest === 0n ? low : low | CONTINUES);
  } while (rest !== 0n);
  return bytes;
}

/** As `encodeUleb128`, of a number with a sign. */
export function encodeSleb128(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & LOW_BITS;
    rest >>= BITS;
    const isLast = rest === ((low & SIGN) === 0n ? 0n : -1n);
    bytes.push(isLast ? Number(low) : Number(low) | CONTINUES);
    if (isLast) return bytes;
  }
}

/** `1.5`, `-2e10`, `0f1.5`, `inf`; the letter after the 0 is the kind that GNU as ignores. */
function parseFraction(text: string): number {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/^([+-]?)0[fdrs](?=[\d.+-])/, '$1');
  const special = /^([+-]?)(inf(?:inity)?|nan)$/.exec(word);
  if (special !== null) {
    const size = special[2] === 'nan' ? NaN : Infinity;
    return special[1] === '-' ? -size : size;
  }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(word)) {
    throw new StatementError(`expected a number such as 1.5e-3, found '${text.trim()}'`);
  }
  return Number(word);
}

/** The numbers of `.float` (4 bytes each) and `.double` (8 bytes), IEEE 754, little-endian. */
export function encodeFractions(text: string, width: 4 | 8): Uint8Array {
  const values = text.trim() === '' ? [] : text.split(',').map(parseFraction);
  const view = new DataView(new ArrayBuffer(width * values.length));
  for (const [index, value] of values.entries()) {
    if (width === 4) view.setFloat32(width * index, value, true);
    else view.setFloat64(width * index, value, true);
  }
  return new Uint8Array(view.buffer);
}
