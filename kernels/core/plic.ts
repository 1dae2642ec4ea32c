/**
 * The platform-level interrupt controller (RISC-V PLIC specification 1.0.0), seen from the
 * S-mode context of one hart, through the kernel's device window.
 */
import { lw, sw } from '../../userland/abi/rv';

const PRIORITY: u32 = 0x00_0000;
const ENABLE: u32 = 0x00_2000;
const ENABLE_STRIDE: u32 = 0x80;
const CONTEXT: u32 = 0x20_0000;
const CONTEXT_STRIDE: u32 = 0x1000;
/** In a context: priorities up to this do not interrupt; then claim (read) and complete (write). */
const THRESHOLD: u32 = 0;
const CLAIM: u32 = 4;

/** Every enabled source has the same priority. */
const ENABLED_PRIORITY: u32 = 1;

let base: u32 = 0;
let enable: u32 = 0;
let context: u32 = 0;
let lastSource: u32 = 0;

/** The controller's registers are at `address`; this hart takes interrupts as context `number`. */
export function initialisePlic(address: u32, number: u32, sources: u32): void {
  base = address;
  enable = address + ENABLE + number * ENABLE_STRIDE;
  context = address + CONTEXT + number * CONTEXT_STRIDE;
  lastSource = sources;
  let word: u32 = 0;
  while (word <= sources / 32) {
    sw(enable + word * 4, 0);
    word++;
  }
  sw(context + THRESHOLD, 0);
}

/** Greatest source number. */
export function lastInterruptSource(): u32 {
  return lastSource;
}

/** Lets a source interrupt this hart. */
export function enableInterrupt(source: u32): void {
  sw(base + PRIORITY + source * 4, ENABLED_PRIORITY);
  const word = enable + (source / 32) * 4;
  sw(word, lw(word) | (1 << (source % 32)));
}

/** Keeps a source from interrupting. */
export function disableInterrupt(source: u32): void {
  const word = enable + (source / 32) * 4;
  sw(word, lw(word) & ~(1 << (source % 32)));
  sw(base + PRIORITY + source * 4, 0);
}

/** The source that interrupts, which stays silent until it is completed; 0: none. */
export function claimInterrupt(): u32 {
  return lw(context + CLAIM);
}

/** Lets a claimed source interrupt again. Ignored by the controller if the source is disabled. */
export function completeInterrupt(source: u32): void {
  sw(context + CLAIM, source);
}
