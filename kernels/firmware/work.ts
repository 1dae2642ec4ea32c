/** What other harts have asked of this one. */
import { csrs_mip } from '../../userland/abi/rv';
import { InterruptCause } from '../../userland/abi/riscv.enums';
import { doFence } from './fence-request';
import { HartWork, takePosted } from './harts';

/** Does it, if there is anything, and clears this hart's machine software interrupt. */
export function doWork(self: u32): void {
  const posted = takePosted(self);
  if ((posted & HartWork.SoftwareInterrupt) != 0) csrs_mip(1 << InterruptCause.SupervisorSoftware);
  if ((posted & HartWork.Fence) != 0) doFence();
}
