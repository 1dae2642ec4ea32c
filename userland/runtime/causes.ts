/** Traps and trap sites in words. */
import { TrapReason } from '../abi/trap.enums';

/** The exception of an scause (privileged architecture, table "Supervisor cause register values"). */
export function causeName(scause: u32): string {
  switch (scause) {
    case 0:
      return 'instruction address misaligned';
    case 1:
      return 'instruction access fault';
    case 2:
      return 'illegal instruction';
    case 3:
      return 'breakpoint';
    case 4:
      return 'load address misaligned';
    case 5:
      return 'load access fault';
    case 6:
      return 'store address misaligned';
    case 7:
      return 'store access fault';
    case 8:
      return 'environment call';
    case 12:
      return 'instruction page fault';
    case 13:
      return 'load page fault';
    case 15:
      return 'store page fault';
    default:
      return 'unknown exception';
  }
}

const BREAKPOINT: u32 = 3;

/** Whether stval holds the address that could not be reached. */
export function hasAddress(scause: u32): bool {
  return scause != 2 && scause != BREAKPOINT && scause != 8;
}

/** What the language checked at a trap site that ended in `ebreak`; empty for other causes. */
export function reasonName(scause: u32, reason: u32): string {
  if (scause != BREAKPOINT) return '';
  switch (reason) {
    case TrapReason.Unreachable:
      return 'unreachable code';
    case TrapReason.DivisionByZero:
      return 'division by zero';
    case TrapReason.IntegerOverflow:
      return 'integer overflow';
    case TrapReason.ConversionOutOfRange:
      return 'number that no integer of the type is';
    case TrapReason.IndirectCallOutOfBounds:
      return 'call of a function that does not exist';
    case TrapReason.IndirectCallSignature:
      return 'call of a function with other parameters';
    case TrapReason.Abort:
      return 'aborted';
    default:
      return '';
  }
}
