/**
 * The goldfish real-time clock: nanoseconds since 1970 and one alarm. The time that it starts with
 * comes from outside, once; from then on it runs in guest time, a nanosecond a cycle.
 *
 * What drivers see is QEMU's: reading TIME_LOW latches TIME_HIGH, writing ALARM_LOW arms the alarm,
 * an alarm in the past goes off at once, and setting the time leaves an armed alarm where it was.
 *
 * Source: Google, GOLDFISH-VIRTUAL-HARDWARE.TXT, "Goldfish timer"; QEMU hw/rtc/goldfish_rtc.c.
 */

import type { Alarm, DeviceDeclaration, InterruptLine, Timebase } from './device.ts';
import { NEVER } from './device-state.ts';
import type { GuestErrorHook } from './guest-error.ts';
import { CYCLES_PER_SECOND } from './guest-time.ts';
import { RegisterDevice } from './register-device.ts';

const TIME_LOW = 0x00;
const TIME_HIGH = 0x04;
const ALARM_LOW = 0x08;
const ALARM_HIGH = 0x0c;
const IRQ_ENABLED = 0x10;
const CLEAR_ALARM = 0x14;
const ALARM_STATUS = 0x18;
const CLEAR_INTERRUPT = 0x1c;

const LOW_WORD = 0xffff_ffffn;
const HIGH_SHIFT = 32n;
const TIME_BITS = 64;
const SIGN = 1n << 63n;

/** A cycle of guest time, as the clock counts it. */
const NANOSECONDS_PER_CYCLE = BigInt(1_000_000_000 / CYCLES_PER_SECOND);

const DECLARATION = {
  name: 'goldfish-rtc',
  source: 'Google, GOLDFISH-VIRTUAL-HARDWARE.TXT; QEMU hw/rtc/goldfish_rtc.c',
  compatible: ['google,goldfish-rtc'],
  size: 0x24,
  accessWidths: [4, 8],
  registers: [
    {
      name: 'TIME_LOW',
      offset: TIME_LOW,
      width: 4,
      access: 'rw',
      doc: 'The time in nanoseconds since 1970, low half; reading it latches the high half',
    },
    {
      name: 'TIME_HIGH',
      offset: TIME_HIGH,
      width: 4,
      access: 'rw',
      doc: 'High half: of the time when TIME_LOW was last read; writing sets it',
    },
    {
      name: 'ALARM_LOW',
      offset: ALARM_LOW,
      width: 4,
      access: 'rw',
      doc: 'When the alarm goes off, low half; writing it arms the alarm',
    },
    {
      name: 'ALARM_HIGH',
      offset: ALARM_HIGH,
      width: 4,
      access: 'rw',
      doc: 'High half of the same, to be written first',
    },
    {
      name: 'IRQ_ENABLED',
      offset: IRQ_ENABLED,
      width: 4,
      access: 'rw',
      doc: 'Whether an alarm that has gone off interrupts',
      fields: [{ name: 'ENABLED', lsb: 0, width: 1 }],
    },
    {
      name: 'CLEAR_ALARM',
      offset: CLEAR_ALARM,
      width: 4,
      access: 'wo',
      doc: 'Writing anything disarms the alarm',
    },
    {
      name: 'ALARM_STATUS',
      offset: ALARM_STATUS,
      width: 4,
      access: 'ro',
      doc: '1: the alarm is armed and has not gone off',
    },
    {
      name: 'CLEAR_INTERRUPT',
      offset: CLEAR_INTERRUPT,
      width: 4,
      access: 'wo',
      doc: 'Writing anything ends the interrupt',
    },
  ],
  state: [
    { name: 'timeOffset', type: 'u64', doc: 'The time less elapsed nanoseconds, modulo 2^64' },
    { name: 'latchedHigh', type: 'u32', doc: 'TIME_HIGH' },
    { name: 'alarm', type: 'u64', doc: 'ALARM' },
    { name: 'alarmDue', type: 'cycle', doc: 'When the armed alarm goes off' },
    { name: 'interruptPending', type: 'u8', doc: '1: an alarm has gone off' },
    { name: 'interruptEnabled', type: 'u8', doc: 'IRQ_ENABLED' },
  ],
} as const satisfies DeviceDeclaration;

export class GoldfishRtc extends RegisterDevice<typeof DECLARATION.state> {
  private readonly interrupt: InterruptLine;
  private readonly time: Timebase;
  private readonly alarmTimer: Alarm;
  private readonly startTime: bigint;
  /** What the next reset begins with instead. */
  private keptTime: bigint | undefined;

  /** @param startTime the time at cycle 0, in nanoseconds since 1970, modulo 2^64 */
  constructor(startTime: bigint, interrupt: InterruptLine, time: Timebase, report: GuestErrorHook) {
    super(DECLARATION, report);
    this.startTime = startTime;
    this.interrupt = interrupt;
    this.time = time;
    this.alarmTimer = time.alarm('goldfish-rtc alarm', () => this.onAlarm());
  }

  /**
   * To be called just before a reset of the machine that its guest asked for: such a clock has a
   * battery, and goes on from the time that it shows.
   */
  keepTime(): void {
    this.keptTime = this.now;
  }

  private get elapsed(): bigint {
    return BigInt(this.time.now) * NANOSECONDS_PER_CYCLE;
  }

  /** The time in nanoseconds since 1970. */
  private get now(): bigint {
    return BigInt.asUintN(TIME_BITS, this.state.timeOffset + this.elapsed);
  }

  private setNow(now: bigint): void {
    this.state.timeOffset = BigInt.asUintN(TIME_BITS, now - this.elapsed);
  }

  protected override readRegister(register: number): number {
    const { state } = this;
    switch (register) {
      case TIME_LOW: {
        const { now } = this;
        state.latchedHigh = Number(now >> HIGH_SHIFT);
        return Number(now & LOW_WORD);
      }
      case TIME_HIGH:
        return state.latchedHigh;
      case ALARM_LOW:
        return Number(state.alarm & LOW_WORD);
      case ALARM_HIGH:
        return Number(state.alarm >> HIGH_SHIFT);
      case IRQ_ENABLED:
        return state.interruptEnabled;
      default:
        return state.alarmDue === NEVER ? 0 : 1;
    }
  }

  protected override writeRegister(register: number, _element: number, value: number): void {
    const { state } = this;
    switch (register) {
      case TIME_LOW:
        this.setNow(withLow(this.now, value));
        break;
      case TIME_HIGH:
        this.setNow(withHigh(this.now, value));
        break;
      case ALARM_LOW:
        state.alarm = withLow(state.alarm, value);
        this.arm();
        break;
      case ALARM_HIGH:
        state.alarm = withHigh(state.alarm, value);
        break;
      case IRQ_ENABLED:
        state.interruptEnabled = value & 1;
        this.updateInterrupt();
        break;
      case CLEAR_ALARM:
        this.setAlarmDue(NEVER);
        break;
      case CLEAR_INTERRUPT:
        state.interruptPending = 0;
        this.updateInterrupt();
        break;
    }
  }

  private arm(): void {
    const { state, now } = this;
    if (state.alarm <= now) {
      this.setAlarmDue(NEVER);
      this.onAlarm();
      return;
    }
    // QEMU's timers count in signed numbers: an alarm beyond those goes off at once.
    const elapsed = state.alarm < SIGN ? state.alarm - now + this.elapsed : this.elapsed;
    this.setAlarmDue(Math.ceil(Number(elapsed) / Number(NANOSECONDS_PER_CYCLE)));
  }

  /** An instant that no machine reaches is kept as the last one that can be counted. */
  private setAlarmDue(due: number): void {
    const { state } = this;
    state.alarmDue = due === NEVER ? NEVER : Math.min(due, Number.MAX_SAFE_INTEGER);
    if (due === NEVER) this.alarmTimer.clear();
    else this.alarmTimer.set(state.alarmDue);
  }

  private onAlarm(): void {
    this.state.alarmDue = NEVER;
    this.state.interruptPending = 1;
    this.updateInterrupt();
  }

  private updateInterrupt(): void {
    const { interruptPending, interruptEnabled } = this.state;
    this.interrupt.set((interruptPending & interruptEnabled) !== 0);
  }

  protected override stateReplaced(cause: 'reset' | 'restore'): void {
    if (cause === 'reset') {
      this.setNow(this.keptTime ?? this.startTime);
      this.keptTime = undefined;
      this.interrupt.set(false);
    }
    this.setAlarmDue(this.state.alarmDue);
  }
}

function withLow(value: bigint, low: number): bigint {
  return ((value >> HIGH_SHIFT) << HIGH_SHIFT) | BigInt(low);
}

function withHigh(value: bigint, high: number): bigint {
  return (BigInt(high) << HIGH_SHIFT) | (value & LOW_WORD);
}
