import { beforeEach, describe, expect, it } from 'vitest';
import type { GuestError } from './guest-error.ts';
import { GoldfishRtc } from './goldfish-rtc.ts';
import { ManualClock, Wire } from './manual-clock.ts';

const TIME_LOW = 0x00;
const TIME_HIGH = 0x04;
const ALARM_LOW = 0x08;
const ALARM_HIGH = 0x0c;
const IRQ_ENABLED = 0x10;
const CLEAR_ALARM = 0x14;
const ALARM_STATUS = 0x18;
const CLEAR_INTERRUPT = 0x1c;

/** 2026-05-18 00:00:00 UTC, in nanoseconds. */
const START = 1_779_062_400_000_000_000n;

let clock: ManualClock;
let wire: Wire;
let errors: GuestError[];
let rtc: GoldfishRtc;

beforeEach(() => {
  clock = new ManualClock();
  wire = new Wire();
  errors = [];
  rtc = new GoldfishRtc(START, wire, clock, (error) => errors.push(error));
  rtc.reset();
});

const read = (offset: number) => rtc.read(offset, 4);
const write = (offset: number, value: number) => rtc.write(offset, 4, value);
const time = () => BigInt(read(TIME_LOW)) | (BigInt(read(TIME_HIGH)) << 32n);
const low = (value: bigint) => Number(value & 0xffff_ffffn);
const high = (value: bigint) => Number(value >> 32n);

function setAlarm(at: bigint): void {
  write(ALARM_HIGH, high(at));
  write(ALARM_LOW, low(at));
}

describe('the time', () => {
  it('is the start time and then a nanosecond more with every cycle', () => {
    expect(time()).toBe(START);
    clock.advanceTo(1_500_000_000);
    expect(time()).toBe(START + 1_500_000_000n);
  });

  it('is read in one piece: the low half latches the high one', () => {
    expect(read(TIME_HIGH)).toBe(0);
    read(TIME_LOW);
    clock.advanceTo(2 ** 33);
    expect(read(TIME_HIGH)).toBe(high(START));
    expect(time()).toBe(START + 2n ** 33n);
  });

  it('can be set, in halves', () => {
    clock.advanceTo(12_345);
    write(TIME_HIGH, 7);
    write(TIME_LOW, 0xffff_ffff);
    expect(time()).toBe(0x7_ffff_ffffn);
    clock.advanceTo(12_346);
    expect(time()).toBe(0x8_0000_0000n);
  });

  it('begins anew with a reset, unless it is to be kept', () => {
    write(TIME_HIGH, 7);
    write(TIME_LOW, 5);
    clock.now = 1000;
    rtc.keepTime();
    clock.now = 0;
    rtc.reset();
    expect(time()).toBe(0x7_0000_0005n + 1000n);

    const other = new GoldfishRtc(START, wire, clock, (error) => errors.push(error));
    other.reset();
    other.write(TIME_HIGH, 4, 7);
    other.reset();
    other.read(TIME_LOW, 4);
    expect(other.read(TIME_HIGH, 4)).toBe(high(START));
  });
});

describe('the alarm', () => {
  it('interrupts in the very nanosecond, if it may', () => {
    write(IRQ_ENABLED, 0xffff_ffff);
    expect(read(IRQ_ENABLED)).toBe(1);
    setAlarm(START + 1000n);
    expect(read(ALARM_STATUS)).toBe(1);
    clock.advanceTo(999);
    expect(wire.level).toBe(false);
    clock.advanceTo(1000);
    expect([wire.level, read(ALARM_STATUS)]).toEqual([true, 0]);
    write(CLEAR_INTERRUPT, 0);
    expect(wire.level).toBe(false);
  });

  it('that has gone off unheard is heard when interrupts are enabled', () => {
    setAlarm(START + 10n);
    clock.advanceTo(10);
    expect(wire.level).toBe(false);
    write(IRQ_ENABLED, 1);
    expect(wire.level).toBe(true);
    write(IRQ_ENABLED, 2);
    expect(wire.level).toBe(false);
  });

  it('goes off at once when it is not in the future', () => {
    write(IRQ_ENABLED, 1);
    setAlarm(START);
    expect([wire.level, read(ALARM_STATUS)]).toEqual([true, 0]);
  });

  it('is armed by its low half, not by its high one', () => {
    write(IRQ_ENABLED, 1);
    write(ALARM_HIGH, high(START) + 1);
    expect([wire.level, read(ALARM_STATUS), read(ALARM_HIGH)]).toEqual([false, 0, high(START) + 1]);
  });

  it('can be disarmed', () => {
    write(IRQ_ENABLED, 1);
    setAlarm(START + 10n);
    write(CLEAR_ALARM, 0);
    expect(read(ALARM_STATUS)).toBe(0);
    clock.advanceTo(100);
    expect(wire.level).toBe(false);
  });

  it('stays where it is in guest time when the time is set', () => {
    write(IRQ_ENABLED, 1);
    setAlarm(START + 50n);
    write(TIME_HIGH, 0);
    clock.advanceTo(49);
    expect(wire.level).toBe(false);
    clock.advanceTo(50);
    expect(wire.level).toBe(true);
  });

  it('may be centuries away, and beyond signed numbers goes off at once', () => {
    write(IRQ_ENABLED, 1);
    setAlarm(2n ** 63n - 1n);
    clock.advanceTo(10_000);
    expect([wire.level, read(ALARM_STATUS)]).toEqual([false, 1]);
    setAlarm(2n ** 64n - 1n);
    clock.advanceTo(10_001);
    expect([wire.level, read(ALARM_STATUS)]).toEqual([true, 0]);
  });

  it('that is armed is armed again by a restored state', () => {
    write(IRQ_ENABLED, 1);
    setAlarm(START + 500n);
    const saved = rtc.saveState();
    rtc.reset();
    clock.advanceTo(400);
    rtc.restoreState(saved);
    clock.advanceTo(500);
    expect(wire.level).toBe(true);
  });
});

it('what means nothing reads 0 and is reported', () => {
  expect(read(CLEAR_ALARM)).toBe(0);
  write(ALARM_STATUS, 1);
  expect(read(0x20)).toBe(0);
  expect(errors.map(({ problem }) => problem)).toEqual([
    'CLEAR_ALARM is write-only',
    'ALARM_STATUS is read-only',
    'no such register',
  ]);
});
