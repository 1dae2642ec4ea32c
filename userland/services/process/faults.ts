/** What becomes of a program that did what it must not: a signal, and a line on the console. */
import { Signal } from '../../abi/process.enums';
import { ExceptionCause } from '../../abi/riscv.enums';
import { TrapReason } from '../../abi/trap.enums';
import { TextBuilder } from '../../runtime/text-builder';
import { findTrapSite, TrapSite } from '../../runtime/trap-sites';
import { Death } from '../init/death';
import { causeName, hasAddress, reasonName } from '../supervisor/causes';
import { Child } from './child-table';
import { fileRead, readFile } from './file-reader';

/** Describes a fault in `text`; returns the signal that POSIX has for it. */
export function describeFault(text: TextBuilder, child: Child, death: Death): u32 {
  const site = siteOf(child, death.pc);
  const reason = site === null ? TrapReason.MemoryAccess : site.reason;
  text.bytes(child.path, child.pathLength).text(' (process ').decimal(child.number).text('): ');
  text.text(causeName(death.cause));
  if (hasAddress(death.cause)) text.text(' at ').address32(death.address);
  text.text(', pc ').address32(death.pc);
  const words = reasonName(death.cause, reason);
  if (words.length > 0) text.text(', ').text(words);
  if (site !== null) {
    text.text(', ').bytes(site.file.address, site.file.length).text(':').decimal(site.line);
  }
  text.line();
  return signalOf(death.cause, reason);
}

/** The place in the source; null if the file has changed or has no such place. */
function siteOf(child: Child, pc: u32): TrapSite | null {
  if (readFile(child.path, child.pathLength) < 0) return null;
  const file = fileRead();
  return findTrapSite(file.trapSites, file.trapSiteBytes, pc);
}

function signalOf(cause: u32, reason: u32): u32 {
  switch (cause) {
    case ExceptionCause.IllegalInstruction:
      return Signal.SIGILL;
    case ExceptionCause.Breakpoint:
      return signalOfCheck(reason);
    case ExceptionCause.InstructionAddressMisaligned:
    case ExceptionCause.LoadAddressMisaligned:
    case ExceptionCause.StoreAddressMisaligned:
      return Signal.SIGBUS;
    default:
      return Signal.SIGSEGV;
  }
}

/** For checks of the language, which end in `ebreak`. */
function signalOfCheck(reason: u32): u32 {
  switch (reason) {
    case TrapReason.DivisionByZero:
    case TrapReason.IntegerOverflow:
      return Signal.SIGFPE;
    case TrapReason.Unreachable:
    case TrapReason.Abort:
    case TrapReason.IndirectCallOutOfBounds:
    case TrapReason.IndirectCallSignature:
      return Signal.SIGABRT;
    default:
      return Signal.SIGTRAP;
  }
}
