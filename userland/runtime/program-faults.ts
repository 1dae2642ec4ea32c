/** What becomes of a program that did what it must not: a signal, and a line on the console. */
import { Signal } from '../abi/process.enums';
import { ExceptionCause } from '../abi/riscv.enums';
import { TrapReason } from '../abi/trap.enums';
import { causeName, hasAddress, reasonName } from './causes';
import { TextBuilder } from './text-builder';
import { TrapSite } from './trap-sites';

/** A fault of a program. */
@unmanaged
export class ProgramFault {
  path: usize;
  pathLength: u32;
  process: u32;
  /** scause, stval and sepc. */
  cause: u32;
  address: u32;
  pc: u32;

  /** Describes it in `text`, with the place in the source if that is known; returns POSIX's signal for it. */
  describe(text: TextBuilder, site: TrapSite | null): u32 {
    const reason = site === null ? <u32>TrapReason.MemoryAccess : site.reason;
    text.bytes(this.path, this.pathLength).text(' (process ').decimal(this.process).text('): ');
    text.text(causeName(this.cause));
    if (hasAddress(this.cause)) text.text(' at ').address32(this.address);
    text.text(', pc ').address32(this.pc);
    const words = reasonName(this.cause, reason);
    if (words.length > 0) text.text(', ').text(words);
    if (site !== null) {
      text.text(', ').bytes(site.file.address, site.file.length).text(':').decimal(site.line);
    }
    text.line();
    return signalOf(this.cause, reason);
  }
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
    case TrapReason.ConversionOutOfRange:
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
