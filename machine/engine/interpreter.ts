/**
 * The reference engine: executes decoded blocks, one hart at a time, exact to the cycle.
 *
 * A block is a run of instructions that ends with a jump (README.md). The budget is compared with
 * the block's length once, at its start. Where it is smaller, the record at which it ends is
 * replaced by `Boundary` for as long as the block runs, so the same loop stops in the middle.
 */
import type { Ram } from '../bus/ram.ts';
import { Attention, type HartState } from '../hart/hart-state.ts';
import type { MemoryUnit } from '../hart/memory-unit.ts';
import { FloatOperation } from '../hart/floating-point/float-operation.ts';
import { performPlainly } from '../hart/floating-point/plain-operations.ts';
import { FloatUnit } from '../hart/floating-point/float-unit.ts';
import {
  DOUBLE_MINIMUM_NORMAL,
  fusedDouble,
  fusedSingle,
  PLAIN_MASK,
  PLAIN_STATE,
  SINGLE_MAXIMUM,
  SINGLE_MINIMUM_NORMAL,
} from '../hart/floating-point/plain.ts';
import { Mstatus } from '../hart/mstatus.ts';
import { EPC_WRITABLE } from '../hart/csr-cells.ts';
import { rs1Of, rs2Of } from '../hart/instruction-fields.ts';
import { bitBinary, bitUnary, rotateLeft } from '../hart/bit-manipulation.ts';
import {
  multiplyHigh,
  multiplyHighSignedUnsigned,
  multiplyHighUnsigned,
} from '../hart/multiply.ts';
import { HartWord, PAGE_SIZE, TlbShape } from '../hart/state-layout.ts';
import { SC_FAILURE, SC_SUCCESS, type SystemUnit } from '../hart/system-unit.ts';
import { fetchIndex } from '../hart/translation-cache.ts';
import { ExceptionCause } from '../hart/trap-causes.ts';
import type { TrapUnit } from '../hart/trap-unit.ts';
import type { CycleClock } from '../timing/clock.ts';
import { INSTRUCTION_CYCLES, TRAP_CYCLES } from '../timing/functional.ts';
import { BlockMemory, BlockWord, distanceTo, NOT_IN_RAM, type BlockCache } from './block-cache.ts';
import { LINK_TO_ADDRESS, NO_BLOCK, NO_EDGE, Record, TagMask, Tlb } from './block-record.ts';
import { isLong } from './decode.ts';
import { BitBinaryOperand, Operation } from './operations.ts';
import { Trace, TraceWord } from './trace.ts';

const HALF_BYTES = 2;
const HALF_BITS = 16;
/** Where in a page an instruction begins whose second half, if it has one, lies in the next. */
const LAST_HALF = PAGE_SIZE - HALF_BYTES;
/** The upper half of a register that holds a single, the upper bits of the lower half for a half. */
const NAN_BOX = -1;
const HALF_NAN_BOX = 0xffff_0000 | 0;

export class Interpreter {
  readonly #hart: HartState;
  readonly #ram: Ram;
  readonly #clock: CycleClock;
  readonly #memory: MemoryUnit;
  readonly #traps: TrapUnit;
  readonly #system: SystemUnit;
  readonly #blocks: BlockCache;
  readonly #float: FloatUnit;
  /** What `runPlainly` did. */
  readonly trace = new Trace();
  /** Whether only what is plain is executed, and written down. */
  #traces = false;
  /** Whether the block that `enter` returned may be linked to. */
  isLinkable = false;
  /** The next instruction executes even if a breakpoint is at it; the slice has only this one. */
  passesBreakpoint = false;
  /** The hart has come to a breakpoint and stands before its instruction. */
  atBreakpoint = false;

  constructor(
    hart: HartState,
    ram: Ram,
    clock: CycleClock,
    memory: MemoryUnit,
    traps: TrapUnit,
    system: SystemUnit,
    blocks: BlockCache,
  ) {
    this.#hart = hart;
    this.#ram = ram;
    this.#clock = clock;
    this.#memory = memory;
    this.#traps = traps;
    this.#system = system;
    this.#blocks = blocks;
    this.#float = new FloatUnit(hart);
  }

  /**
   * Runs until the clock's slice ends, the hart waits for an interrupt, or someone asked for a
   * stop (`Attention.Stop`, which stays set). The state is complete afterwards.
   */
  run(): void {
    const hart = this.#hart;
    while (this.#mayRun()) {
      if ((hart.attention & Attention.Interrupts) !== 0) {
        hart.attention &= ~Attention.Interrupts;
        const interrupt = this.#traps.pendingInterrupt();
        if (interrupt >= 0) {
          hart.words[HartWord.Waiting] = 0;
          this.#traps.takeInterrupt(interrupt);
          this.#clock.remaining -= TRAP_CYCLES;
          continue;
        }
        if (hart.words[HartWord.Waiting] !== 0 && this.#traps.wakesUp()) {
          hart.words[HartWord.Waiting] = 0;
        }
      }
      if (hart.words[HartWord.Waiting] !== 0) {
        return;
      }
      this.#execute();
    }
  }

  /**
   * Executes plain instructions from the hart's pc, at most `budget` of them, and writes down in
   * `trace` what they did: how many there were. It stops before whatever is not plain, which then is
   * as if it had not begun: what traps or returns, fences, CSRs that are more than cells, accesses
   * that the translation cache does not serve (so that no device is touched), breakpoints, and code
   * that lies outside RAM or across pages.
   */
  runPlainly(budget: number): number {
    this.#clock.startSlice(this.#clock.now + budget);
    this.#traces = true;
    this.#execute();
    this.#traces = false;
    return budget - this.#clock.remaining;
  }

  #endTrace(length: number, remaining: number): void {
    this.trace.length = length;
    this.#clock.remaining = remaining;
    // What could not be fetched raises its exception again where it is taken.
    this.#hart.attention &= ~Attention.Exception;
  }

  /** Whether the slice goes on. The clock is read anew after it. */
  #mayRun(): boolean {
    this.#clock.shortened = false;
    return this.#clock.remaining > 0 && (this.#hart.attention & Attention.Stop) === 0;
  }

  /** Whether nothing is due, after a trap or an instruction that asked for attention, but to go on. */
  #mayResume(): boolean {
    const hart = this.#hart;
    if (hart.words[HartWord.Waiting] !== 0) {
      return false;
    }
    if ((hart.attention & Attention.Interrupts) !== 0) {
      if (this.#traps.pendingInterrupt() >= 0) {
        return false;
      }
      hart.attention &= ~Attention.Interrupts;
    }
    return this.#mayRun();
  }

  /** Executes from the hart's pc until something other than plain execution or a trap is due. */
  #execute(): void {
    const hart = this.#hart;
    const clock = this.#clock;
    const memory = this.#memory;
    const x = hart.words;
    const { words, halves, bytes } = this.#ram;
    const jumps = this.#blocks.jumps;
    const float = this.#float;
    const { doubles } = hart;
    const { floats } = float.registers;
    const traces = this.#traces;
    const log = this.trace.words;
    // Where the next word of the trace goes, and where the header of the present block is.
    let logged = 0;
    let header = 0;

    resume: for (;;) {
      if ((hart.attention & (Attention.Regime | Attention.Code)) !== 0) {
        hart.attention &= ~(Attention.Regime | Attention.Code);
        memory.refresh();
      }
      const context = memory.fetchContext;
      const loadTlb = memory.loadTlb;
      const storeTlb = loadTlb + TlbShape.StoreWords;
      let remaining = clock.remaining;
      let block = this.passesBreakpoint ? this.#enterDetached(hart.pc) : this.enter(hart.pc);
      if (block === NO_BLOCK) {
        if (traces) {
          this.#endTrace(0, remaining);
          return;
        }
        this.#takeException();
        if (!this.#mayResume()) {
          return;
        }
        continue;
      }
      let record = 0;
      let boundary = 0;
      let replaced = 0;

      chain: for (;;) {
        const length = words[block + BlockWord.Length];
        if (traces) {
          if (!isTraceable(words, block)) {
            hart.pc = words[block + BlockWord.Address];
            this.#endTrace(logged, remaining);
            return;
          }
          header = logged;
          log[header + TraceWord.Block] = block;
          log[header + TraceWord.Count] = length;
          log[header + TraceWord.Edge] = NO_EDGE;
          logged += TraceWord.Header;
        }
        if (remaining < length) {
          boundary = block + BlockWord.Records + remaining * Record.Words;
          replaced = words[boundary];
          words[boundary] = Operation.Boundary;
        }
        record = block + BlockWord.Records;
        // The link in the block's header by which it was left.
        let edge = NO_EDGE;
        let target = 0;

        body: for (;;) {
          switch (words[record]) {
            case Operation.Constant:
              x[words[record + Record.A]] = words[record + Record.C];
              break;
            case Operation.AddImmediate:
              x[words[record + Record.A]] = x[words[record + Record.B]] + words[record + Record.C];
              break;
            case Operation.SetLessThanImmediate:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] < words[record + Record.C] ? 1 : 0;
              break;
            case Operation.SetLessThanUnsignedImmediate:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] >>> 0 < words[record + Record.C] >>> 0 ? 1 : 0;
              break;
            case Operation.XorImmediate:
              x[words[record + Record.A]] = x[words[record + Record.B]] ^ words[record + Record.C];
              break;
            case Operation.OrImmediate:
              x[words[record + Record.A]] = x[words[record + Record.B]] | words[record + Record.C];
              break;
            case Operation.AndImmediate:
              x[words[record + Record.A]] = x[words[record + Record.B]] & words[record + Record.C];
              break;
            case Operation.ShiftLeftImmediate:
              x[words[record + Record.A]] = x[words[record + Record.B]] << words[record + Record.C];
              break;
            case Operation.ShiftRightImmediate:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] >>> words[record + Record.C];
              break;
            case Operation.ShiftRightArithmeticImmediate:
              x[words[record + Record.A]] = x[words[record + Record.B]] >> words[record + Record.C];
              break;

            case Operation.RotateRightImmediate:
              x[words[record + Record.A]] = rotateLeft(
                x[words[record + Record.B]],
                -words[record + Record.C],
              );
              break;
            case Operation.BitExtractImmediate:
              x[words[record + Record.A]] =
                (x[words[record + Record.B]] >>> words[record + Record.C]) & 1;
              break;
            case Operation.SignExtendByte:
              x[words[record + Record.A]] = (x[words[record + Record.B]] << 24) >> 24;
              break;
            case Operation.SignExtendHalf:
              x[words[record + Record.A]] = (x[words[record + Record.B]] << 16) >> 16;
              break;
            case Operation.BitUnary:
              x[words[record + Record.A]] = bitUnary(
                words[record + Record.C],
                x[words[record + Record.B]],
              );
              break;

            case Operation.Add:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] + x[words[record + Record.C]];
              break;
            case Operation.Subtract:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] - x[words[record + Record.C]];
              break;
            case Operation.ShiftLeft:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] << x[words[record + Record.C]];
              break;
            case Operation.SetLessThan:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] < x[words[record + Record.C]] ? 1 : 0;
              break;
            case Operation.SetLessThanUnsigned:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] >>> 0 < x[words[record + Record.C]] >>> 0 ? 1 : 0;
              break;
            case Operation.Xor:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] ^ x[words[record + Record.C]];
              break;
            case Operation.ShiftRight:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] >>> x[words[record + Record.C]];
              break;
            case Operation.ShiftRightArithmetic:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] >> x[words[record + Record.C]];
              break;
            case Operation.Or:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] | x[words[record + Record.C]];
              break;
            case Operation.And:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] & x[words[record + Record.C]];
              break;

            case Operation.Multiply:
              x[words[record + Record.A]] = Math.imul(
                x[words[record + Record.B]],
                x[words[record + Record.C]],
              );
              break;
            case Operation.MultiplyHigh:
              x[words[record + Record.A]] = multiplyHigh(
                x[words[record + Record.B]],
                x[words[record + Record.C]],
              );
              break;
            case Operation.MultiplyHighSignedUnsigned:
              x[words[record + Record.A]] = multiplyHighSignedUnsigned(
                x[words[record + Record.B]],
                x[words[record + Record.C]],
              );
              break;
            case Operation.MultiplyHighUnsigned:
              x[words[record + Record.A]] = multiplyHighUnsigned(
                x[words[record + Record.B]],
                x[words[record + Record.C]],
              );
              break;
            // Division by zero gives all ones and the dividend; INT_MIN / -1 wraps.
            case Operation.Divide: {
              const divisor = x[words[record + Record.C]];
              if (traces) {
                log[logged++] = x[words[record + Record.B]];
                log[logged++] = divisor;
              }
              x[words[record + Record.A]] =
                divisor === 0 ? -1 : (x[words[record + Record.B]] / divisor) | 0;
              break;
            }
            case Operation.DivideUnsigned: {
              const divisor = x[words[record + Record.C]] >>> 0;
              if (traces) {
                log[logged++] = x[words[record + Record.B]];
                log[logged++] = divisor;
              }
              x[words[record + Record.A]] =
                divisor === 0 ? -1 : ((x[words[record + Record.B]] >>> 0) / divisor) | 0;
              break;
            }
            case Operation.Remainder: {
              const divisor = x[words[record + Record.C]];
              if (traces) {
                log[logged++] = x[words[record + Record.B]];
                log[logged++] = divisor;
              }
              const dividend = x[words[record + Record.B]];
              x[words[record + Record.A]] = divisor === 0 ? dividend : (dividend % divisor) | 0;
              break;
            }
            case Operation.RemainderUnsigned: {
              const divisor = x[words[record + Record.C]] >>> 0;
              if (traces) {
                log[logged++] = x[words[record + Record.B]];
                log[logged++] = divisor;
              }
              const dividend = x[words[record + Record.B]] >>> 0;
              x[words[record + Record.A]] = divisor === 0 ? dividend : (dividend % divisor) | 0;
              break;
            }

            case Operation.ShiftAdd1:
              x[words[record + Record.A]] =
                (x[words[record + Record.B]] << 1) + x[words[record + Record.C]];
              break;
            case Operation.ShiftAdd2:
              x[words[record + Record.A]] =
                (x[words[record + Record.B]] << 2) + x[words[record + Record.C]];
              break;
            case Operation.ShiftAdd3:
              x[words[record + Record.A]] =
                (x[words[record + Record.B]] << 3) + x[words[record + Record.C]];
              break;
            case Operation.AndNot:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] & ~x[words[record + Record.C]];
              break;
            case Operation.OrNot:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] | ~x[words[record + Record.C]];
              break;
            case Operation.ExclusiveNor:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] ^ ~x[words[record + Record.C]];
              break;
            case Operation.Minimum:
              x[words[record + Record.A]] = Math.min(
                x[words[record + Record.B]],
                x[words[record + Record.C]],
              );
              break;
            case Operation.MinimumUnsigned:
              x[words[record + Record.A]] = Math.min(
                x[words[record + Record.B]] >>> 0,
                x[words[record + Record.C]] >>> 0,
              );
              break;
            case Operation.Maximum:
              x[words[record + Record.A]] = Math.max(
                x[words[record + Record.B]],
                x[words[record + Record.C]],
              );
              break;
            case Operation.MaximumUnsigned:
              x[words[record + Record.A]] = Math.max(
                x[words[record + Record.B]] >>> 0,
                x[words[record + Record.C]] >>> 0,
              );
              break;
            case Operation.RotateLeft:
              x[words[record + Record.A]] = rotateLeft(
                x[words[record + Record.B]],
                x[words[record + Record.C]],
              );
              break;
            case Operation.RotateRight:
              x[words[record + Record.A]] = rotateLeft(
                x[words[record + Record.B]],
                -x[words[record + Record.C]],
              );
              break;
            case Operation.BitClear:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] & ~(1 << x[words[record + Record.C]]);
              break;
            case Operation.BitExtract:
              x[words[record + Record.A]] =
                (x[words[record + Record.B]] >>> x[words[record + Record.C]]) & 1;
              break;
            case Operation.BitInvert:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] ^ (1 << x[words[record + Record.C]]);
              break;
            case Operation.BitSet:
              x[words[record + Record.A]] =
                x[words[record + Record.B]] | (1 << x[words[record + Record.C]]);
              break;
            case Operation.ZeroIfZero:
              x[words[record + Record.A]] =
                x[words[record + Record.C]] === 0 ? 0 : x[words[record + Record.B]];
              break;
            case Operation.ZeroIfNotZero:
              x[words[record + Record.A]] =
                x[words[record + Record.C]] !== 0 ? 0 : x[words[record + Record.B]];
              break;
            case Operation.BitBinary: {
              const operand = words[record + Record.C];
              x[words[record + Record.A]] = bitBinary(
                operand >> BitBinaryOperand.Shift,
                x[words[record + Record.B]],
                x[operand & BitBinaryOperand.RegisterMask],
              );
              break;
            }

            case Operation.LoadByte: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                loadTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Byte)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                x[words[record + Record.A]] =
                  (bytes[(address + words[entry + 1]) >>> 0] << 24) >> 24;
              } else if (!this.#loadSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.LoadByteUnsigned: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                loadTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Byte)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                x[words[record + Record.A]] = bytes[(address + words[entry + 1]) >>> 0];
              } else if (!this.#loadSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.LoadHalf: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                loadTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Half)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                x[words[record + Record.A]] =
                  (halves[(address + words[entry + 1]) >>> 1] << 16) >> 16;
              } else if (!this.#loadSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.LoadHalfUnsigned: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                loadTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Half)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                x[words[record + Record.A]] = halves[(address + words[entry + 1]) >>> 1];
              } else if (!this.#loadSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.LoadWord: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                loadTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Word)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                x[words[record + Record.A]] = words[(address + words[entry + 1]) >>> 2];
              } else if (!this.#loadSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }

            case Operation.StoreByte: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Byte)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                bytes[(address + words[entry + 1]) >>> 0] = x[words[record + Record.A]];
              } else if (!this.#storeSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.StoreHalf: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Half)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                halves[(address + words[entry + 1]) >>> 1] = x[words[record + Record.A]];
              } else if (!this.#storeSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.StoreWord: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Word)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                words[(address + words[entry + 1]) >>> 2] = x[words[record + Record.A]];
              } else if (!this.#storeSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }

            case Operation.LoadFloatSingle: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                loadTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (
                words[entry] === (address & TagMask.Word) &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS
              ) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const rd = words[record + Record.A];
                x[rd] = words[(address + words[entry + 1]) >>> 2];
                x[rd + 1] = NAN_BOX;
              } else if (!this.#accessFloatSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.LoadFloatDouble: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                loadTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (
                words[entry] === (address & TagMask.Double) &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS
              ) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const at = (address + words[entry + 1]) >>> 2;
                const rd = words[record + Record.A];
                x[rd] = words[at];
                x[rd + 1] = words[at + 1];
              } else if (!this.#accessFloatSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.StoreFloatSingle: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (
                words[entry] === (address & TagMask.Word) &&
                (x[HartWord.Mstatus] & Mstatus.FS) !== 0
              ) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                words[(address + words[entry + 1]) >>> 2] = x[words[record + Record.A]];
              } else if (!this.#accessFloatSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.StoreFloatDouble: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (
                words[entry] === (address & TagMask.Double) &&
                (x[HartWord.Mstatus] & Mstatus.FS) !== 0
              ) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const at = (address + words[entry + 1]) >>> 2;
                const rs2 = words[record + Record.A];
                words[at] = x[rs2];
                words[at + 1] = x[rs2 + 1];
              } else if (!this.#accessFloatSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.LoadFloatHalf:
            case Operation.StoreFloatHalf: {
              const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
              if (!this.#accessFloatSlowly(record, address, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.FloatAddDouble: {
              const instruction = words[record + Record.C];
              const a = doubles[words[record + Record.B]];
              const b = doubles[secondDouble(instruction)];
              const result = a + b;
              if (
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                Math.abs(result) <= Number.MAX_VALUE
              ) {
                doubles[words[record + Record.A]] = result;
              } else if (!float.execute(FloatOperation.Add, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatAddSingle: {
              const instruction = words[record + Record.C];
              const first = words[record + Record.B];
              const second = secondSingle(instruction);
              const a = floats[first];
              const b = floats[second];
              const result = Math.fround(a + b);
              if (
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                (x[first + 1] & x[second + 1]) === NAN_BOX &&
                Math.abs(result) <= SINGLE_MAXIMUM
              ) {
                const rd = words[record + Record.A];
                floats[rd] = result;
                x[rd + 1] = NAN_BOX;
              } else if (!float.execute(FloatOperation.Add, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatSubtractDouble: {
              const instruction = words[record + Record.C];
              const a = doubles[words[record + Record.B]];
              const b = doubles[secondDouble(instruction)];
              const result = a - b;
              if (
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                Math.abs(result) <= Number.MAX_VALUE
              ) {
                doubles[words[record + Record.A]] = result;
              } else if (!float.execute(FloatOperation.Subtract, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatSubtractSingle: {
              const instruction = words[record + Record.C];
              const first = words[record + Record.B];
              const second = secondSingle(instruction);
              const a = floats[first];
              const b = floats[second];
              const result = Math.fround(a - b);
              if (
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                (x[first + 1] & x[second + 1]) === NAN_BOX &&
                Math.abs(result) <= SINGLE_MAXIMUM
              ) {
                const rd = words[record + Record.A];
                floats[rd] = result;
                x[rd + 1] = NAN_BOX;
              } else if (!float.execute(FloatOperation.Subtract, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatMultiplyDouble: {
              const instruction = words[record + Record.C];
              const a = doubles[words[record + Record.B]];
              const b = doubles[secondDouble(instruction)];
              const result = a * b;
              if (
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                Math.abs(result) <= Number.MAX_VALUE &&
                (Math.abs(result) > DOUBLE_MINIMUM_NORMAL || a === 0 || b === 0)
              ) {
                doubles[words[record + Record.A]] = result;
              } else if (!float.execute(FloatOperation.Multiply, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatMultiplySingle: {
              const instruction = words[record + Record.C];
              const first = words[record + Record.B];
              const second = secondSingle(instruction);
              const a = floats[first];
              const b = floats[second];
              const result = Math.fround(a * b);
              if (
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                (x[first + 1] & x[second + 1]) === NAN_BOX &&
                Math.abs(result) <= SINGLE_MAXIMUM &&
                (Math.abs(result) > SINGLE_MINIMUM_NORMAL || a === 0 || b === 0)
              ) {
                const rd = words[record + Record.A];
                floats[rd] = result;
                x[rd + 1] = NAN_BOX;
              } else if (!float.execute(FloatOperation.Multiply, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatDivideDouble: {
              const instruction = words[record + Record.C];
              const a = doubles[words[record + Record.B]];
              const b = doubles[secondDouble(instruction)];
              const result = a / b;
              if (
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                Math.abs(result) <= Number.MAX_VALUE &&
                (Math.abs(result) > DOUBLE_MINIMUM_NORMAL || a === 0)
              ) {
                doubles[words[record + Record.A]] = result;
              } else if (!float.execute(FloatOperation.Divide, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatDivideSingle: {
              const instruction = words[record + Record.C];
              const first = words[record + Record.B];
              const second = secondSingle(instruction);
              const a = floats[first];
              const b = floats[second];
              const result = Math.fround(a / b);
              if (
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                (x[first + 1] & x[second + 1]) === NAN_BOX &&
                Math.abs(result) <= SINGLE_MAXIMUM &&
                (Math.abs(result) > SINGLE_MINIMUM_NORMAL || a === 0)
              ) {
                const rd = words[record + Record.A];
                floats[rd] = result;
                x[rd + 1] = NAN_BOX;
              } else if (!float.execute(FloatOperation.Divide, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatFusedDouble: {
              const instruction = words[record + Record.C];
              const rd = words[record + Record.A];
              const isDone =
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                fusedDouble(doubles, HartWord.F / 2, rd, instruction);
              if (!isDone && !float.execute(words[record + Record.B], instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.FloatFusedSingle: {
              const instruction = words[record + Record.C];
              const rd = words[record + Record.A];
              const isDone =
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                fusedSingle(floats, x, HartWord.F, rd, instruction);
              if (!isDone && !float.execute(words[record + Record.B], instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }
            case Operation.Float: {
              const instruction = words[record + Record.C];
              const operation = words[record + Record.A];
              const isDone =
                (x[HartWord.Fcsr] & PLAIN_MASK) === PLAIN_STATE &&
                (x[HartWord.Mstatus] & Mstatus.FS) === Mstatus.FS &&
                performPlainly(operation, instruction, x, doubles, floats);
              if (!isDone && !float.execute(operation, instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              break;
            }

            case Operation.BranchEqual:
              edge =
                x[words[record + Record.A]] === x[words[record + Record.B]]
                  ? block + BlockWord.TakenLink
                  : block + BlockWord.FallLink;
              break body;
            case Operation.BranchNotEqual:
              edge =
                x[words[record + Record.A]] !== x[words[record + Record.B]]
                  ? block + BlockWord.TakenLink
                  : block + BlockWord.FallLink;
              break body;
            case Operation.BranchLess:
              edge =
                x[words[record + Record.A]] < x[words[record + Record.B]]
                  ? block + BlockWord.TakenLink
                  : block + BlockWord.FallLink;
              break body;
            case Operation.BranchGreaterOrEqual:
              edge =
                x[words[record + Record.A]] >= x[words[record + Record.B]]
                  ? block + BlockWord.TakenLink
                  : block + BlockWord.FallLink;
              break body;
            case Operation.BranchLessUnsigned:
              edge =
                x[words[record + Record.A]] >>> 0 < x[words[record + Record.B]] >>> 0
                  ? block + BlockWord.TakenLink
                  : block + BlockWord.FallLink;
              break body;
            case Operation.BranchGreaterOrEqualUnsigned:
              edge =
                x[words[record + Record.A]] >>> 0 >= x[words[record + Record.B]] >>> 0
                  ? block + BlockWord.TakenLink
                  : block + BlockWord.FallLink;
              break body;
            case Operation.JumpAndLink:
              x[words[record + Record.A]] = words[record + Record.C];
              edge = block + BlockWord.TakenLink;
              break body;
            case Operation.JumpAndLinkRegister:
              target = (x[words[record + Record.B]] + words[record + Record.C]) & ~1;
              if (traces) log[logged++] = target;
              x[words[record + Record.A]] = words[block + BlockWord.FallAddress];
              break body;
            case Operation.End:
              edge = block + BlockWord.FallLink;
              break body;

            case Operation.Fence:
              if (traces) {
                break chain;
              }
              break;
            case Operation.CsrReadCell: {
              const instruction = words[record + Record.C];
              if (x[HartWord.Privilege] < lowestPrivilege(instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              const cell = words[record + Record.B];
              x[words[record + Record.A]] = x[cell];
              break;
            }
            case Operation.CsrSwapCell: {
              const instruction = words[record + Record.C];
              if (x[HartWord.Privilege] < lowestPrivilege(instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              const cell = words[record + Record.B];
              const value = x[rs1Of(instruction)];
              x[words[record + Record.A]] = x[cell];
              x[cell] = value;
              break;
            }
            case Operation.CsrSwapAddress: {
              const instruction = words[record + Record.C];
              if (x[HartWord.Privilege] < lowestPrivilege(instruction)) {
                this.#refuse(record, block, remaining);
                break chain;
              }
              const cell = words[record + Record.B];
              const value = x[rs1Of(instruction)];
              x[words[record + Record.A]] = x[cell];
              x[cell] = value & EPC_WRITABLE;
              break;
            }
            case Operation.LoadReserved: {
              const address = x[words[record + Record.B]];
              const entry =
                loadTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Word)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const offset = (address + words[entry + 1]) | 0;
                const old = words[offset >>> 2];
                x[HartWord.ReservationValid] = 1;
                x[HartWord.ReservationOffset] = offset;
                x[HartWord.ReservationValue] = old;
                x[words[record + Record.A]] = old;
              } else if (!this.#performInside(record, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.StoreConditional: {
              const address = x[words[record + Record.B]];
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Word) && x[HartWord.ReservationValid] !== 0) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const offset = (address + words[entry + 1]) | 0;
                const stands =
                  x[HartWord.ReservationOffset] === offset &&
                  x[HartWord.ReservationValue] === words[offset >>> 2];
                x[HartWord.ReservationValid] = 0;
                if (stands) {
                  words[offset >>> 2] = x[rs2Of(words[record + Record.C])];
                }
                x[words[record + Record.A]] = stands ? SC_SUCCESS : SC_FAILURE;
              } else if (!this.#performInside(record, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.AtomicSwap: {
              const address = x[words[record + Record.B]];
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Word)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const operand = x[rs2Of(words[record + Record.C])];
                const at = (address + words[entry + 1]) >>> 2;
                const old = words[at];
                words[at] = operand;
                x[words[record + Record.A]] = old;
              } else if (!this.#performInside(record, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.AtomicAdd: {
              const address = x[words[record + Record.B]];
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Word)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const operand = x[rs2Of(words[record + Record.C])];
                const at = (address + words[entry + 1]) >>> 2;
                const old = words[at];
                words[at] = old + operand;
                x[words[record + Record.A]] = old;
              } else if (!this.#performInside(record, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.AtomicAnd: {
              const address = x[words[record + Record.B]];
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Word)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const operand = x[rs2Of(words[record + Record.C])];
                const at = (address + words[entry + 1]) >>> 2;
                const old = words[at];
                words[at] = old & operand;
                x[words[record + Record.A]] = old;
              } else if (!this.#performInside(record, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.AtomicOr: {
              const address = x[words[record + Record.B]];
              const entry =
                storeTlb + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
              if (words[entry] === (address & TagMask.Word)) {
                if (traces) {
                  log[logged++] = address;
                  log[logged++] = (address + words[entry + 1]) | 0;
                }
                const operand = x[rs2Of(words[record + Record.C])];
                const at = (address + words[entry + 1]) >>> 2;
                const old = words[at];
                words[at] = old | operand;
                x[words[record + Record.A]] = old;
              } else if (!this.#performInside(record, block, remaining)) {
                break chain;
              }
              break;
            }
            case Operation.Csr:
            case Operation.Atomic:
            case Operation.FenceTranslations:
              if (!this.#performInside(record, block, remaining)) {
                break chain;
              }
              break;

            case Operation.Boundary:
              words[boundary] = replaced;
              hart.pc = addressOf(words, record, block);
              if (traces) {
                log[header + TraceWord.Count] = instructionsBefore(record, block);
                this.#endTrace(logged, 0);
                return;
              }
              clock.remaining = 0;
              return;
            default:
              // What ends a block other than by a jump is performed below.
              clock.remaining = remaining - instructionsBefore(record, block);
              break chain;
          }
          record += Record.Words;
        }

        remaining -= length;
        if (traces) {
          log[header + TraceWord.Edge] = edge;
        }
        let next: number;
        if (edge !== NO_EDGE) {
          next = words[edge];
          if (words[next + BlockWord.Context] === context || this.#isSharedBlock(next)) {
            block = next;
            continue;
          }
          target = words[edge + LINK_TO_ADDRESS];
        } else {
          next = words[jumps + ((target >>> 1) & (BlockMemory.JumpEntries - 1))];
          if (
            words[next + BlockWord.Address] === target &&
            (words[next + BlockWord.Context] === context || this.#isSharedBlock(next))
          ) {
            block = next;
            continue;
          }
        }

        clock.remaining = remaining;
        hart.pc = target;
        if (traces && (remaining === 0 || !this.#blocks.hasRoom)) {
          this.#endTrace(logged, remaining);
          return;
        }
        if (remaining === 0) {
          return;
        }
        const { generation } = this.#blocks;
        // A detached block is used once; what is entered next may be decoded in its place.
        const edgeLasts = edge !== NO_EDGE && words[block + BlockWord.Offset] !== NOT_IN_RAM;
        next = this.enter(target);
        if (next === NO_BLOCK) {
          if (traces) {
            this.#endTrace(logged, remaining);
            return;
          }
          this.#takeException();
          if (!this.#mayResume()) {
            return;
          }
          continue resume;
        }
        if (edgeLasts && this.isLinkable && this.#blocks.generation === generation) {
          words[edge] = next;
        }
        block = next;
      }

      // In the middle of a block: its instruction trapped, or something else is due after it.
      if (boundary !== 0) {
        words[boundary] = replaced;
      }
      hart.pc = addressOf(words, record, block);
      if (traces) {
        const before = instructionsBefore(record, block);
        log[header + TraceWord.Count] = before;
        this.#endTrace(logged, remaining - before);
        return;
      }
      const next = addressOf(words, record + Record.Words, block);
      this.#leave(words[record], words[record + Record.C], next);
      if (!this.#mayResume()) {
        return;
      }
    }
  }

  /** The block at a virtual address, or `NO_BLOCK` after raising an exception. */
  enter(address: number): number {
    const { words } = this.#ram;
    const memory = this.#memory;
    const jump = this.#blocks.jumps + ((address >>> 1) & (BlockMemory.JumpEntries - 1));
    const known = words[jump];
    this.isLinkable = true;
    if (
      words[known + BlockWord.Address] === address &&
      (words[known + BlockWord.Context] === memory.fetchContext || this.#isSharedBlock(known))
    ) {
      return known;
    }
    const offset = memory.translateFetch(address);
    if (offset < 0) {
      return this.#enterDetached(address);
    }
    const isUniform = memory.fetchedPageIsUniform;
    let block = NO_BLOCK;
    // Where the rights may end after the first half of an instruction, the second is asked for.
    const mayEnd = !isUniform || (address & LAST_HALF) === LAST_HALF;
    if (mayEnd && isLong(this.#ram.halves[offset >>> 1])) {
      const tail = memory.translateFetch(address + HALF_BYTES);
      if (tail < 0) {
        return this.#enterDetached(address);
      }
      block =
        (address & LAST_HALF) === LAST_HALF
          ? this.#blocks.findAcrossPages(address, offset, tail)
          : this.#blocks.find(address, offset, true);
    } else {
      block = this.#blocks.find(address, offset, !isUniform);
    }
    words[block + BlockWord.Context] = memory.fetchContext;
    words[jump] = block;
    return block;
  }

  /**
   * Whether a block that was found in another context is what lies at its address in the present one
   * as well, as a kernel's do in every address space. It is stamped then. Only a page that the
   * translation cache knows is looked at, and no block across pages.
   */
  #isSharedBlock(block: number): boolean {
    const { words } = this.#ram;
    const address = words[block + BlockWord.Address];
    const entry = this.#memory.fetchTlb + fetchIndex(address);
    const isShared =
      words[block + BlockWord.Context] !== 0 &&
      words[entry] === (address & -PAGE_SIZE) &&
      words[block + BlockWord.Offset] === ((address + words[entry + 1]) | 0) &&
      words[block + BlockWord.TailOffset] === 0;
    if (isShared) {
      words[block + BlockWord.Context] = this.#memory.fetchContext;
    }
    return isShared;
  }

  /**
   * As `enter`, with a block of one instruction that is read anew: one outside RAM (in a reset
   * ROM), or one at a breakpoint, which does not show in it.
   */
  #enterDetached(address: number): number {
    const hart = this.#hart;
    this.isLinkable = false;
    const low = this.#memory.fetchHalf(address);
    let instruction = low;
    if ((hart.attention & Attention.Exception) === 0 && isLong(low)) {
      instruction |= this.#memory.fetchHalf((address + HALF_BYTES) | 0) << HALF_BITS;
    }
    return (hart.attention & Attention.Exception) === 0
      ? this.#blocks.decodeDetached(address, instruction)
      : NO_BLOCK;
  }

  /** Whether execution may simply go on after a slow instruction. */
  #mayGoOn(): boolean {
    return this.#hart.attention === Attention.None && !this.#clock.shortened;
  }

  /** A load that the translation cache did not serve. False: leave the block. */
  #loadSlowly(record: number, address: number, block: number, remaining: number): boolean {
    if (this.#traces) {
      return false;
    }
    const { words } = this.#ram;
    this.#clock.remaining = remaining - instructionsBefore(record, block);
    let value = 0;
    switch (words[record]) {
      case Operation.LoadByte:
        value = (this.#memory.load(address, 1) << 24) >> 24;
        break;
      case Operation.LoadByteUnsigned:
        value = this.#memory.load(address, 1);
        break;
      case Operation.LoadHalf:
        value = (this.#memory.load(address, 2) << 16) >> 16;
        break;
      case Operation.LoadHalfUnsigned:
        value = this.#memory.load(address, 2);
        break;
      default:
        value = this.#memory.load(address, 4);
    }
    if ((this.#hart.attention & Attention.Exception) === 0) {
      this.#hart.words[words[record + Record.A]] = value;
    }
    return this.#mayGoOn();
  }

  /** A store that the translation cache did not serve. False: leave the block. */
  #storeSlowly(record: number, address: number, block: number, remaining: number): boolean {
    if (this.#traces) {
      return false;
    }
    const { words } = this.#ram;
    this.#clock.remaining = remaining - instructionsBefore(record, block);
    const value = this.#hart.words[words[record + Record.A]];
    switch (words[record]) {
      case Operation.StoreByte:
        this.#memory.store(address, 1, value);
        break;
      case Operation.StoreHalf:
        this.#memory.store(address, 2, value);
        break;
      default:
        this.#memory.store(address, 4, value);
    }
    return this.#mayGoOn();
  }

  /** Makes the instruction of a record, which the floating-point unit refused, trap. */
  #refuse(record: number, block: number, remaining: number): void {
    if (this.#traces) {
      return;
    }
    this.#clock.remaining = remaining - instructionsBefore(record, block);
    const { words } = this.#ram;
    this.#hart.raise(ExceptionCause.IllegalInstruction, words[record + Record.C]);
  }

  /**
   * A load or store of a floating-point register that the translation cache did not serve, or of
   * one that does not count as written yet. False: leave the block.
   */
  #accessFloatSlowly(record: number, address: number, block: number, remaining: number): boolean {
    if (this.#traces) {
      return false;
    }
    const { words } = this.#ram;
    const hart = this.#hart;
    const memory = this.#memory;
    this.#clock.remaining = remaining - instructionsBefore(record, block);
    if (!this.#float.isOn) {
      // The record has an offset where others have the instruction, so it is fetched once more.
      const pc = addressOf(words, record, block);
      const low = memory.fetchHalf(pc);
      const high = isLong(low) ? memory.fetchHalf((pc + HALF_BYTES) | 0) : 0;
      hart.raise(ExceptionCause.IllegalInstruction, low | (high << HALF_BITS));
      return false;
    }
    const register = words[record + Record.A];
    switch (words[record]) {
      case Operation.StoreFloatHalf:
        memory.store(address, 2, hart.words[register]);
        return this.#mayGoOn();
      case Operation.StoreFloatSingle:
        memory.store(address, 4, hart.words[register]);
        return this.#mayGoOn();
      case Operation.StoreFloatDouble:
        memory.storeDouble(address, hart.words[register], hart.words[register + 1]);
        return this.#mayGoOn();
    }
    let low = 0;
    let high = NAN_BOX;
    switch (words[record]) {
      case Operation.LoadFloatHalf:
        low = memory.load(address, 2) | HALF_NAN_BOX;
        break;
      case Operation.LoadFloatSingle:
        low = memory.load(address, 4);
        break;
      default:
        low = memory.loadDouble(address);
        high = memory.loadedHigh;
    }
    if ((hart.attention & Attention.Exception) === 0) {
      hart.words[register] = low;
      hart.words[register + 1] = high;
      this.#float.markDirty();
    }
    return this.#mayGoOn();
  }

  /** CSR instructions, atomics and `sfence.vma`. False: leave the block. */
  #performInside(record: number, block: number, remaining: number): boolean {
    if (this.#traces) {
      return false;
    }
    const { words } = this.#ram;
    this.#clock.remaining = remaining - instructionsBefore(record, block);
    const instruction = words[record + Record.C];
    const rd = words[record + Record.A];
    switch (words[record]) {
      case Operation.Csr:
        this.#system.csr(instruction, rd);
        break;
      case Operation.FenceTranslations:
        this.#system.fenceTranslations(instruction);
        break;
      default:
        this.#system.atomic(instruction, rd);
    }
    return this.#mayGoOn() || this.#nothingIsDue();
  }

  /** Whether an interrupt might have become due, but has not, and that was all. */
  #nothingIsDue(): boolean {
    const hart = this.#hart;
    if (
      hart.attention !== Attention.Interrupts ||
      this.#clock.shortened ||
      this.#traps.pendingInterrupt() >= 0
    ) {
      return false;
    }
    hart.attention = Attention.None;
    return true;
  }

  /**
   * Leaves a block at the instruction at the hart's pc: performs it if it is one that ends a block,
   * then takes its exception or lets it retire. `next` is the address of the following one.
   */
  #leave(operation: number, instruction: number, next: number): void {
    const hart = this.#hart;
    const pc = hart.pc;
    switch (operation) {
      case Operation.Stop:
        this.atBreakpoint = true;
        hart.attention |= Attention.Stop;
        return;
      case Operation.EnvironmentCall:
        this.#system.environmentCall();
        break;
      case Operation.Breakpoint:
        this.#system.breakpoint();
        break;
      case Operation.MachineReturn:
        this.#system.machineReturn(instruction);
        break;
      case Operation.SupervisorReturn:
        this.#system.supervisorReturn(instruction);
        break;
      case Operation.WaitForInterrupt:
        this.#system.waitForInterrupt(instruction);
        hart.pc = next;
        break;
      case Operation.Illegal:
        hart.raise(ExceptionCause.IllegalInstruction, instruction);
        break;
      default:
        hart.pc = next;
    }
    if ((hart.attention & Attention.Exception) !== 0) {
      hart.pc = pc;
      this.#takeException();
    } else {
      this.#clock.remaining -= INSTRUCTION_CYCLES;
    }
  }

  #takeException(): void {
    this.#traps.takeException();
    this.#clock.remaining -= TRAP_CYCLES;
  }
}

/** The least privileged mode that may touch the CSR of an instruction: bits 9 and 8 of its number. */
function lowestPrivilege(instruction: number): number {
  return (instruction >>> 28) & 3;
}

/** Where the second source register of a floating-point instruction is, among words and doubles. */
function secondSingle(instruction: number): number {
  return HartWord.F + 2 * rs2Of(instruction);
}

function secondDouble(instruction: number): number {
  return HartWord.F / 2 + rs2Of(instruction);
}

/** Whether a block may be part of a trace. */
function isTraceable(words: Int32Array, block: number): boolean {
  return (
    words[block + BlockWord.Offset] !== NOT_IN_RAM && words[block + BlockWord.TailOffset] === 0
  );
}

/** Instructions of a block that precede a record. */
function instructionsBefore(record: number, block: number): number {
  return (record - block - BlockWord.Records) >> 2;
}

/** The address of a record's instruction. */
function addressOf(words: Int32Array, record: number, block: number): number {
  const distance = distanceTo(words, block, instructionsBefore(record, block));
  return (words[block + BlockWord.Address] + distance) | 0;
}
