/** HSM: harts are started, stopped and put to sleep (SBI 2.0, chapter 9). */
import {
  csrr_mhartid,
  csrr_mie,
  csrr_mip,
  csrw_mie,
  csrw_satp,
  fence,
  fence_i,
  sfence_vma_all,
  wfi,
} from '../../userland/abi/rv';
import { InterruptCause, Status } from '../../userland/abi/riscv.enums';
import { HartStatus, SbiError, SbiHartState, SuspendType } from '../../userland/abi/sbi.enums';
import { FIRMWARE_BASE, FIRMWARE_SIZE, FLASH, FLASH_SIZE, RAM } from './board';
import { guarded_load_byte } from './guarded';
import {
  interrupt,
  isPresent,
  opaqueOf,
  setStart,
  setStatus,
  startAddressOf,
  statusOf,
} from './harts';
import { acquire, release } from './spin-lock';
import { enterKernel, prepareHart } from './supervisor';
import { passTimerInterruptOn, stopTimer } from './timer';
import { TrapFrame } from './trap-frame';
import { doWork } from './work';

/** Whoever holds it may take a hart from stopped to about to start. */
const startLock = memory.data(4, 4) as u32;

const MSI: u32 = 1 << InterruptCause.MachineSoftware;
const MTI: u32 = 1 << InterruptCause.MachineTimer;
const SSI: u32 = 1 << InterruptCause.SupervisorSoftware;
const SUPERVISOR_INTERRUPTS: u32 =
  SSI | (1 << InterruptCause.SupervisorTimer) | (1 << InterruptCause.SupervisorExternal);

export function answerHartState(frame: TrapFrame): void {
  switch (frame.a6) {
    case SbiHartState.Start:
      frame.answer(start(frame.a0, frame.a1, frame.a2), 0);
      break;
    case SbiHartState.Stop:
      stop(csrr_mhartid());
      break;
    case SbiHartState.GetStatus:
      if (isPresent(frame.a0)) frame.answer(SbiError.Success, statusOf(frame.a0));
      else frame.answer(SbiError.InvalidParam, 0);
      break;
    case SbiHartState.Suspend:
      suspend(frame);
      break;
    default:
      frame.answer(SbiError.NotSupported, 0);
  }
}

/** Whether S-mode can execute there: flash, or RAM that is not the firmware's. */
function isExecutable(address: u32): bool {
  if (address - FLASH < FLASH_SIZE) return true;
  if (address < RAM || address - FIRMWARE_BASE < FIRMWARE_SIZE) return false;
  return guarded_load_byte(address) >= 0;
}

function start(hart: u32, address: u32, opaque: u32): i32 {
  if (!isPresent(hart)) return SbiError.InvalidParam;
  if (!isExecutable(address)) return SbiError.InvalidAddress;
  acquire(startLock);
  const status = statusOf(hart);
  if (status == HartStatus.Stopped) {
    setStart(hart, address, opaque);
    setStatus(hart, HartStatus.StartPending);
    interrupt(hart);
  }
  release(startLock);
  if (status == HartStatus.Stopped) return SbiError.Success;
  // One that is about to start or stop cannot be asked; OpenSBI calls that an invalid parameter too.
  const isAvailable = status == HartStatus.Started || status == HartStatus.Suspended;
  return isAvailable ? SbiError.AlreadyAvailable : SbiError.InvalidParam;
}

/** Gives the calling hart back to the firmware. Does not return. */
function stop(hart: u32): void {
  stopTimer();
  csrw_mie(MSI);
  setStatus(hart, HartStatus.Stopped);
  waitForStart(hart);
}

/**
 * Waits until another hart starts this one, which is stopped already: it may be asked to start at any
 * time. Does not return.
 */
export function waitForStart(hart: u32): void {
  csrw_mie(MSI);
  while (statusOf(hart) != HartStatus.StartPending) {
    wfi();
    doWork(hart);
  }
  fence();
  const address = startAddressOf(hart);
  const opaque = opaqueOf(hart);
  prepareHart();
  setStatus(hart, HartStatus.Started);
  // After that: whoever changed something while this hart was stopped did not tell it.
  sfence_vma_all();
  fence_i();
  enterKernel(hart, address, opaque);
}

/**
 * Waits for an interrupt that the kernel has enabled, or that another hart sends. From retentive suspend the call returns; from
 * the other kind the hart goes on at the address in a1, as if it had been started there.
 */
function suspend(frame: TrapFrame): void {
  const isRetentive = frame.a0 == SuspendType.Retentive;
  if (!isRetentive && frame.a0 != SuspendType.NonRetentive) {
    frame.answer(SbiError.InvalidParam, 0);
    return;
  }
  const address = frame.a1;
  if (!isRetentive && !isExecutable(address)) {
    frame.answer(SbiError.InvalidAddress, 0);
    return;
  }
  const hart = csrr_mhartid();
  setStatus(hart, HartStatus.Suspended);
  // What wakes the hart may be other harts' business with the firmware.
  while ((csrr_mip() & (csrr_mie() | SSI) & SUPERVISOR_INTERRUPTS) == 0) {
    wfi();
    doWork(hart);
    if ((csrr_mip() & csrr_mie() & MTI) != 0) passTimerInterruptOn();
  }
  setStatus(hart, HartStatus.Started);
  if (isRetentive) {
    frame.answer(SbiError.Success, 0);
    return;
  }
  csrw_satp(0);
  frame.mepc = address;
  frame.mstatus &= ~(Status.SIE as u32);
  frame.a0 = hart;
  frame.a1 = frame.a2;
}
