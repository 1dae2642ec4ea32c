/**
 * The CSRs that this hart has, what each reads as and which bits of it can be written (WARL), as
 * the RISC-V Privileged Architecture 20211203 says and, where that leaves a choice, as QEMU 7.2's
 * `rv32` does. A register that is not in the table does not exist: touching it is illegal.
 */
import { checkedCsrName, CSR_ADDRESSES, type CsrName } from './csr-addresses.ts';
import { CSR_CELLS } from './csr-cells.ts';
import { counterCsrs } from './csr-counters.ts';
import type { CsrDefinition } from './csr-definition.ts';
import { environmentCsrs } from './csr-environment.ts';
import { Attention, type HartState } from './hart-state.ts';
import { InterruptBit, type TimeSource } from './interrupts.ts';
import type { SupervisorTimer } from './supervisor-timer.ts';
import { floatingPointCsrs } from './csr-floating-point.ts';
import { Mstatus, withSummary } from './mstatus.ts';
import { Privilege } from './privilege.ts';
import { HartWord } from './state-layout.ts';
import type { Counters } from './counters.ts';
import type { Pmp } from './pmp.ts';

/** RV32 with A, C, D, F, I, M, S and U; fixed. */
const MISA = 0x4014_112d;

const MSTATUS_WRITABLE =
  Mstatus.SIE |
  Mstatus.MIE |
  Mstatus.SPIE |
  Mstatus.MPIE |
  Mstatus.SPP |
  Mstatus.MPP |
  Mstatus.FS |
  Mstatus.MPRV |
  Mstatus.SUM |
  Mstatus.MXR |
  Mstatus.TVM |
  Mstatus.TW |
  Mstatus.TSR;
const SSTATUS_MASK =
  Mstatus.SIE | Mstatus.SPIE | Mstatus.SPP | Mstatus.FS | Mstatus.SUM | Mstatus.MXR;

const SSIP = 1 << InterruptBit.SupervisorSoftware;
const STIP = 1 << InterruptBit.SupervisorTimer;
const SEIP = 1 << InterruptBit.SupervisorExternal;
const SUPERVISOR_INTERRUPTS = SSIP | STIP | SEIP;
const ALL_INTERRUPTS =
  SUPERVISOR_INTERRUPTS |
  (1 << InterruptBit.MachineSoftware) |
  (1 << InterruptBit.MachineTimer) |
  (1 << InterruptBit.MachineExternal);

/** Every exception but ecall from M, which cannot happen in a less privileged mode. */
const MEDELEG_WRITABLE = 0xb3ff;
const SATP_MODE = 0x8000_0000 | 0;

/** What of `mstatus` address translation depends on. */
const TRANSLATION_STATUS = Mstatus.MPP | Mstatus.MPRV | Mstatus.SUM | Mstatus.MXR;

/** Modes of `mtvec` and `stvec` from 2 on are reserved: writing one changes nothing. */
const RESERVED_VECTOR_MODE = 2;

/** `tinfo` of a hart without triggers. */
const NO_TRIGGER = 1;
const PMP_CONFIG_REGISTERS = 4;
const PMP_ADDRESS_REGISTERS = 16;
const CSR_COUNT = 4096;

/** What an access that CSR instructions make came to. */
export const enum CsrOutcome {
  Done = 0,
  Illegal = 1,
}

export class CsrFile {
  readonly #hart: HartState;
  readonly #pmp: Pmp;
  readonly #timer: SupervisorTimer;
  readonly #table: (CsrDefinition | undefined)[];
  /** `satp` writes so far, for statistics. */
  addressSpaceSwitches = 0;

  constructor(
    hart: HartState,
    pmp: Pmp,
    counters: Counters,
    timer: SupervisorTimer,
    time: TimeSource,
  ) {
    this.#hart = hart;
    this.#pmp = pmp;
    this.#timer = timer;
    this.#table = new Array<CsrDefinition | undefined>(CSR_COUNT).fill(undefined);
    this.#defineTrapRegisters();
    this.#defineStatus();
    this.#defineInterruptRegisters();
    this.#defineAll(counterCsrs(hart, counters, time));
    this.#defineAll(environmentCsrs(hart, timer));
    this.#defineAll(floatingPointCsrs(hart));
    this.#defineProtection();
    this.#defineIdentity();
  }

  /** A register's value without any check or side effect, or undefined if it does not exist. */
  peek(address: number): number | undefined {
    return this.#table[address]?.read();
  }

  /** Writes as M-mode software would; false if the register does not exist or is read-only. */
  poke(address: number, value: number): boolean {
    const csr = this.#table[address];
    if (csr?.write === undefined) {
      return false;
    }
    csr.write(value | 0);
    return true;
  }

  /** The names of the registers that exist, in the order of their numbers. */
  names(): readonly CsrName[] {
    return this.#table.flatMap((csr) => (csr === undefined ? [] : [csr.name]));
  }

  /** Value of the last successful `access`. */
  value = 0;

  /**
   * What a CSR instruction does, all at once: checks, reads into `value`, then writes
   * `(old & ~clear) | set` if `writes`.
   */
  access(address: number, writes: boolean, clear: number, set: number): CsrOutcome {
    const csr = this.#table[address];
    const lowestPrivilege = (address >>> 8) & 3;
    if (csr === undefined || this.#hart.privilege < lowestPrivilege) {
      return CsrOutcome.Illegal;
    }
    if (csr.isAccessible !== undefined && !csr.isAccessible()) {
      return CsrOutcome.Illegal;
    }
    if (!writes) {
      this.value = csr.read();
      return CsrOutcome.Done;
    }
    if (csr.write === undefined) {
      return CsrOutcome.Illegal;
    }
    this.value = csr.read();
    if ((clear | set) === 0) {
      return CsrOutcome.Done; // As on QEMU, setting or clearing no bit is no write.
    }
    const start = csr.readForModify === undefined ? this.value : csr.readForModify();
    csr.write((start & ~clear) | set);
    return CsrOutcome.Done;
  }

  #define(name: CsrName, csr: Omit<CsrDefinition, 'name'>): void {
    this.#table[CSR_ADDRESSES[name]] = { name, ...csr };
  }

  #defineAll(definitions: readonly CsrDefinition[]): void {
    for (const definition of definitions) {
      this.#table[CSR_ADDRESSES[definition.name]] = definition;
    }
  }

  /** A register that is one cell, of which `writable` bits can be written. */
  #defineCell(name: CsrName, word: HartWord, writable: number): void {
    const { words } = this.#hart;
    this.#define(name, {
      read: () => words[word],
      write: (value) => {
        words[word] = (words[word] & ~writable) | (value & writable);
      },
    });
  }

  #defineConstant(name: CsrName, value: number): void {
    const isReadOnly = CSR_ADDRESSES[name] >>> 10 === 3;
    const read = () => value;
    this.#define(name, isReadOnly ? { read } : { read, write: ignoreWrite });
  }

  #defineTrapRegisters(): void {
    const { words } = this.#hart;
    for (const { name, word, writable } of CSR_CELLS) {
      this.#defineCell(name, word, writable);
    }
    this.#defineCell('medeleg', HartWord.Medeleg, MEDELEG_WRITABLE);
    const vectors = [
      ['mtvec', HartWord.Mtvec],
      ['stvec', HartWord.Stvec],
    ] as const;
    for (const [name, word] of vectors) {
      this.#define(name, {
        read: () => words[word],
        write: (value) => {
          if ((value & RESERVED_VECTOR_MODE) === 0) {
            words[word] = value;
          }
        },
      });
    }
  }

  #defineStatus(): void {
    const hart = this.#hart;
    const { words } = hart;
    const write = (value: number, mask: number) => {
      const old = words[HartWord.Mstatus];
      let next = (old & ~mask) | (value & mask);
      // MPP cannot hold the mode that does not exist: it keeps what it had.
      if ((next & Mstatus.MPP) >>> Mstatus.MppShift === 2) {
        next = (next & ~Mstatus.MPP) | (old & Mstatus.MPP);
      }
      words[HartWord.Mstatus] = next;
      if (((old ^ next) & TRANSLATION_STATUS) !== 0) {
        hart.attention |= Attention.Regime;
      }
      if ((~old & next & (Mstatus.SIE | Mstatus.MIE)) !== 0) {
        hart.attention |= Attention.Interrupts;
      }
    };
    this.#define('mstatus', {
      read: () => withSummary(words[HartWord.Mstatus]),
      write: (value) => {
        write(value, MSTATUS_WRITABLE);
      },
    });
    this.#define('sstatus', {
      read: () => withSummary(words[HartWord.Mstatus] & SSTATUS_MASK),
      write: (value) => {
        write(value, SSTATUS_MASK);
      },
    });
    this.#defineConstant('mstatush', 0);
    this.#define('satp', {
      isAccessible: () =>
        hart.privilege !== Privilege.Supervisor || (words[HartWord.Mstatus] & Mstatus.TVM) === 0,
      read: () => words[HartWord.Satp],
      write: (value) => {
        words[HartWord.Satp] = value;
        this.addressSpaceSwitches++;
        hart.attention |= Attention.Regime;
      },
    });
  }

  #defineInterruptRegisters(): void {
    const hart = this.#hart;
    const { words } = hart;
    const pending = () => words[HartWord.InterruptPins] | words[HartWord.InterruptSoftware];
    const setCell = (word: HartWord, value: number, mask: number) => {
      words[word] = (words[word] & ~mask) | (value & mask);
      hart.attention |= Attention.Interrupts;
    };
    this.#define('mip', {
      read: pending,
      // SEIP is read as pin or software, but only software's bit takes part in a set or clear.
      readForModify: () => words[HartWord.InterruptSoftware],
      write: (value) => {
        const writable = this.#timer.isEnabled
          ? SUPERVISOR_INTERRUPTS & ~STIP
          : SUPERVISOR_INTERRUPTS;
        setCell(HartWord.InterruptSoftware, value, writable);
      },
    });
    this.#define('mie', {
      read: () => words[HartWord.Mie],
      write: (value) => {
        setCell(HartWord.Mie, value, ALL_INTERRUPTS);
      },
    });
    this.#define('mideleg', {
      read: () => words[HartWord.Mideleg],
      write: (value) => {
        setCell(HartWord.Mideleg, value, SUPERVISOR_INTERRUPTS);
      },
    });
    this.#define('sip', {
      read: () => pending() & words[HartWord.Mideleg],
      readForModify: () => words[HartWord.InterruptSoftware] & words[HartWord.Mideleg],
      write: (value) => {
        setCell(HartWord.InterruptSoftware, value, SSIP & words[HartWord.Mideleg]);
      },
    });
    this.#define('sie', {
      read: () => words[HartWord.Mie] & words[HartWord.Mideleg],
      write: (value) => {
        setCell(HartWord.Mie, value, words[HartWord.Mideleg]);
      },
    });
  }

  #defineProtection(): void {
    const pmp = this.#pmp;
    for (let i = 0; i < PMP_CONFIG_REGISTERS; i++) {
      this.#define(checkedCsrName(`pmpcfg${i}`), {
        read: () => pmp.readConfig(i),
        write: (value) => {
          pmp.writeConfig(i, value);
        },
      });
    }
    for (let i = 0; i < PMP_ADDRESS_REGISTERS; i++) {
      this.#define(checkedCsrName(`pmpaddr${i}`), {
        read: () => pmp.readAddress(i),
        write: (value) => {
          pmp.writeAddress(i, value);
        },
      });
    }
  }

  #defineIdentity(): void {
    this.#defineConstant('misa', MISA);
    this.#defineConstant('mvendorid', 0);
    this.#defineConstant('marchid', 0);
    this.#defineConstant('mimpid', 0);
    this.#defineConstant('mhartid', this.#hart.index);
    this.#defineConstant('mconfigptr', 0);
    this.#defineConstant('tselect', 0);
    this.#defineConstant('tdata1', 0);
    this.#defineConstant('tdata2', 0);
    this.#defineConstant('tdata3', 0);
    this.#defineConstant('tinfo', NO_TRIGGER);
  }
}

/** Whether `satp` translates. */
export function isTranslating(satp: number): boolean {
  return (satp & SATP_MODE) !== 0;
}

function ignoreWrite(): void {
  // A WARL register with one legal value takes any write and keeps that value.
}
