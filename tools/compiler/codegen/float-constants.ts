/** How floating-point constants come into registers. */
import { RelocationType } from '../../linker/object.ts';
import { type Instruction, ValueKind, floatBits } from '../ir/instruction.ts';
import type { CodeBuffer } from './code-buffer.ts';
import { emitConstant } from './frame.ts';
import { SCRATCH, ZERO, registerNumber } from './registers.ts';

const DOUBLE_CONSTANT = '.Ldouble.';
const BITS_RADIX = 16;

/** The symbol of a double's bits in read-only data. */
function doubleConstantSymbol(bits: bigint): string {
  return `${DOUBLE_CONSTANT}${bits.toString(BITS_RADIX)}`;
}

/** The bits behind such a symbol; undefined for other symbols. */
export function bitsOfDoubleConstant(symbol: string): bigint | undefined {
  if (!symbol.startsWith(DOUBLE_CONSTANT)) return undefined;
  return BigInt(`0x${symbol.slice(DOUBLE_CONSTANT.length)}`);
}

/**
 * Makes a constant in a floating-point register: a single and zero pass an integer register, other
 * doubles are loaded. Uses the scratch register.
 */
export function emitFloatConstant(code: CodeBuffer, register: number, value: Instruction): void {
  const rd = registerNumber(register);
  const bits = floatBits(value);
  if (bits === 0n) {
    // fcvt.d.w is the one way from an integer register to a double on RV32.
    code.emit(value.kind === ValueKind.Double ? 'fcvt.d.w' : 'fmv.w.x', { rd, rs1: ZERO });
    return;
  }
  if (value.kind === ValueKind.Single) {
    emitConstant(code, SCRATCH, value.immediate);
    code.emit('fmv.w.x', { rd, rs1: SCRATCH });
    return;
  }
  const reference = { symbol: doubleConstantSymbol(bits), addend: 0 };
  code.emit(
    'lui',
    { rd: SCRATCH, immediate: 0 },
    { ...reference, type: RelocationType.R_RISCV_HI20 },
  );
  code.emit(
    'fld',
    { rd, rs1: SCRATCH, immediate: 0 },
    { ...reference, type: RelocationType.R_RISCV_LO12_I },
  );
}
