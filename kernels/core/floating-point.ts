/**
 * Floating-point registers, switched lazily. The hart holds those of one thread, its `floatOwner`, which
 * keeps them until another thread wants to use its own: only then are they loaded, and they are saved
 * when their owner leaves the hart having changed them. In user mode `sstatus.FS` is Off for everybody
 * but the owner, so that the first floating-point instruction of another traps. The kernel itself has
 * none (ilp32).
 */
import { csrc_sstatus, csrr_sstatus, csrs_sstatus } from '../../userland/abi/rv';
import { ExceptionCause, Status } from '../../userland/abi/riscv.enums';
import { Hart } from './hart';
import { Thread } from './thread';

/** States of `sstatus.FS` (privileged specification, 3.1.6.6): the registers are as they were saved. */
const FS_CLEAN: u32 = 2 << 13;
/** The registers were written to since. */
const FS_DIRTY: u32 = Status.FS;

/** f0 … f31 and fcsr, to and from memory (floating-point.s); FS must not be Off. */
declare function save_floating_point(registers: u32): void;
declare function load_floating_point(registers: u32): void;

function registersOf(thread: Thread): u32 {
  return changetype<u32>(thread) + (offsetof<Thread>('f0') as u32);
}

/**
 * After a trap of the current thread: whether it was its first use of floating point since others had
 * the registers, which now are its own. The instruction is then executed again; if it is illegal for
 * another reason it traps again, and is not taken for one.
 */
export function takeFloatingPoint(hart: Hart, thread: Thread, cause: u32): bool {
  if (cause != ExceptionCause.IllegalInstruction) return false;
  if ((csrr_sstatus() & Status.FS) != 0) return false;
  // The last owner's were saved when it left the hart.
  csrs_sstatus(Status.FS);
  load_floating_point(registersOf(thread));
  setClean();
  hart.floatOwner = thread;
  return true;
}

function setClean(): void {
  csrc_sstatus(Status.FS);
  csrs_sstatus(FS_CLEAN);
}

/** Before `next` goes on in user mode, while some thread owns the registers. */
export function showFloatingPoint(hart: Hart, next: Thread): void {
  const state = csrr_sstatus() & Status.FS;
  const owner = hart.floatOwner;
  if (owner == null) return;
  if (owner == next) {
    if (state == 0) csrs_sstatus(FS_CLEAN);
    return;
  }
  if (state == 0) return;
  if (state == FS_DIRTY) save_floating_point(registersOf(owner));
  csrc_sstatus(Status.FS);
}

/** A thread ends: what comes to be in its place does not find its registers. */
export function forgetFloatingPoint(hart: Hart, thread: Thread): void {
  if (hart.floatOwner != thread) return;
  hart.floatOwner = null;
  csrc_sstatus(Status.FS);
}
