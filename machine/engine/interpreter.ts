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
import {
  multiplyHigh,
  multiplyHighSignedUnsigned,
  multiplyHighUnsigned,
} from '../hart/multiply.ts';
import { funct3Of, immediateB, immediateJ, rs1Of, rs2Of } from '../hart/instruction-fields.ts';
import { HartWord, TlbShape } from '../hart/state-layout.ts';
import type { SystemUnit } from '../hart/system-unit.ts';
import { ExceptionCause } from '../hart/trap-causes.ts';
import type { TrapUnit } from '../hart/trap-unit.ts';
import type { CycleClock } from '../timing/clock.ts';
import { INSTRUCTION_CYCLES, TRAP_CYCLES } from '../timing/functional.ts';
import { BlockMemory, BlockWord, NOT_IN_RAM, type BlockCache } from './block-cache.ts';
import { Operation } from './operations.ts';

/** What an access of each width leaves of an address: it must equal the tag of its page. */
const enum TagMask {
  Byte = -4096,
  /** The low bit stays: a misaligned access matches no tag. */
  Half = -4095,
  Word = -4093,
}

const enum Tlb {
  /** Shift and mask from an address to the word index of its entry in a set. */
  Shift = 11,
  Mask = 0x7fe,
}

const enum Record {
  A = 1,
  B = 2,
  C = 3,
  Words = 4,
}

const INSTRUCTION_BYTES = 4;
const NO_BLOCK = 0;
const NO_EDGE = 0;
/** From a link's word in the header to the word that holds the address it leads to. */
const LINK_TO_ADDRESS = BlockWord.TakenAddress - BlockWord.TakenLink;

export class Interpreter {
  readonly #hart: HartState;
  readonly #ram: Ram;
  readonly #clock: CycleClock;
  readonly #memory: MemoryUnit;
  readonly #traps: TrapUnit;
  readonly #system: SystemUnit;
  readonly #blocks: BlockCache;
  /** Whether the block that `#enter` returned may be linked to. */
  #linkable = false;
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
  }

  /**
   * Runs until the clock's slice ends, the hart waits for an interrupt, or someone asked for a
   * stop (`Attention.Stop`, which stays set). The state is complete afterwards.
   */
  run(): void {
    const hart = this.#hart;
    const clock = this.#clock;
    for (;;) {
      clock.shortened = false;
      if (clock.remaining <= 0 || (hart.attention & Attention.Stop) !== 0) {
        return;
      }
      if ((hart.attention & Attention.Interrupts) !== 0) {
        hart.attention &= ~Attention.Interrupts;
        const interrupt = this.#traps.pendingInterrupt();
        if (interrupt >= 0) {
          hart.words[HartWord.Waiting] = 0;
          this.#traps.takeInterrupt(interrupt);
          clock.remaining -= TRAP_CYCLES;
          continue;
        }
        if (hart.words[HartWord.Waiting] !== 0 && this.#traps.wakesUp()) {
          hart.words[HartWord.Waiting] = 0;
        }
      }
      if (hart.words[HartWord.Waiting] !== 0) {
        return;
      }
      if ((hart.attention & (Attention.Regime | Attention.Code)) !== 0) {
        hart.attention &= ~(Attention.Regime | Attention.Code);
        this.#memory.refresh();
      }
      this.#execute();
    }
  }

  /** Executes from the hart's pc until something other than plain execution is due. */
  #execute(): void {
    const hart = this.#hart;
    const clock = this.#clock;
    const x = hart.words;
    const { words, halves, bytes } = this.#ram;
    const context = this.#memory.fetchContext;
    const loadTlb = this.#memory.loadTlb;
    const storeTlb = loadTlb + TlbShape.StoreWords;
    const jumps = this.#blocks.jumps;
    let remaining = clock.remaining;
    let block = this.passesBreakpoint ? this.#enterPast(hart.pc) : this.#enter(hart.pc);
    if (block === NO_BLOCK) {
      this.#takeException();
      return;
    }
    let record = 0;
    let boundary = 0;
    let replaced = 0;

    chain: for (;;) {
      const length = words[block + BlockWord.Length];
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
            x[words[record + Record.A]] = x[words[record + Record.B]] >>> words[record + Record.C];
            break;
          case Operation.ShiftRightArithmeticImmediate:
            x[words[record + Record.A]] = x[words[record + Record.B]] >> words[record + Record.C];
            break;

          case Operation.Add:
            x[words[record + Record.A]] = x[words[record + Record.B]] + x[words[record + Record.C]];
            break;
          case Operation.Subtract:
            x[words[record + Record.A]] = x[words[record + Record.B]] - x[words[record + Record.C]];
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
            x[words[record + Record.A]] = x[words[record + Record.B]] ^ x[words[record + Record.C]];
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
            x[words[record + Record.A]] = x[words[record + Record.B]] | x[words[record + Record.C]];
            break;
          case Operation.And:
            x[words[record + Record.A]] = x[words[record + Record.B]] & x[words[record + Record.C]];
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
            x[words[record + Record.A]] =
              divisor === 0 ? -1 : (x[words[record + Record.B]] / divisor) | 0;
            break;
          }
          case Operation.DivideUnsigned: {
            const divisor = x[words[record + Record.C]] >>> 0;
            x[words[record + Record.A]] =
              divisor === 0 ? -1 : ((x[words[record + Record.B]] >>> 0) / divisor) | 0;
            break;
          }
          case Operation.Remainder: {
            const divisor = x[words[record + Record.C]];
            const dividend = x[words[record + Record.B]];
            x[words[record + Record.A]] = divisor === 0 ? dividend : (dividend % divisor) | 0;
            break;
          }
          case Operation.RemainderUnsigned: {
            const divisor = x[words[record + Record.C]] >>> 0;
            const dividend = x[words[record + Record.B]] >>> 0;
            x[words[record + Record.A]] = divisor === 0 ? dividend : (dividend % divisor) | 0;
            break;
          }

          case Operation.LoadByte: {
            const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
            const entry = loadTlb + ((address >>> Tlb.Shift) & Tlb.Mask);
            if (words[entry] === (address & TagMask.Byte)) {
              x[words[record + Record.A]] = (bytes[(address + words[entry + 1]) >>> 0] << 24) >> 24;
            } else if (!this.#loadSlowly(record, address, block, remaining)) {
              break chain;
            }
            break;
          }
          case Operation.LoadByteUnsigned: {
            const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
            const entry = loadTlb + ((address >>> Tlb.Shift) & Tlb.Mask);
            if (words[entry] === (address & TagMask.Byte)) {
              x[words[record + Record.A]] = bytes[(address + words[entry + 1]) >>> 0];
            } else if (!this.#loadSlowly(record, address, block, remaining)) {
              break chain;
            }
            break;
          }
          case Operation.LoadHalf: {
            const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
            const entry = loadTlb + ((address >>> Tlb.Shift) & Tlb.Mask);
            if (words[entry] === (address & TagMask.Half)) {
              x[words[record + Record.A]] =
                (halves[(address + words[entry + 1]) >>> 1] << 16) >> 16;
            } else if (!this.#loadSlowly(record, address, block, remaining)) {
              break chain;
            }
            break;
          }
          case Operation.LoadHalfUnsigned: {
            const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
            const entry = loadTlb + ((address >>> Tlb.Shift) & Tlb.Mask);
            if (words[entry] === (address & TagMask.Half)) {
              x[words[record + Record.A]] = halves[(address + words[entry + 1]) >>> 1];
            } else if (!this.#loadSlowly(record, address, block, remaining)) {
              break chain;
            }
            break;
          }
          case Operation.LoadWord: {
            const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
            const entry = loadTlb + ((address >>> Tlb.Shift) & Tlb.Mask);
            if (words[entry] === (address & TagMask.Word)) {
              x[words[record + Record.A]] = words[(address + words[entry + 1]) >>> 2];
            } else if (!this.#loadSlowly(record, address, block, remaining)) {
              break chain;
            }
            break;
          }

          case Operation.StoreByte: {
            const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
            const entry = storeTlb + ((address >>> Tlb.Shift) & Tlb.Mask);
            if (words[entry] === (address & TagMask.Byte)) {
              bytes[(address + words[entry + 1]) >>> 0] = x[words[record + Record.A]];
            } else if (!this.#storeSlowly(record, address, block, remaining)) {
              break chain;
            }
            break;
          }
          case Operation.StoreHalf: {
            const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
            const entry = storeTlb + ((address >>> Tlb.Shift) & Tlb.Mask);
            if (words[entry] === (address & TagMask.Half)) {
              halves[(address + words[entry + 1]) >>> 1] = x[words[record + Record.A]];
            } else if (!this.#storeSlowly(record, address, block, remaining)) {
              break chain;
            }
            break;
          }
          case Operation.StoreWord: {
            const address = (x[words[record + Record.B]] + words[record + Record.C]) | 0;
            const entry = storeTlb + ((address >>> Tlb.Shift) & Tlb.Mask);
            if (words[entry] === (address & TagMask.Word)) {
              words[(address + words[entry + 1]) >>> 2] = x[words[record + Record.A]];
            } else if (!this.#storeSlowly(record, address, block, remaining)) {
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
            if ((target & 2) !== 0) {
              clock.remaining = remaining - instructionsBefore(record, block);
              hart.raise(ExceptionCause.InstructionAddressMisaligned, target);
              break chain;
            }
            x[words[record + Record.A]] = words[block + BlockWord.FallAddress];
            break body;
          case Operation.End:
            edge = block + BlockWord.FallLink;
            break body;

          case Operation.Fence:
            break;
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
      let next: number;
      if (edge !== NO_EDGE) {
        next = words[edge];
        if (words[next + BlockWord.Context] === context) {
          block = next;
          continue;
        }
        target = words[edge + LINK_TO_ADDRESS];
      } else {
        next = words[jumps + ((target >>> 2) & (BlockMemory.JumpEntries - 1))];
        if (
          words[next + BlockWord.Context] === context &&
          words[next + BlockWord.Address] === target
        ) {
          block = next;
          continue;
        }
      }

      clock.remaining = remaining;
      hart.pc = target;
      if (remaining === 0) {
        return;
      }
      const { generation } = this.#blocks;
      // A detached block is used once; what is entered next may be decoded in its place.
      const edgeLasts = edge !== NO_EDGE && words[block + BlockWord.Offset] !== NOT_IN_RAM;
      next = this.#enter(target);
      if (next === NO_BLOCK) {
        this.#takeException();
        return;
      }
      if (edgeLasts && this.#linkable && this.#blocks.generation === generation) {
        words[edge] = next;
      }
      block = next;
    }

    // In the middle of a block: its instruction trapped, or something else is due after it.
    if (boundary !== 0) {
      words[boundary] = replaced;
    }
    hart.pc = addressOf(words, record, block);
    this.#leave(words[record], words[record + Record.C]);
  }

  /** The block at a virtual address, or `NO_BLOCK` after raising an exception. */
  #enter(address: number): number {
    const { words } = this.#ram;
    const memory = this.#memory;
    const jump = this.#blocks.jumps + ((address >>> 2) & (BlockMemory.JumpEntries - 1));
    const known = words[jump];
    this.#linkable = true;
    if (
      words[known + BlockWord.Context] === memory.fetchContext &&
      words[known + BlockWord.Address] === address
    ) {
      return known;
    }
    const offset = memory.translateFetch(address);
    if (offset < 0) {
      return this.#enterDevice(address);
    }
    const block = this.#blocks.find(address, offset, !memory.fetchedPageIsUniform);
    words[block + BlockWord.Context] = memory.fetchContext;
    words[jump] = block;
    return block;
  }

  /** As `#enter`, with a block of one instruction in which no breakpoint shows. */
  #enterPast(address: number): number {
    this.#linkable = false;
    const offset = this.#memory.translateFetch(address);
    if (offset < 0) {
      return this.#enterDevice(address);
    }
    return this.#blocks.decodeDetached(address, this.#ram.words[offset >>> 2]);
  }

  /** Instructions outside RAM (a reset ROM) are read anew each time. */
  #enterDevice(address: number): number {
    if ((this.#hart.attention & Attention.Exception) !== 0) {
      return NO_BLOCK;
    }
    this.#linkable = false;
    const instruction = this.#memory.fetchFromDevice(address);
    if (instruction === undefined) {
      this.#hart.raise(ExceptionCause.InstructionAccessFault, address);
      return NO_BLOCK;
    }
    return this.#blocks.decodeDetached(address, instruction | 0);
  }

  /** Whether execution may simply go on after a slow instruction. */
  #mayGoOn(): boolean {
    return this.#hart.attention === Attention.None && !this.#clock.shortened;
  }

  /** A load that the translation cache did not serve. False: leave the block. */
  #loadSlowly(record: number, address: number, block: number, remaining: number): boolean {
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

  /** CSR instructions, atomics and `sfence.vma`. False: leave the block. */
  #performInside(record: number, block: number, remaining: number): boolean {
    const { words } = this.#ram;
    this.#clock.remaining = remaining - instructionsBefore(record, block);
    const instruction = words[record + Record.C];
    const rd = words[record + Record.A];
    switch (words[record]) {
      case Operation.Csr:
        this.#system.csr(instruction, rd);
        break;
      case Operation.Atomic:
        this.#system.atomic(instruction, rd);
        break;
      default:
        this.#system.fenceTranslations(instruction);
    }
    return this.#mayGoOn();
  }

  /**
   * Leaves a block at the instruction at the hart's pc: performs it if it is one that ends a block,
   * then takes its exception or lets it retire.
   */
  #leave(operation: number, instruction: number): void {
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
        hart.pc = (pc + INSTRUCTION_BYTES) | 0;
        break;
      case Operation.MisalignedJump:
        this.#jumpMisaligned(instruction);
        break;
      case Operation.Illegal:
        hart.raise(ExceptionCause.IllegalInstruction, instruction);
        break;
      default:
        hart.pc = (pc + INSTRUCTION_BYTES) | 0;
    }
    if ((hart.attention & Attention.Exception) !== 0) {
      hart.pc = pc;
      this.#takeException();
    } else {
      this.#clock.remaining -= INSTRUCTION_CYCLES;
    }
  }

  /** A jump or branch that would lead to an address that is not a multiple of four. */
  #jumpMisaligned(instruction: number): void {
    const hart = this.#hart;
    const x = hart.words;
    if (!isBranch(instruction)) {
      hart.raise(ExceptionCause.InstructionAddressMisaligned, hart.pc + immediateJ(instruction));
      return;
    }
    if (branchTakes(funct3Of(instruction), x[rs1Of(instruction)], x[rs2Of(instruction)])) {
      hart.raise(ExceptionCause.InstructionAddressMisaligned, hart.pc + immediateB(instruction));
      return;
    }
    hart.pc = (hart.pc + INSTRUCTION_BYTES) | 0;
  }

  #takeException(): void {
    this.#traps.takeException();
    this.#clock.remaining -= TRAP_CYCLES;
  }
}

/** Instructions of a block that precede a record. */
function instructionsBefore(record: number, block: number): number {
  return (record - block - BlockWord.Records) >> 2;
}

/** The address of a record's instruction. */
function addressOf(words: Int32Array, record: number, block: number): number {
  const offset = instructionsBefore(record, block) * INSTRUCTION_BYTES;
  return (words[block + BlockWord.Address] + offset) | 0;
}

const OPCODE_MASK = 0x7f;
const OPCODE_BRANCH = 0x63;

function isBranch(instruction: number): boolean {
  return (instruction & OPCODE_MASK) === OPCODE_BRANCH;
}

/** Whether a branch with this funct3 jumps. */
function branchTakes(funct3: number, a: number, b: number): boolean {
  const inverted = (funct3 & 1) !== 0;
  const [isUnsigned, isOrder] = [(funct3 & 2) !== 0, (funct3 & 4) !== 0];
  const order = isUnsigned ? a >>> 0 < b >>> 0 : a < b;
  return (isOrder ? order : a === b) !== inverted;
}
