/** Conversions to integers: RISC-V Unprivileged ISA 11.7, table 11.4. */
import { Flag, type Environment } from './environment.ts';
import { roundToInteger } from './round-to-integer.ts';

const INT32_MINIMUM = -0x8000_0000;
const INT32_MAXIMUM = 0x7fff_ffff;
const UINT32_MAXIMUM = 0xffff_ffff;

function saturate(x: number, minimum: number, maximum: number, environment: Environment): number {
  if (Number.isNaN(x)) {
    environment.flags |= Flag.Invalid;
    return maximum;
  }
  const rounded = roundToInteger(x, environment.rounding);
  if (rounded < minimum || rounded > maximum) {
    // Invalid alone: an out-of-range result is not inexact as well.
    environment.flags |= Flag.Invalid;
    return rounded < minimum ? minimum : maximum;
  }
  if (rounded !== x) {
    environment.flags |= Flag.Inexact;
  }
  return rounded;
}

/** To a signed word; out of range to the nearest one, NaN to the largest. */
export function toInt32(x: number, environment: Environment): number {
  return saturate(x, INT32_MINIMUM, INT32_MAXIMUM, environment) | 0;
}

/** To an unsigned word, as int32. */
export function toUint32(x: number, environment: Environment): number {
  return saturate(x, 0, UINT32_MAXIMUM, environment) | 0;
}
