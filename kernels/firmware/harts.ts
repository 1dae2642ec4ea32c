/**
 * The harts of the board, and what the firmware keeps for each: its state, why it is being
 * interrupted, and where it is to start. Any hart reads and writes any record, so only through `rv`.
 */
import { amoor_w, amoswap_w, fence, lw, sw } from '../../userland/abi/rv';
import { CLINT } from './board';

/** Hart ids are 0 to 7. Others that the board may have wait for ever (start.s). */
export const MAXIMUM_HARTS: u32 = 8;

@unmanaged
class HartRecord {
  /** A HartStatus. */
  status: u32;
  /** What other harts have asked of it: bits of HartWork. */
  work: u32;
  /** From where it starts in S-mode, and what it finds in a1. */
  startAddress: u32;
  opaque: u32;
}

/** What one hart asks of another. */
export const enum HartWork {
  /** Raise the supervisor's software interrupt. */
  SoftwareInterrupt = 1,
  /** Do the fence of remote-fence.ts. */
  Fence = 2,
}

const records = memory.data(128, 4) as u32;

/** CLINT: a hart's software interrupt is pending while the lowest bit of its word is set. */
const MSIP: u32 = CLINT;

function word(hart: u32, field: usize): u32 {
  return records + hart * (offsetof<HartRecord>() as u32) + (field as u32);
}

/** Bit n: the board has hart n. */
let presentHarts: u32 = 0;

/** Which harts there are, bit n for hart n: those of the device tree and, in any case, this one. */
export function initialiseHarts(self: u32, inTree: u32): void {
  assert(MAXIMUM_HARTS * (offsetof<HartRecord>() as u32) <= 128);
  presentHarts = (inTree & ((1 << MAXIMUM_HARTS) - 1)) | (1 << self);
}

/** Bit n: the board has hart n. */
export function allHarts(): u32 {
  return presentHarts;
}

export function isPresent(hart: u32): bool {
  return hart < MAXIMUM_HARTS && (presentHarts & (1 << hart)) != 0;
}

export function statusOf(hart: u32): u32 {
  return lw(word(hart, offsetof<HartRecord>('status')));
}

/** Everything that the calling hart has stored before is visible to who sees the new status. */
export function setStatus(hart: u32, status: u32): void {
  fence();
  sw(word(hart, offsetof<HartRecord>('status')), status);
}

/** Where a hart that is to start begins, and the value of its a1. */
export function setStart(hart: u32, address: u32, opaque: u32): void {
  sw(word(hart, offsetof<HartRecord>('startAddress')), address);
  sw(word(hart, offsetof<HartRecord>('opaque')), opaque);
}

export function startAddressOf(hart: u32): u32 {
  return lw(word(hart, offsetof<HartRecord>('startAddress')));
}

export function opaqueOf(hart: u32): u32 {
  return lw(word(hart, offsetof<HartRecord>('opaque')));
}

/** Interrupts a hart in M-mode; in M-mode it wakes from `wfi`. */
export function interrupt(hart: u32): void {
  fence();
  sw(MSIP + hart * 4, 1);
}

/** Asks a hart for something, and interrupts it. */
export function post(hart: u32, work: u32): void {
  amoor_w(word(hart, offsetof<HartRecord>('work')), work);
  interrupt(hart);
}

/** What has been asked of the calling hart since it last looked: bits of HartWork. */
export function takePosted(self: u32): u32 {
  // In this order nothing is missed: whoever posts sets the bit first and interrupts then.
  sw(MSIP + self * 4, 0);
  fence();
  return amoswap_w(word(self, offsetof<HartRecord>('work')), 0);
}
