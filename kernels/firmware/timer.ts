/**
 * The supervisor's timer: the CLINT's machine timer, passed on as a pending supervisor timer
 * interrupt (privileged architecture, `mip.STIP`).
 */
import { csrc_mie, csrc_mip, csrr_mhartid, csrs_mie, csrs_mip, sw } from '../../userland/abi/rv';
import { InterruptCause } from '../../userland/abi/riscv.enums';
import { CLINT } from './board';

/** `mtimecmp` of hart 0; eight bytes a hart. */
const MTIMECMP: u32 = CLINT + 0x4000;
const MTIMECMP_STRIDE: u32 = 8;
const NEVER: u32 = 0xffff_ffff;

const MTI: u32 = 1 << InterruptCause.MachineTimer;
const STI: u32 = 1 << InterruptCause.SupervisorTimer;

/** Raises STIP when `mtime` reaches the deadline (ticks), and clears it until then. */
export function setTimer(low: u32, high: u32): void {
  const mtimecmp = MTIMECMP + csrr_mhartid() * MTIMECMP_STRIDE;
  // In this order no value between the old and the new one can match.
  sw(mtimecmp, NEVER);
  sw(mtimecmp + 4, high);
  sw(mtimecmp, low);
  csrc_mip(STI);
  csrs_mie(MTI);
}

/** No deadline: for the time before the kernel sets one. */
export function disableTimer(): void {
  setTimer(NEVER, NEVER);
}

/** Passes the machine timer interrupt on; it stays masked until the next setTimer. */
export function passTimerInterruptOn(): void {
  csrc_mie(MTI);
  csrs_mip(STI);
}
