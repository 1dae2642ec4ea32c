/**
 * The instructions that are more than arithmetic and plain memory accesses: CSRs, atomics, fences
 * of translations, calls, returns and `wfi`. The engine calls these with its state written back.
 */
import type { CsrFile } from './csr-file.ts';
import { CsrOutcome } from './csr-file.ts';
import { Attention, type HartState } from './hart-state.ts';
import { csrOf, funct3Of, funct7Of, rs1Of, rs2Of } from './instruction-fields.ts';
import type { MemoryUnit } from './memory-unit.ts';
import { Mstatus } from './mstatus.ts';
import { Access, Privilege } from './privilege.ts';
import { HartWord } from './state-layout.ts';
import { ExceptionCause } from './trap-causes.ts';
import type { TrapUnit } from './trap-unit.ts';

/** funct3 of the CSR instructions. With `Immediate`, the number of rs1 is the operand. */
const enum CsrFunction {
  ReadWrite = 1,
  ReadSet = 2,
  ReadClear = 3,
  Immediate = 4,
}

/** funct5 of the A extension. */
const enum AtomicFunction {
  Add = 0x00,
  Swap = 0x01,
  LoadReserved = 0x02,
  StoreConditional = 0x03,
  Xor = 0x04,
  Or = 0x08,
  And = 0x0c,
  Minimum = 0x10,
  Maximum = 0x14,
  MinimumUnsigned = 0x18,
  MaximumUnsigned = 0x1c,
}

const WORD_ALIGNMENT = 3;
export const SC_SUCCESS = 0;
export const SC_FAILURE = 1;

export class SystemUnit {
  readonly #hart: HartState;
  readonly #csrs: CsrFile;
  readonly #memory: MemoryUnit;
  readonly #traps: TrapUnit;

  constructor(hart: HartState, csrs: CsrFile, memory: MemoryUnit, traps: TrapUnit) {
    this.#hart = hart;
    this.#csrs = csrs;
    this.#memory = memory;
    this.#traps = traps;
  }

  #illegal(instruction: number): void {
    this.#hart.raise(ExceptionCause.IllegalInstruction, instruction);
  }

  /** A Zicsr instruction; `rd` is a word index, the sink for x0. */
  csr(instruction: number, rd: number): void {
    const { words } = this.#hart;
    const funct3 = funct3Of(instruction);
    const rs1 = rs1Of(instruction);
    const operand = (funct3 & CsrFunction.Immediate) !== 0 ? rs1 : words[rs1];
    const operation = funct3 & ~CsrFunction.Immediate;
    // With x0 or an immediate of zero, set and clear do not write at all.
    const writes = operation === (CsrFunction.ReadWrite as number) || rs1 !== 0;
    const clears = operation === (CsrFunction.ReadWrite as number) ? -1 : operand;
    const clear = operation === (CsrFunction.ReadSet as number) ? 0 : clears;
    const set = operation === (CsrFunction.ReadClear as number) ? 0 : operand;
    if (this.#csrs.access(csrOf(instruction), writes, clear, set) === CsrOutcome.Illegal) {
      this.#illegal(instruction);
    } else {
      words[rd] = this.#csrs.value;
    }
  }

  /** An instruction of the A extension. */
  atomic(instruction: number, rd: number): void {
    const { words } = this.#hart;
    const address = words[rs1Of(instruction)];
    const operand = words[rs2Of(instruction)];
    const operation = funct7Of(instruction) >>> 2;
    const isLoad = operation === (AtomicFunction.LoadReserved as number);
    if ((address & WORD_ALIGNMENT) !== 0) {
      const cause = isLoad
        ? ExceptionCause.LoadAddressMisaligned
        : ExceptionCause.StoreAddressMisaligned;
      this.#hart.raise(cause, address);
      return;
    }
    if (operation === (AtomicFunction.StoreConditional as number)) {
      this.#storeConditional(address, operand, rd);
      return;
    }
    const offset = this.#memory.translateAtomic(address, isLoad ? Access.Load : Access.Store);
    if (offset < 0) {
      return;
    }
    const old = this.#memory.loadAtomic(offset);
    if (isLoad) {
      words[HartWord.ReservationValid] = 1;
      words[HartWord.ReservationOffset] = offset;
      words[HartWord.ReservationValue] = old;
    } else {
      this.#memory.storeAtomic(offset, combine(operation, old, operand));
    }
    words[rd] = old;
  }

  /**
   * Succeeds if the reservation stands and the word still holds what LR loaded; without a
   * reservation, memory is not touched. Like QEMU, which the specification allows.
   */
  #storeConditional(address: number, operand: number, rd: number): void {
    const { words } = this.#hart;
    if (words[HartWord.ReservationValid] === 0) {
      words[rd] = SC_FAILURE;
      return;
    }
    const offset = this.#memory.translateAtomic(address, Access.Store);
    if (offset < 0) {
      return;
    }
    words[HartWord.ReservationValid] = 0;
    const stands =
      words[HartWord.ReservationOffset] === offset &&
      words[HartWord.ReservationValue] === this.#memory.loadAtomic(offset);
    if (stands) {
      this.#memory.storeAtomic(offset, operand);
    }
    words[rd] = stands ? SC_SUCCESS : SC_FAILURE;
  }

  /** `sfence.vma`: no translation is ever stale here, but S-mode may be kept from it. */
  fenceTranslations(instruction: number): void {
    const { privilege, words } = this.#hart;
    const trapped = (words[HartWord.Mstatus] & Mstatus.TVM) !== 0;
    if (privilege === Privilege.User || (privilege === Privilege.Supervisor && trapped)) {
      this.#illegal(instruction);
    }
  }

  environmentCall(): void {
    // The causes follow the modes' numbers: 8 from U, 9 from S, 11 from M.
    this.#hart.raise(ExceptionCause.EnvironmentCallFromUser + this.#hart.privilege, 0);
  }

  /** `ebreak`: the specification lets `xtval` be the address or zero; it is zero, as on QEMU. */
  breakpoint(): void {
    this.#hart.raise(ExceptionCause.Breakpoint, 0);
  }

  machineReturn(instruction: number): void {
    if (this.#hart.privilege !== Privilege.Machine) {
      this.#illegal(instruction);
      return;
    }
    this.#traps.returnFromMachine();
  }

  supervisorReturn(instruction: number): void {
    const { privilege, words } = this.#hart;
    const trapped = (words[HartWord.Mstatus] & Mstatus.TSR) !== 0;
    if (privilege === Privilege.User || (privilege === Privilege.Supervisor && trapped)) {
      this.#illegal(instruction);
      return;
    }
    this.#traps.returnFromSupervisor();
  }

  /** `wfi`: forbidden in U-mode, and in S-mode when `mstatus.TW` says so, both at once as in QEMU. */
  waitForInterrupt(instruction: number): void {
    const { privilege, words } = this.#hart;
    const trapped = (words[HartWord.Mstatus] & Mstatus.TW) !== 0;
    if (privilege === Privilege.User || (privilege === Privilege.Supervisor && trapped)) {
      this.#illegal(instruction);
      return;
    }
    if (!this.#traps.wakesUp()) {
      words[HartWord.Waiting] = 1;
    }
    this.#hart.attention |= Attention.Interrupts;
  }
}

/** What an AMO stores. */
function combine(operation: number, old: number, operand: number): number {
  switch (operation) {
    case AtomicFunction.Swap:
      return operand;
    case AtomicFunction.Add:
      return old + operand;
    case AtomicFunction.Xor:
      return old ^ operand;
    case AtomicFunction.And:
      return old & operand;
    case AtomicFunction.Or:
      return old | operand;
    case AtomicFunction.Minimum:
      return Math.min(old, operand);
    case AtomicFunction.Maximum:
      return Math.max(old, operand);
    case AtomicFunction.MinimumUnsigned:
      return Math.min(old >>> 0, operand >>> 0);
    case AtomicFunction.MaximumUnsigned:
      return Math.max(old >>> 0, operand >>> 0);
    default:
      return old;
  }
}
