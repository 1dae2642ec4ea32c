/**
 * The supervisor's timer. A hart with Sstc has one of its own (`stimecmp`), which the kernel may also
 * set without asking. Without it, the CLINT's machine timer is passed on as a pending supervisor timer
 * interrupt (privileged architecture, `mip.STIP`).
 */
import {
  csrc_mie,
  csrc_mip,
  csrr_mhartid,
  csrs_mie,
  csrs_mip,
  csrw_stimecmp,
  csrw_stimecmph,
  sw,
} from '../../userland/abi/rv';
import { InterruptCause } from '../../userland/abi/riscv.enums';
import { CLINT } from './board';
import { guarded_enable_stimecmp } from './guarded';

/** `mtimecmp` of hart 0; eight bytes a hart. */
const MTIMECMP: u32 = CLINT + 0x4000;
const MTIMECMP_STRIDE: u32 = 8;
const NEVER: u32 = 0xffff_ffff;

const MTI: u32 = 1 << InterruptCause.MachineTimer;
const STI: u32 = 1 << InterruptCause.SupervisorTimer;

/** Whether the harts have `stimecmp`; all are the same. */
let hasStimecmp: bool = false;

/** Gives the kernel `stimecmp` if there is one, and leaves no deadline set. On every hart. */
export function initialiseTimer(): void {
  hasStimecmp = guarded_enable_stimecmp() == 0;
  stopTimer();
}

/** Raises STIP when `mtime` reaches the deadline (ticks), and clears it until then. */
export function setTimer(low: u32, high: u32): void {
  // In this order no value between the old and the new one can match.
  if (hasStimecmp) {
    csrw_stimecmp(NEVER);
    csrw_stimecmph(high);
    csrw_stimecmp(low);
    return;
  }
  const mtimecmp = MTIMECMP + csrr_mhartid() * MTIMECMP_STRIDE;
  sw(mtimecmp, NEVER);
  sw(mtimecmp + 4, high);
  sw(mtimecmp, low);
  csrc_mip(STI);
  csrs_mie(MTI);
}

/** No deadline, and no interrupt pending: for the time before a kernel sets one. */
export function stopTimer(): void {
  setTimer(NEVER, NEVER);
  csrc_mie(MTI);
}

/** Passes the machine timer interrupt on; it stays masked until the next setTimer. */
export function passTimerInterruptOn(): void {
  csrc_mie(MTI);
  csrs_mip(STI);
}
