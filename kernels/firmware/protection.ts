/** What the kernel below M-mode may do: physical memory protection, delegated traps, counters. */
import {
  csrw_mcounteren,
  csrw_medeleg,
  csrw_mideleg,
  csrw_pmpaddr0,
  csrw_pmpaddr1,
  csrw_pmpaddr2,
  csrw_pmpcfg0,
} from '../../userland/abi/rv';
import { ExceptionCause, InterruptCause } from '../../userland/abi/riscv.enums';
import { CLINT, CLINT_SIZE, FIRMWARE_BASE, FIRMWARE_SIZE } from './board';

/** pmpcfg: naturally aligned power-of-two region; no access below M-mode. */
const NAPOT_NONE: u32 = 0x18;
/** The same with read, write and execute. */
const NAPOT_ALL: u32 = 0x1f;

/** pmpaddr of a naturally aligned region: address / 4, with the size in trailing ones. */
function napot(base: u32, size: u32): u32 {
  return (base >> 2) | ((size >> 3) - 1);
}

/**
 * S- and U-mode reach everything but the firmware's memory and its timer. The entry with the lowest
 * number wins. M-mode is not bound: no entry is locked.
 */
export function openMemory(): void {
  csrw_pmpaddr0(napot(FIRMWARE_BASE, FIRMWARE_SIZE));
  csrw_pmpaddr1(napot(CLINT, CLINT_SIZE));
  csrw_pmpaddr2(0xffff_ffff);
  csrw_pmpcfg0(NAPOT_NONE | (NAPOT_NONE << 8) | (NAPOT_ALL << 16));
}

const DELEGATED_EXCEPTIONS: u32 =
  (1 << ExceptionCause.InstructionAddressMisaligned) |
  (1 << ExceptionCause.InstructionAccessFault) |
  (1 << ExceptionCause.IllegalInstruction) |
  (1 << ExceptionCause.Breakpoint) |
  (1 << ExceptionCause.LoadAddressMisaligned) |
  (1 << ExceptionCause.LoadAccessFault) |
  (1 << ExceptionCause.StoreAddressMisaligned) |
  (1 << ExceptionCause.StoreAccessFault) |
  (1 << ExceptionCause.EnvironmentCallFromU) |
  (1 << ExceptionCause.InstructionPageFault) |
  (1 << ExceptionCause.LoadPageFault) |
  (1 << ExceptionCause.StorePageFault);

const DELEGATED_INTERRUPTS: u32 =
  (1 << InterruptCause.SupervisorSoftware) |
  (1 << InterruptCause.SupervisorTimer) |
  (1 << InterruptCause.SupervisorExternal);

/** cycle, time and instret: what a kernel lets its programs read, unless it says otherwise. */
export const COUNTERS: u32 = 0b111;
/** And the others, which count nothing. A kernel may read all. */
const ALL_COUNTERS: u32 = 0xffff_ffff;

/**
 * Every exception that the kernel can act on goes to it directly. OpenSBI keeps illegal
 * instructions, misaligned and access faults, to emulate some of them, and hands the rest down; this
 * firmware emulates nothing, so a kernel sees the same either way.
 */
export function delegate(): void {
  csrw_medeleg(DELEGATED_EXCEPTIONS);
  csrw_mideleg(DELEGATED_INTERRUPTS);
  csrw_mcounteren(ALL_COUNTERS);
}
