/** How the kernel ends when it cannot go on: it says where and why, and turns the machine off. */
import { csrr_scause, csrr_stval, ebreak } from '../../userland/abi/rv';
import { ExceptionCause } from '../../userland/abi/riscv.enums';
import { TrapReason } from '../../userland/abi/trap.enums';
import { KernelFrame } from './kernel-frame';
import { log, logBytes, logDecimal, logHex } from './log';
import { powerOffFailed } from './sbi';
import { TrapSite, fileNameAddress, fileNameLength, findTrapSite } from './trap-sites';

let panicking: bool = false;

/** One line with the reason, then the end. Does not return. */
export function panic(reason: string): void {
  begin();
  log(reason);
  log('\n');
  powerOffFailed();
}

/** A panic within a panic ends at once. */
function begin(): void {
  if (panicking) powerOffFailed();
  panicking = true;
  log('kernel panic: ');
}

/** Called by entry.s when the kernel itself trapped. Does not return. */
export function report_kernel_trap(frame: KernelFrame): void {
  begin();
  logKernelTrap(frame);
  log('\n');
  powerOffFailed();
}

/** What the trap was and where, in a part of a line. */
export function logKernelTrap(frame: KernelFrame): void {
  logTrap(frame);
  const site = findTrapSite(frame.pc);
  if (site == null) return;
  log(', ');
  logPlace(site);
}

function logTrap(frame: KernelFrame): void {
  const cause = csrr_scause();
  const site = findTrapSite(frame.pc);
  if (cause == ExceptionCause.Breakpoint) {
    log(site == null ? 'breakpoint' : reasonText(site.reason));
  } else {
    log(causeText(cause));
  }
  log(', pc ');
  logHex(frame.pc);
  log(', scause ');
  logHex(cause);
  log(', stval ');
  logHex(csrr_stval());
  log(', ra ');
  logHex(frame.ra);
  log(', sp ');
  logHex(frame.sp);
}

function logPlace(site: TrapSite): void {
  logBytes(fileNameAddress(site), fileNameLength(site));
  log(':');
  logDecimal(site.line);
}

/** The specification's name of an exception. */
export function causeText(cause: u32): string {
  switch (cause) {
    case ExceptionCause.InstructionAddressMisaligned:
      return 'instruction address misaligned';
    case ExceptionCause.InstructionAccessFault:
      return 'instruction access fault';
    case ExceptionCause.IllegalInstruction:
      return 'illegal instruction';
    case ExceptionCause.Breakpoint:
      return 'breakpoint';
    case ExceptionCause.LoadAddressMisaligned:
      return 'load address misaligned';
    case ExceptionCause.LoadAccessFault:
      return 'load access fault';
    case ExceptionCause.StoreAddressMisaligned:
      return 'store address misaligned';
    case ExceptionCause.StoreAccessFault:
      return 'store access fault';
    case ExceptionCause.InstructionPageFault:
      return 'instruction page fault';
    case ExceptionCause.LoadPageFault:
      return 'load page fault';
    case ExceptionCause.StorePageFault:
      return 'store page fault';
    default:
      return 'unexpected trap';
  }
}

function reasonText(reason: u32): string {
  switch (reason) {
    case TrapReason.Unreachable:
      return 'unreachable code';
    case TrapReason.DivisionByZero:
      return 'division by zero';
    case TrapReason.IntegerOverflow:
      return 'integer overflow';
    case TrapReason.ConversionOutOfRange:
      return 'number too large for an integer';
    case TrapReason.IndirectCallOutOfBounds:
    case TrapReason.IndirectCallSignature:
      return 'wrong indirect call';
    case TrapReason.Abort:
      return 'assertion failed';
    default:
      return 'breakpoint';
  }
}

/** What AssemblyScript's `assert` ends in: report_kernel_trap finds the place. */
export function abort(
  _message: string | null,
  _file: string | null,
  _line: u32,
  _column: u32,
): void {
  ebreak();
}
