/**
 * The CLINT: the timer that all harts share, a timer compare and a software interrupt per hart.
 * `mtime` ticks once every `CYCLES_PER_TICK` cycles. MTIP rises in the cycle in which `mtime`
 * reaches `mtimecmp`; as on QEMU it falls only when `mtimecmp` or `mtime` is written.
 *
 * Source: RISC-V privileged specification, "Machine Timer (mtime and mtimecmp) Registers";
 * SiFive FU540-C000 manual, "Core-Local Interruptor (CLINT)"; QEMU hw/intc/riscv_aclint.c.
 */

import type { Alarm, DeviceDeclaration, InterruptLine, Timebase } from './device.ts';
import { NEVER } from './device-state.ts';
import type { GuestErrorHook } from './guest-error.ts';
import { CYCLES_PER_TICK } from './guest-time.ts';
import { RegisterDevice } from './register-device.ts';
import type { TimeSource } from '../hart/interrupts.ts';

const MSIP = 0x0000;
const MTIMECMP_LOW = 0x4000;
const MTIMECMP_HIGH = 0x4004;
const MTIME_LOW = 0xbff8;
const MTIME_HIGH = 0xbffc;

const MSIP_STRIDE = 4;
const MTIMECMP_STRIDE = 8;

const REGISTER_WIDTH = 4;
const WORD = 2 ** 32;
const LOW_WORD = 0xffff_ffffn;
const HIGH_SHIFT = 32n;

/** The registers and state of a CLINT for `harts` harts. */
function declare(harts: number) {
  const perHart = (stride: number) => [{ name: 'hart', count: harts, stride }];
  return {
    name: 'clint',
    source: 'SiFive FU540-C000 manual, chapter CLINT; QEMU hw/intc/riscv_aclint.c',
    compatible: ['sifive,clint0', 'riscv,clint0'],
    size: 0xc000,
    accessWidths: [4, 8],
    registers: [
      {
        name: 'msip',
        offset: MSIP,
        width: 4,
        access: 'rw',
        doc: 'Machine software interrupt of a hart',
        fields: [{ name: 'MSIP', lsb: 0, width: 1, doc: 'mip.MSIP' }],
        dimensions: perHart(MSIP_STRIDE),
      },
      {
        name: 'mtimecmp',
        offset: MTIMECMP_LOW,
        width: 4,
        access: 'rw',
        doc: 'Timer compare of a hart, low half: mip.MTIP while mtime >= mtimecmp',
        dimensions: perHart(MTIMECMP_STRIDE),
      },
      {
        name: 'mtimecmph',
        offset: MTIMECMP_HIGH,
        width: 4,
        access: 'rw',
        doc: 'Timer compare of a hart, high half',
        dimensions: perHart(MTIMECMP_STRIDE),
      },
      {
        name: 'mtime',
        offset: MTIME_LOW,
        width: 4,
        access: 'rw',
        doc: 'The time in ticks of 100 cycles, low half',
      },
      { name: 'mtimeh', offset: MTIME_HIGH, width: 4, access: 'rw', doc: 'The time, high half' },
    ],
    state: [
      { name: 'msip', type: 'u8', length: harts, doc: 'msip of each hart' },
      { name: 'mtimecmp', type: 'u64', length: harts, doc: 'mtimecmp of each hart' },
      {
        name: 'timeOffsetLow',
        type: 'u32',
        doc: 'mtime less elapsed ticks, modulo 2^64: low half',
      },
      { name: 'timeOffsetHigh', type: 'u32', doc: 'High half of the same' },
    ],
  } as const satisfies DeviceDeclaration;
}

/** What a hart's CLINT interrupts are wired to. */
export interface ClintLines {
  readonly software: InterruptLine;
  readonly timer: InterruptLine;
}

export class Clint
  extends RegisterDevice<ReturnType<typeof declare>['state']>
  implements TimeSource
{
  private readonly lines: readonly ClintLines[];
  private readonly time: Timebase;
  private readonly alarms: readonly Alarm[];
  private readonly timeListeners: (() => void)[] = [];

  /** @param lines one element per hart, in order of hart id */
  constructor(lines: readonly ClintLines[], time: Timebase, report: GuestErrorHook) {
    super(declare(lines.length), report);
    this.lines = lines;
    this.time = time;
    this.alarms = lines.map(({ timer }, hart) =>
      time.alarm(`clint mtimecmp ${hart}`, () => timer.set(true)),
    );
  }

  /** Ticks since reset, were `mtime` never written; below 2^53. */
  private get elapsedTicks(): number {
    return Math.floor(this.time.now / CYCLES_PER_TICK);
  }

  /** Low half of `mtime`: the `time` CSR. */
  timeLow(): number {
    return (this.elapsedTicks + this.state.timeOffsetLow) % WORD;
  }

  /** High half of `mtime`: the `timeh` CSR. */
  timeHigh(): number {
    const { timeOffsetLow, timeOffsetHigh } = this.state;
    const carried = Math.floor(((this.elapsedTicks % WORD) + timeOffsetLow) / WORD);
    return (Math.floor(this.elapsedTicks / WORD) + timeOffsetHigh + carried) % WORD;
  }

  /** `mtime` as one number. */
  get mtime(): bigint {
    return (BigInt(this.timeHigh()) << HIGH_SHIFT) | BigInt(this.timeLow());
  }

  /** The timer takes accesses of 8 bytes, the software interrupts do not. */
  accepts(offset: number, width: number): boolean {
    return width === REGISTER_WIDTH || offset >= MTIMECMP_LOW;
  }

  protected override readRegister(register: number, element: number): number {
    const { state } = this;
    switch (register) {
      case MSIP:
        return state.msip[element];
      case MTIMECMP_LOW:
        return Number(state.mtimecmp[element] & LOW_WORD);
      case MTIMECMP_HIGH:
        return Number(state.mtimecmp[element] >> HIGH_SHIFT);
      case MTIME_LOW:
        return this.timeLow();
      default:
        return this.timeHigh();
    }
  }

  protected override writeRegister(register: number, element: number, value: number): void {
    const { state } = this;
    const word = BigInt(value);
    switch (register) {
      case MSIP:
        state.msip[element] = value & 1;
        this.lines[element].software.set((value & 1) !== 0);
        break;
      case MTIMECMP_LOW:
        state.mtimecmp[element] = (state.mtimecmp[element] & ~LOW_WORD) | word;
        this.compare(element);
        break;
      case MTIMECMP_HIGH:
        state.mtimecmp[element] = (word << HIGH_SHIFT) | (state.mtimecmp[element] & LOW_WORD);
        this.compare(element);
        break;
      case MTIME_LOW:
        this.setTime((this.mtime & ~LOW_WORD) | word);
        break;
      case MTIME_HIGH:
        this.setTime((word << HIGH_SHIFT) | (this.mtime & LOW_WORD));
        break;
    }
  }

  onTimeSet(listener: () => void): void {
    this.timeListeners.push(listener);
  }

  dueCycle(low: number, high: number): number {
    return this.cycleOf((BigInt(high) << HIGH_SHIFT) | BigInt(low));
  }

  private setTime(mtime: bigint): void {
    const offset = BigInt.asUintN(64, mtime - BigInt(this.elapsedTicks));
    this.state.timeOffsetLow = Number(offset & LOW_WORD);
    this.state.timeOffsetHigh = Number(offset >> HIGH_SHIFT);
    for (let hart = 0; hart < this.lines.length; hart++) this.compare(hart);
    for (const listener of this.timeListeners) listener();
  }

  /** Sets MTIP of a hart from `mtime` and `mtimecmp`, and the alarm for when it will rise. */
  private compare(hart: number): void {
    const due = this.cycleOf(this.state.mtimecmp[hart]);
    this.lines[hart].timer.set(due <= this.time.now);
    this.setAlarm(hart, due);
  }

  private setAlarm(hart: number, due: number): void {
    if (due > this.time.now && due !== NEVER) this.alarms[hart].set(due);
    else this.alarms[hart].clear();
  }

  /** The first cycle at which `mtime` is at or past a value: now, later, or beyond counting. */
  private cycleOf(ticks: bigint): number {
    const ticksToGo = ticks - this.mtime;
    if (ticksToGo <= 0n) return this.time.now;
    const due = (BigInt(this.elapsedTicks) + ticksToGo) * BigInt(CYCLES_PER_TICK);
    return due > BigInt(Number.MAX_SAFE_INTEGER) ? NEVER : Number(due);
  }

  protected override stateReplaced(cause: 'reset' | 'restore'): void {
    if (cause === 'reset') {
      for (const { software } of this.lines) software.set(false);
      this.setTime(0n);
    } else {
      // The harts' pending bits are restored with the harts.
      for (let hart = 0; hart < this.lines.length; hart++) {
        this.setAlarm(hart, this.cycleOf(this.state.mtimecmp[hart]));
      }
    }
  }
}
