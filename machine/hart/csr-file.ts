/**
 * The CSRs that this hart has, what each reads as and which bits of it can be written (WARL), as
 * the RISC-V Privileged Architecture 20211203 says and, where that leaves a choice, as QEMU 7.2's
 * `rv32` does. A register that is not in the table does not exist: touching it is illegal.
 */
import { CSR_ADDRESSES, type CsrName } from './csr-addresses.ts';
import { Attention, type HartState } from './hart-state.ts';
import { InterruptBit, type TimeSource } from './interrupts.ts';
import { Mstatus } from './mstatus.ts';
import { Privilege } from './privilege.ts';
import { HartWord } from './state-layout.ts';
import {
  CounterBit,
  CYCLE_COUNTER,
  RETIRED_COUNTER,
  type Counter,
  type Counters,
} from './counters.ts';
import type { Pmp } from './pmp.ts';

/** RV32 with A, I, M, S and U; fixed. */
const MISA = 0x4014_1101;

const MSTATUS_WRITABLE =
  Mstatus.SIE |
  Mstatus.MIE |
  Mstatus.SPIE |
  Mstatus.MPIE |
  Mstatus.SPP |
  Mstatus.MPP |
  Mstatus.MPRV |
  Mstatus.SUM |
  Mstatus.MXR |
  Mstatus.TVM |
  Mstatus.TW |
  Mstatus.TSR;
const SSTATUS_MASK = Mstatus.SIE | Mstatus.SPIE | Mstatus.SPP | Mstatus.SUM | Mstatus.MXR;

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
const COUNTER_ENABLE_WRITABLE = -1;
/** Interrupts code or exceptions code; WLRL, so all that any cause needs. */
const CAUSE_WRITABLE = -1;
/** Instructions are four bytes long: the low two bits of an epc are zero. */
const EPC_WRITABLE = -4;
const FIOM = 1;
const SATP_MODE = 0x8000_0000 | 0;

/** Modes of `mtvec` and `stvec` from 2 on are reserved: writing one changes nothing. */
const RESERVED_VECTOR_MODE = 2;

const HPM_FIRST = 3;
const HPM_LAST = 31;
const PMP_CONFIG_REGISTERS = 4;
const PMP_ADDRESS_REGISTERS = 16;
const CSR_COUNT = 4096;

/** What an access that CSR instructions make came to. */
export const enum CsrOutcome {
  Done = 0,
  Illegal = 1,
}

interface Csr {
  readonly name: CsrName;
  read(): number;
  /** Absent for a register that is read-only by its number, whose writes never get here. */
  write?(value: number): void;
  /** The value that set and clear instructions start from, where it is not what is read. */
  readForModify?(): number;
  /** Whether the current mode may touch it, beyond what its number says. */
  isAccessible?(): boolean;
}

export class CsrFile {
  readonly #hart: HartState;
  readonly #pmp: Pmp;
  readonly #counters: Counters;
  readonly #table: (Csr | undefined)[];
  #time: TimeSource = { timeLow: () => 0, timeHigh: () => 0 };
  /** `satp` writes so far, for statistics. */
  addressSpaceSwitches = 0;

  constructor(hart: HartState, pmp: Pmp, counters: Counters) {
    this.#hart = hart;
    this.#pmp = pmp;
    this.#counters = counters;
    this.#table = new Array<Csr | undefined>(CSR_COUNT).fill(undefined);
    this.#defineTrapRegisters();
    this.#defineStatus();
    this.#defineInterruptRegisters();
    this.#defineCounters();
    this.#defineProtection();
    this.#defineIdentity();
  }

  /** Where `time` comes from: the board's CLINT. */
  connectTime(source: TimeSource): void {
    this.#time = source;
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
    const start = csr.readForModify === undefined ? this.value : csr.readForModify();
    csr.write((start & ~clear) | set);
    return CsrOutcome.Done;
  }

  #define(name: CsrName, csr: Omit<Csr, 'name'>): void {
    this.#table[CSR_ADDRESSES[name]] = { name, ...csr };
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
    const all = -1;
    this.#defineCell('mscratch', HartWord.Mscratch, all);
    this.#defineCell('sscratch', HartWord.Sscratch, all);
    this.#defineCell('mepc', HartWord.Mepc, EPC_WRITABLE);
    this.#defineCell('sepc', HartWord.Sepc, EPC_WRITABLE);
    this.#defineCell('mcause', HartWord.Mcause, CAUSE_WRITABLE);
    this.#defineCell('scause', HartWord.Scause, CAUSE_WRITABLE);
    this.#defineCell('mtval', HartWord.Mtval, all);
    this.#defineCell('stval', HartWord.Stval, all);
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
      hart.attention |= Attention.Regime | Attention.Interrupts;
    };
    this.#define('mstatus', {
      read: () => words[HartWord.Mstatus],
      write: (value) => {
        write(value, MSTATUS_WRITABLE);
      },
    });
    this.#define('sstatus', {
      read: () => words[HartWord.Mstatus] & SSTATUS_MASK,
      write: (value) => {
        write(value, SSTATUS_MASK);
      },
    });
    this.#defineConstant('mstatush', 0);
    this.#defineCell('menvcfg', HartWord.Menvcfg, FIOM);
    this.#defineConstant('menvcfgh', 0);
    this.#defineCell('senvcfg', HartWord.Senvcfg, FIOM);
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
        setCell(HartWord.InterruptSoftware, value, SUPERVISOR_INTERRUPTS);
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

  /** Whether the current mode may read the counter with this bit: 3.1.11 and 4.1.5. */
  #isCounterEnabled(bit: number): boolean {
    const { words, privilege } = this.#hart;
    if (privilege === Privilege.Machine) {
      return true;
    }
    const machine = (words[HartWord.Mcounteren] & bit) !== 0;
    const supervisor = (words[HartWord.Scounteren] & bit) !== 0;
    return machine && (privilege === Privilege.Supervisor || supervisor);
  }

  #defineCounters(): void {
    const counters = this.#counters;
    const two = [
      ['cycle', 'mcycle', CYCLE_COUNTER],
      ['instret', 'minstret', RETIRED_COUNTER],
    ] as const;
    for (const [userName, machineName, counter] of two) {
      this.#defineCounter(userName, machineName, counter);
    }
    const timeEnabled = () => this.#isCounterEnabled(CounterBit.TM);
    this.#define('time', { isAccessible: timeEnabled, read: () => this.#time.timeLow() | 0 });
    this.#define('timeh', { isAccessible: timeEnabled, read: () => this.#time.timeHigh() | 0 });
    this.#define('mcountinhibit', {
      read: () => this.#hart.words[HartWord.Mcountinhibit],
      write: (value) => {
        counters.writeInhibit(value);
      },
    });
    this.#defineCell('mcounteren', HartWord.Mcounteren, COUNTER_ENABLE_WRITABLE);
    this.#defineCell('scounteren', HartWord.Scounteren, COUNTER_ENABLE_WRITABLE);
    // The event counters exist and count nothing.
    for (let i = HPM_FIRST; i <= HPM_LAST; i++) {
      const isAccessible = () => this.#isCounterEnabled(1 << i);
      for (const name of [`hpmcounter${i}`, `hpmcounter${i}h`]) {
        this.#define(checkedName(name), { isAccessible, read: () => 0 });
      }
      for (const name of [`mhpmcounter${i}`, `mhpmcounter${i}h`, `mhpmevent${i}`]) {
        this.#defineConstant(checkedName(name), 0);
      }
    }
  }

  #defineCounter(
    userName: 'cycle' | 'instret',
    machineName: 'mcycle' | 'minstret',
    counter: Counter,
  ): void {
    const counters = this.#counters;
    const readLow = () => counters.readLow(counter);
    const readHigh = () => counters.readHigh(counter);
    const isAccessible = () => this.#isCounterEnabled(counter.inhibit);
    this.#define(userName, { isAccessible, read: readLow });
    this.#define(`${userName}h`, { isAccessible, read: readHigh });
    this.#define(machineName, {
      read: readLow,
      write: (value) => {
        counters.writeLow(counter, value);
      },
    });
    this.#define(`${machineName}h`, {
      read: readHigh,
      write: (value) => {
        counters.writeHigh(counter, value);
      },
    });
  }

  #defineProtection(): void {
    const pmp = this.#pmp;
    for (let i = 0; i < PMP_CONFIG_REGISTERS; i++) {
      this.#define(checkedName(`pmpcfg${i}`), {
        read: () => pmp.readConfig(i),
        write: (value) => {
          pmp.writeConfig(i, value);
        },
      });
    }
    for (let i = 0; i < PMP_ADDRESS_REGISTERS; i++) {
      this.#define(checkedName(`pmpaddr${i}`), {
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
  }
}

/** Whether `satp` translates. */
export function isTranslating(satp: number): boolean {
  return (satp & SATP_MODE) !== 0;
}

function ignoreWrite(): void {
  // A WARL register with one legal value takes any write and keeps that value.
}

/** A name put together from a number, checked against the table of names. */
function checkedName(name: string): CsrName {
  if (!isCsrName(name)) {
    throw new RangeError(`no CSR is called ${name}`);
  }
  return name;
}

/** Whether a standard CSR has this name. */
export function isCsrName(name: string): name is CsrName {
  return Object.hasOwn(CSR_ADDRESSES, name);
}
