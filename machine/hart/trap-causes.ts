/** Exception codes of `mcause` and `scause` (RISC-V Privileged Architecture, table 3.6). */
import { Access } from './privilege.ts';

export const enum ExceptionCause {
  InstructionAddressMisaligned = 0,
  InstructionAccessFault = 1,
  IllegalInstruction = 2,
  Breakpoint = 3,
  LoadAddressMisaligned = 4,
  LoadAccessFault = 5,
  StoreAddressMisaligned = 6,
  StoreAccessFault = 7,
  EnvironmentCallFromUser = 8,
  EnvironmentCallFromSupervisor = 9,
  EnvironmentCallFromMachine = 11,
  InstructionPageFault = 12,
  LoadPageFault = 13,
  StorePageFault = 15,
}

/** The bit of `mcause` and `scause` that tells an interrupt from an exception. */
export const INTERRUPT_CAUSE = 0x8000_0000 | 0;

/** The access fault that an access of this kind raises. Atomics count as stores. */
export function accessFault(access: Access): ExceptionCause {
  switch (access) {
    case Access.Fetch:
      return ExceptionCause.InstructionAccessFault;
    case Access.Load:
      return ExceptionCause.LoadAccessFault;
    case Access.Store:
      return ExceptionCause.StoreAccessFault;
  }
}

/** The page fault that an access of this kind raises. */
export function pageFault(access: Access): ExceptionCause {
  switch (access) {
    case Access.Fetch:
      return ExceptionCause.InstructionPageFault;
    case Access.Load:
      return ExceptionCause.LoadPageFault;
    case Access.Store:
      return ExceptionCause.StorePageFault;
  }
}
