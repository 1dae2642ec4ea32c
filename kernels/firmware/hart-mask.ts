/** Sets of harts, as callers name them (SBI 2.0, "Hart list parameter"). */
import { HartStatus } from '../../userland/abi/sbi.enums';
import { allHarts, statusOf, MAXIMUM_HARTS } from './harts';

/** In place of the first hart of a mask: every hart there is. */
const ALL_HARTS: u32 = 0xffff_ffff;

/** Whether a mask that begins at hart `base` names any hart there can be, or none at all. */
export function isValidMask(mask: u32, base: u32): bool {
  return mask == 0 || base == ALL_HARTS || base < MAXIMUM_HARTS;
}

/**
 * Bit n: hart n is meant. Bits of harts that are not there mean nothing, as with OpenSBI: callers set
 * all bits to say everybody.
 */
export function hartsOf(mask: u32, base: u32): u32 {
  if (base == ALL_HARTS) return allHarts();
  return base < MAXIMUM_HARTS ? (mask << base) & allHarts() : 0;
}

/**
 * Whether a hart runs a kernel, or sleeps in one. One that starts forgets all translations and
 * instructions after it has said so, and its interrupts begin then.
 */
export function isRunning(hart: u32): bool {
  const status = statusOf(hart);
  return status != HartStatus.Stopped && status != HartStatus.StartPending;
}
