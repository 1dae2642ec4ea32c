import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../bus/physical-memory.ts';
import { Ram } from '../bus/ram.ts';
import { StoreWatch } from '../bus/store-watch.ts';
import { campaign } from '../../test/campaign.ts';
import fc from 'fast-check';
import type { GuestError } from './guest-error.ts';
import { Htif, SETTLE_CYCLES } from './htif.ts';
import { ManualClock } from './manual-clock.ts';

const TOHOST = RAM_BASE + 0x1000;
const FROMHOST = RAM_BASE + 0x1040;
const CALL = RAM_BASE + 0x2000;
const TEXT = RAM_BASE + 0x3000;

function bench(fromhost = FROMHOST) {
  const ram = new Ram(1 << 20);
  const clock = new ManualClock();
  const sent: number[] = [];
  const errors: GuestError[] = [];
  const ends: number[] = [];
  const wiring = {
    memory: ram,
    timebase: clock,
    watchStores: (address: number, length: number, onStore: () => void) => {
      new StoreWatch(ram, ram.offsetOf(address), length, onStore);
    },
    requestPowerOff: (code: number) => ends.push(code),
  };
  const htif = new Htif(
    { tohost: TOHOST, fromhost },
    wiring,
    { transmit: (byte) => sent.push(byte) },
    (error) => errors.push(error),
  );
  const settle = (): void => clock.advanceTo(clock.now + 2000);
  const words = (address: number): unknown[] => [ram.read(address, 4), ram.read(address + 4, 4)];
  const call = (...values: number[]): void => {
    for (const [index, value] of values.entries()) {
      ram.write(CALL + 8 * index, 4, value);
      ram.write(CALL + 8 * index + 4, 4, 0);
    }
    ram.write(TOHOST, 4, CALL);
    settle();
  };
  const text = (): string => String.fromCharCode(...sent);
  return { ram, clock, htif, sent, errors, ends, settle, words, call, text };
}

describe('the end of a test', () => {
  it.each([
    { name: 'a pass', value: 1, code: 0 },
    { name: 'test 7', value: 15, code: 7 },
    { name: 'an unexpected trap', value: 1337, code: 668 },
  ])('$name', ({ value, code }) => {
    const { ram, settle, ends, htif, words } = bench();
    ram.write(TOHOST, 4, value);
    ram.write(TOHOST + 4, 4, 0);
    settle();
    expect(ends).toEqual([code]);
    expect(htif.failedTest).toBe(code);
    expect(words(TOHOST)).toEqual([0, 0]);
  });

  it('waits for the other half, and for nothing if there is none', () => {
    const { ram, clock, ends } = bench();
    ram.write(TOHOST + 4, 4, 0x101_0000);
    expect(clock.nextDue).not.toBe(Infinity);
    clock.advanceTo(10);
    ram.write(TOHOST, 4, 0x41);
    clock.advanceTo(2000);
    expect(ends).toEqual([]);
    ram.write(TOHOST, 4, 3);
    clock.advanceTo(4000);
    expect(ends).toEqual([1]);
  });

  it('is seen at once when both halves have been stored', () => {
    const { ram, clock, ends } = bench();
    ram.write(TOHOST, 4, 3);
    expect(clock.nextDue).toBe(SETTLE_CYCLES);
    ram.write(TOHOST + 4, 4, 0);
    expect(clock.nextDue).toBe(0);
    clock.advanceTo(0);
    expect(ends).toEqual([1]);
    expect(clock.nextDue).toBe(Infinity);
  });

  it('a program that stores it over and over is not waited for', () => {
    const { ram, clock, ends } = bench();
    for (let at = 0; at < 1500; at++) {
      ram.write(TOHOST, 4, 5);
      clock.advanceTo(clock.now + 1);
    }
    expect(ends[0]).toBe(2);
  });

  it('other stores to the page mean nothing', () => {
    const { ram, clock } = bench();
    ram.write(TOHOST - 4, 4, 1);
    ram.write(TOHOST + 8, 4, 1);
    ram.write(FROMHOST, 4, 1);
    expect(clock.nextDue).toBe(Infinity);
    ram.writeBytes(TOHOST - 16, new Uint8Array(17));
    expect(clock.nextDue).not.toBe(Infinity);
  });
});

describe('the console', () => {
  it('is a system call', () => {
    const { ram, call, text, words, errors } = bench();
    ram.writeBytes(TEXT, new TextEncoder().encode('hello'));
    call(64, 1, TEXT, 5);
    expect(text()).toBe('hello');
    expect([...words(CALL), ...words(FROMHOST), ...words(TOHOST)]).toEqual([5, 0, 1, 0, 0, 0]);
    call(64, 2, TEXT, 2);
    expect(text()).toBe('hellohe');
    expect(errors).toEqual([]);
  });

  it('is a device', () => {
    const { ram, settle, text, words } = bench();
    ram.write(TOHOST, 4, 0x21);
    ram.write(TOHOST + 4, 4, 0x0101_0000);
    settle();
    expect(text()).toBe('!');
    expect(words(FROMHOST)).toEqual([0x121, 0x0101_0000]);
  });

  it.each([
    { name: 'low word first', halves: [0, 4] },
    { name: 'high word first', halves: [4, 0] },
  ])('loses nothing to a program that does not wait, $name', ({ halves }) => {
    const { ram, settle, text, ends, clock } = bench();
    const request = (low: number, high: number): void => {
      for (const half of halves) ram.write(TOHOST + half, 4, half === 0 ? low : high);
    };
    for (const character of 'hello') request(character.charCodeAt(0), 0x0101_0000);
    request(1, 0);
    expect(clock.now).toBe(0);
    settle();
    expect(text()).toBe('hello');
    expect(ends).toEqual([0]);
  });

  it('writes in part what is too much at once', () => {
    const { call, sent, words } = bench();
    call(64, 1, RAM_BASE, 0x8_0000);
    expect(sent).toHaveLength(0x1_0000);
    expect(words(CALL)).toEqual([0x1_0000, 0]);
  });
});

describe('what is refused', () => {
  it.each([
    { name: 'another call', values: [56, 1, TEXT, 5], result: -38 },
    { name: 'another file', values: [64, 3, TEXT, 5], result: -9 },
    { name: 'standard input', values: [64, 0, TEXT, 5], result: -9 },
    { name: 'text outside RAM', values: [64, 1, 0x1000, 5], result: -14 },
  ])('$name', ({ values, result }) => {
    const { call, words, sent } = bench();
    call(...values);
    expect(words(CALL)).toEqual([result >>> 0, 0xffff_ffff]);
    expect(words(FROMHOST)).toEqual([1, 0]);
    expect(sent).toEqual([]);
  });

  it('a call outside RAM, a device that is not there', () => {
    const { ram, settle, errors, ends } = bench();
    ram.write(TOHOST, 4, 0x1000);
    settle();
    ram.write(TOHOST + 4, 4, 0x0200_0000);
    settle();
    expect(errors.map(({ problem }) => problem)).toEqual([
      'no system call can be there',
      'no device 2 with command 0',
    ]);
    expect(ends).toEqual([]);
  });

  it('mailboxes outside RAM', () => {
    expect(() => bench(0x1000)).toThrow(RangeError);
    expect(() => bench(TOHOST + 2)).toThrow(RangeError);
  });
});

it('any request is taken, and harms nothing', () => {
  const on = bench();
  const word = fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(0, CALL, CALL + 8, 0x0101_0000));
  fc.assert(
    fc.property(word, word, fc.array(word, { minLength: 8, maxLength: 8 }), (low, high, call) => {
      for (const [index, value] of call.entries()) on.ram.write(CALL + 4 * index, 4, value);
      on.ram.write(TOHOST, 4, low);
      on.ram.write(TOHOST + 4, 4, high);
      on.settle();
      on.sent.length = 0;
      expect([on.words(TOHOST), on.clock.nextDue]).toEqual([[0, 0], Infinity]);
    }),
    campaign(300),
  );
});
