/** Floating-point numbers and their bits (IEEE 754 binary32 and binary64). */
import { ValueKind } from './instruction.ts';

const view = new DataView(new ArrayBuffer(8));

/** The bits of `value`, which is rounded if the kind is Single. */
export function bitsOfNumber(kind: ValueKind, value: number): bigint {
  if (kind === ValueKind.Double) {
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  }
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
}

/** The number with these bits; which NaN it was is lost. */
export function numberOfBits(kind: ValueKind, bits: bigint): number {
  if (kind === ValueKind.Double) {
    view.setBigUint64(0, bits);
    return view.getFloat64(0);
  }
  view.setUint32(0, Number(bits));
  return view.getFloat32(0);
}
