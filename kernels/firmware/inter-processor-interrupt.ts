/** IPI: the supervisor's software interrupt on other harts (SBI 2.0, chapter 7). */
import { csrr_mhartid, csrrc_mip, csrs_mip } from '../../userland/abi/rv';
import { InterruptCause } from '../../userland/abi/riscv.enums';
import { SbiError, SbiIpi } from '../../userland/abi/sbi.enums';
import { hartsOf, isRunning, isValidMask } from './hart-mask';
import { HartWork, post, MAXIMUM_HARTS } from './harts';
import { TrapFrame } from './trap-frame';

const SSI: u32 = 1 << InterruptCause.SupervisorSoftware;

/** Interrupts a set of harts (bit n: hart n), this one perhaps among them. */
export function interruptSupervisors(harts: u32): void {
  const self = csrr_mhartid();
  for (let hart: u32 = 0; hart < MAXIMUM_HARTS; hart++) {
    if ((harts & (1 << hart)) == 0) continue;
    if (hart == self) csrs_mip(SSI);
    else if (isRunning(hart)) post(hart, HartWork.SoftwareInterrupt);
  }
}

/** Clears this hart's; whether it was pending. */
export function clearInterrupt(): bool {
  return (csrrc_mip(SSI) & SSI) != 0;
}

export function answerIpi(frame: TrapFrame): void {
  const mask = frame.a0;
  const base = frame.a1;
  if (frame.a6 != SbiIpi.SendIpi) {
    frame.answer(SbiError.NotSupported, 0);
  } else if (!isValidMask(mask, base)) {
    frame.answer(SbiError.InvalidParam, 0);
  } else {
    interruptSupervisors(hartsOf(mask, base));
    frame.answer(SbiError.Success, 0);
  }
}
