/** How a hart comes into S-mode. */
import {
  csrc_mip,
  csrc_mstatus,
  csrs_mie,
  csrs_mstatus,
  csrw_mepc,
  csrw_satp,
  csrw_scounteren,
  csrw_sie,
  csrw_sscratch,
  csrw_stvec,
} from '../../userland/abi/rv';
import { InterruptCause, Status } from '../../userland/abi/riscv.enums';
import { COUNTERS, delegate, openMemory } from './protection';
import { initialiseTimer } from './timer';

/** start.s: `mret` with a0 and a1 as given. */
declare function enter_supervisor(hart: u32, opaque: u32): void;

/** What M-mode sets up on every hart, so that it is the same however the hart came here. */
export function prepareHart(): void {
  openMemory();
  delegate();
  initialiseTimer();
  csrw_satp(0);
  csrw_sie(0);
  csrw_sscratch(0);
  csrw_scounteren(COUNTERS);
  // What was meant for the kernel that ran here before.
  csrc_mip(1 << InterruptCause.SupervisorSoftware);
  csrs_mie(1 << InterruptCause.MachineSoftware);
}

/** Enters a kernel at its first instruction, interrupts off, translation off. Does not return. */
export function enterKernel(hart: u32, address: u32, opaque: u32): void {
  // A trap before the kernel has set a vector starts it again, visibly, as with OpenSBI.
  csrw_stvec(address);
  csrc_mstatus(Status.MPP | Status.MPIE | Status.MPRV | Status.SIE);
  csrs_mstatus(Status.MPP_S | Status.FS);
  csrw_mepc(address);
  enter_supervisor(hart, opaque);
}
