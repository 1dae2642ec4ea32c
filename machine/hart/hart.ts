/**
 * One hart, put together from its parts, and what whoever looks at it from outside may do: read and
 * write registers without side effects.
 */
import type { DeviceBus } from '../bus/device-bus.ts';
import type { Ram } from '../bus/ram.ts';
import type { Timebase } from '../devices/device.ts';
import type { CycleClock } from '../timing/clock.ts';
import { CSR_ADDRESSES, type CsrName } from './csr-addresses.ts';
import { CsrFile } from './csr-file.ts';
import { Counters } from './counters.ts';
import { Attention, HartState } from './hart-state.ts';
import { InterruptBit, type HartInterrupts, type TimeSource } from './interrupts.ts';
import { MemoryUnit } from './memory-unit.ts';
import { PageTableWalker } from './page-table-walk.ts';
import { Pmp } from './pmp.ts';
import type { Access, Privilege } from './privilege.ts';
import { HartWord } from './state-layout.ts';
import { SupervisorTimer } from './supervisor-timer.ts';
import { SystemUnit } from './system-unit.ts';
import { TranslationCache } from './translation-cache.ts';
import { TrapUnit } from './trap-unit.ts';

const REGISTERS = 32;

/** The pins' cell in a hart's state. */
class InterruptPins implements HartInterrupts {
  readonly #state: HartState;

  constructor(state: HartState) {
    this.#state = state;
  }

  setPending(bit: number, level: boolean): void {
    const { words } = this.#state;
    const mask = 1 << bit;
    if (bit === InterruptBit.SupervisorSoftware) {
      if (level) {
        words[HartWord.InterruptSoftware] |= mask;
        this.#state.attention |= Attention.Interrupts;
      }
      return;
    }
    const next = level
      ? words[HartWord.InterruptPins] | mask
      : words[HartWord.InterruptPins] & ~mask;
    if (next !== words[HartWord.InterruptPins]) {
      words[HartWord.InterruptPins] = next;
      this.#state.attention |= Attention.Interrupts;
    }
  }
}

/** State and interrupt pins alone: what a board is built on, before there is a bus. */
export class HartCore {
  readonly state: HartState;
  readonly interrupts: HartInterrupts;

  constructor(buffer: ArrayBuffer, index: number) {
    this.state = new HartState(buffer, index);
    this.interrupts = new InterruptPins(this.state);
  }
}

export class Hart {
  readonly state: HartState;
  readonly csrs: CsrFile;
  readonly memory: MemoryUnit;
  readonly traps: TrapUnit;
  readonly system: SystemUnit;
  readonly counters: Counters;
  readonly #pmp: Pmp;
  readonly #cache: TranslationCache;

  constructor(
    core: HartCore,
    ram: Ram,
    bus: DeviceBus,
    clock: CycleClock,
    time: TimeSource,
    timebase: Timebase,
  ) {
    const { state, interrupts } = core;
    this.state = state;
    this.#cache = new TranslationCache(state, ram);
    this.#pmp = new Pmp(state, () => {
      this.#cache.dropAll();
    });
    this.counters = new Counters(state, clock);
    const timer = new SupervisorTimer(state, interrupts, time, timebase);
    this.csrs = new CsrFile(state, this.#pmp, this.counters, timer, time);
    const walker = new PageTableWalker(ram, this.#pmp);
    this.memory = new MemoryUnit(state, ram, bus, this.#pmp, walker, this.#cache);
    this.traps = new TrapUnit(state, this.counters);
    this.system = new SystemUnit(state, this.csrs, this.memory, this.traps);
  }

  reset(pc: number): void {
    this.state.reset(pc);
    this.#pmp.refresh();
    this.#cache.dropAll();
    this.traps.runaway = undefined;
  }

  /** Follows cells that have been replaced: drops what had been derived from others. */
  stateReplaced(): void {
    this.state.stateReplaced();
    this.#pmp.refresh();
    this.#cache.dropAll();
    this.traps.runaway = undefined;
  }

  get pc(): number {
    return this.state.pc >>> 0;
  }

  set pc(value: number) {
    this.state.pc = value & ~1;
  }

  get privilege(): Privilege {
    return this.state.privilege;
  }

  set privilege(value: Privilege) {
    this.state.privilege = value;
    this.state.attention |= Attention.Regime | Attention.Interrupts;
  }

  /** Whether the hart stands in `wfi` with nothing to wake it. */
  get isWaiting(): boolean {
    return this.state.words[HartWord.Waiting] !== 0 && !this.traps.wakesUp();
  }

  /** Cycles since reset, as far as this hart has come; within a quantum the harts differ. */
  get cycle(): number {
    return this.counters.cycle;
  }

  /** Instructions retired since reset. */
  get retired(): number {
    return this.counters.retired;
  }

  /** An integer register, unsigned. */
  readRegister(index: number): number {
    checkRegister(index);
    return this.state.words[HartWord.X + index] >>> 0;
  }

  /** Writing x0 changes nothing. */
  writeRegister(index: number, value: number): void {
    checkRegister(index);
    if (index !== 0) {
      this.state.words[HartWord.X + index] = value;
    }
  }

  /** The 64 bits of a floating-point register. */
  readFloatRegister(index: number): bigint {
    checkRegister(index);
    const low = HartWord.F + 2 * index;
    const [bits, high] = [this.state.words[low] >>> 0, this.state.words[low + 1] >>> 0];
    return (BigInt(high) << 32n) | BigInt(bits);
  }

  /** Writes the 64 bits of a floating-point register; `mstatus.FS` stays as it is. */
  writeFloatRegister(index: number, value: bigint): void {
    checkRegister(index);
    const low = HartWord.F + 2 * index;
    this.state.words[low] = Number(BigInt.asIntN(32, value));
    this.state.words[low + 1] = Number(BigInt.asIntN(32, value >> 32n));
  }

  /** A CSR by name, unsigned, whatever the current mode may see; undefined if there is none. */
  readCsr(name: CsrName): number | undefined {
    const value = this.csrs.peek(CSR_ADDRESSES[name]);
    return value === undefined ? undefined : value >>> 0;
  }

  /** Writes a CSR as M-mode would; false if it does not exist or is read-only. */
  writeCsr(name: CsrName, value: number): boolean {
    return this.csrs.poke(CSR_ADDRESSES[name], value);
  }

  /** Names of the CSRs that exist. */
  csrNames(): readonly CsrName[] {
    return this.csrs.names();
  }

  /** Where an access of the current mode would go, or undefined if it would trap. */
  translate(address: number, access: Access): number | undefined {
    return this.memory.peekTranslation(address | 0, access);
  }
}

function checkRegister(index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= REGISTERS) {
    throw new RangeError(`there is no register ${index}`);
  }
}
