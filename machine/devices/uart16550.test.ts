import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { campaign } from '../../test/campaign.ts';
import type { GuestError } from './guest-error.ts';
import { ManualClock, Wire } from './manual-clock.ts';
import { MODEM_LINES, Uart16550 } from './uart16550.ts';

// Restated from the PC16550D data sheet.
const RBR = 0;
const THR = 0;
const DLL = 0;
const IER = 1;
const DLM = 1;
const IIR = 2;
const FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const SCR = 7;

const DATA_READY = 0x01;
const OVERRUN = 0x02;
const BREAK = 0x10;
const TRANSMITTER_EMPTY = 0x60;

const ENABLE_RECEIVE = 1;
const ENABLE_TRANSMIT = 2;
const ENABLE_LINE_STATUS = 4;
const ENABLE_MODEM_STATUS = 8;

const NO_INTERRUPT = 0x01;
const FIFOS_ON = 0xc0;
const LOOPBACK = 0x10;

/** Eight data bits, no parity, one stop bit at 9600 baud: ten bits of 1/9600 s, in nanoseconds. */
const CHARACTER_9600_8N1 = 1_041_666;

let clock: ManualClock;
let wire: Wire;
let sent: number[];
let errors: GuestError[];
let uart: Uart16550;

beforeEach(() => {
  clock = new ManualClock();
  wire = new Wire();
  sent = [];
  errors = [];
  uart = new Uart16550({ transmit: (byte) => sent.push(byte) }, wire, clock, (error) =>
    errors.push(error),
  );
  uart.reset();
});

const read = (register: number) => uart.read(register, 1);
const write = (register: number, value: number) => uart.write(register, 1, value);
const offer = (text: string) => uart.offer(Buffer.from(text));

/** Reads as long as the line status says that there is data. */
function drain(): string {
  let text = '';
  while ((read(LSR) & DATA_READY) !== 0) text += String.fromCharCode(read(RBR));
  return text;
}

describe('registers', () => {
  it('have the values of QEMU after reset', () => {
    const values = [RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR].map(read);
    expect(values).toEqual([0, 0, NO_INTERRUPT, 0, 0x08, TRANSMITTER_EMPTY, 0xb0, 0]);
    write(LCR, 0x80);
    expect([read(DLL), read(DLM)]).toEqual([12, 0]);
    expect(wire.level).toBe(false);
  });

  it('keep what was written, as far as the bits exist', () => {
    for (const [register, kept] of [
      [IER, 0x0f],
      [MCR, 0x1f],
      [SCR, 0xff],
      [LCR, 0xff],
    ]) {
      write(register, 0xff);
      expect(read(register)).toBe(kept);
    }
  });

  it('bank the divisor behind LCR.DLAB', () => {
    write(IER, 5);
    write(LCR, 0x80);
    write(DLL, 0x34);
    write(DLM, 0x12);
    expect([read(DLL), read(DLM)]).toEqual([0x34, 0x12]);
    write(LCR, 0x03);
    expect(read(IER)).toBe(5);
    expect(sent).toEqual([]);
  });

  it('are reached by wider accesses at their first byte', () => {
    uart.write(SCR - 3, 4, 0xffff_ff1f);
    expect(uart.read(MCR, 4)).toBe(0x1f);
    uart.write(THR, 2, 0x1241);
    expect(sent).toEqual([]); // loopback is on
    expect(uart.read(RBR, 4)).toBe(0x41);
  });

  it('that are read-only report a write', () => {
    write(LSR, 0);
    write(MSR, 0);
    expect(read(LSR)).toBe(TRANSMITTER_EMPTY);
    expect(errors.map(({ problem }) => problem)).toEqual(['LSR is read-only', 'MSR is read-only']);
  });
});

describe('transmission', () => {
  it('is instantaneous', () => {
    for (const byte of Buffer.from('hello')) {
      write(THR, byte);
      expect(read(LSR)).toBe(TRANSMITTER_EMPTY);
    }
    expect(Buffer.from(sent).toString()).toBe('hello');
  });

  it('interrupts after every byte until IIR has been read', () => {
    write(IER, ENABLE_TRANSMIT);
    expect(wire.level).toBe(true);
    expect(read(IIR)).toBe(0x02);
    expect(wire.level).toBe(false);
    expect(read(IIR)).toBe(NO_INTERRUPT);
    write(THR, 0x41);
    expect(wire.level).toBe(true);
    expect(read(IIR)).toBe(0x02);
    expect(wire.level).toBe(false);
  });

  it('interrupts again when IER.THRI rises', () => {
    write(IER, ENABLE_TRANSMIT);
    read(IIR);
    write(IER, ENABLE_TRANSMIT | ENABLE_RECEIVE);
    expect(wire.level).toBe(false);
    write(IER, 0);
    write(IER, ENABLE_TRANSMIT);
    expect(wire.level).toBe(true);
  });
});

describe('reception without FIFOs', () => {
  it('holds one byte; the next enters when it is read', () => {
    write(IER, ENABLE_RECEIVE);
    offer('ab');
    expect(uart.input.length).toBe(1);
    expect([read(IIR), wire.level]).toEqual([0x04, true]);
    expect(read(RBR)).toBe(0x61);
    expect(uart.input.length).toBe(0);
    expect([read(IIR), wire.level]).toEqual([0x04, true]);
    expect(read(RBR)).toBe(0x62);
    expect([read(IIR), wire.level]).toEqual([NO_INTERRUPT, false]);
    expect(read(RBR)).toBe(0x62); // the register keeps its last byte
    expect(clock.nextDue).toBe(Infinity);
  });
});

describe('reception with FIFOs', () => {
  it('takes sixteen bytes and leaves the rest with the host, in order', () => {
    write(FCR, 1);
    const text = 'the quick brown fox jumps over the lazy dog';
    offer(text);
    expect(uart.input.length).toBe(text.length - 16);
    expect(read(RBR)).toBe(text.charCodeAt(0));
    expect(uart.input.length).toBe(text.length - 17);
    expect(drain()).toBe(text.slice(1));
    expect(read(LSR) & OVERRUN).toBe(0);
    expect(read(RBR)).toBe(0);
  });

  it.each([
    [0x00, 1],
    [0x40, 4],
    [0x80, 8],
    [0xc0, 14],
  ])('interrupts at the trigger level of FCR %i', (trigger, level) => {
    write(FCR, 1 | trigger);
    write(IER, ENABLE_RECEIVE);
    offer('x'.repeat(level - 1));
    expect(read(IIR)).toBe(NO_INTERRUPT | FIFOS_ON);
    offer('x');
    expect([read(IIR), wire.level]).toEqual([0x04 | FIFOS_ON, true]);
    read(RBR);
    expect([read(IIR), wire.level]).toEqual([NO_INTERRUPT | FIFOS_ON, false]);
  });

  it('announces fewer bytes after four silent character times, to the cycle', () => {
    write(LCR, 0x80);
    write(DLL, 24); // 230400 / 24 = 9600 baud
    write(LCR, 0x03);
    write(FCR, 0xc1);
    write(IER, ENABLE_RECEIVE);
    offer('ab');
    const due = 4 * CHARACTER_9600_8N1;
    clock.advanceTo(due - 1);
    expect(wire.level).toBe(false);
    clock.advanceTo(due);
    expect([read(IIR), wire.level]).toEqual([0x0c | FIFOS_ON, true]);
    expect(read(RBR)).toBe(0x61);
    expect([read(IIR), wire.level]).toEqual([NO_INTERRUPT | FIFOS_ON, false]);
    clock.advanceTo(2 * due); // reading began another wait
    expect(read(IIR)).toBe(0x0c | FIFOS_ON);
    expect(read(RBR)).toBe(0x62);
    expect(clock.nextDue).toBe(Infinity);
  });

  it.each([
    [0x00, 7],
    [0x03, 10],
    [0x07, 11],
    [0x1f, 12],
  ])('counts a character of LCR %i as %i bits', (lcr, bits) => {
    write(LCR, 0x80);
    write(DLL, 0);
    write(DLM, 1);
    write(LCR, lcr);
    write(FCR, 0x41);
    offer('a');
    expect(clock.nextDue).toBe(4 * Math.floor((bits * 256 * 1e9) / 230_400));
  });

  it('keeps its character time while the divisor is 0', () => {
    write(LCR, 0x83);
    write(DLL, 0);
    write(FCR, 0x41);
    offer('a');
    expect(clock.nextDue).toBeGreaterThan(0);
    expect(clock.nextDue).toBeLessThan(Infinity);
  });

  it('is emptied through FCR, and takes what waits at the host', () => {
    write(FCR, 1);
    offer('0123456789abcdefXYZ');
    write(FCR, 0x03);
    expect(drain()).toBe('XYZ');
  });

  it('is emptied when the FIFOs are switched', () => {
    write(FCR, 1);
    offer('lost');
    write(FCR, 0);
    expect(read(LSR) & DATA_READY).toBe(0);
    expect(read(IIR)).toBe(NO_INTERRUPT);
    expect(clock.nextDue).toBe(Infinity);
  });
});

it('takes what waits at the host after a reset', () => {
  offer('abc');
  expect(uart.input.length).toBe(2);
  uart.reset();
  expect(drain()).toBe('bc'); // the byte that was in the receiver is lost
});

describe('causes', () => {
  it('appear in IIR by priority', () => {
    write(FCR, 0x01);
    write(IER, 0x0f);
    write(THR, 0x41);
    uart.setModemLines(0);
    offer('a');
    uart.offerBreak();
    expect(read(IIR)).toBe(0x06 | FIFOS_ON);
    expect(read(LSR)).toBe(TRANSMITTER_EMPTY | BREAK | DATA_READY);
    expect(read(IIR)).toBe(0x04 | FIFOS_ON);
    clock.advanceTo(clock.nextDue);
    expect(read(IIR)).toBe(0x0c | FIFOS_ON);
    expect([read(RBR), read(RBR)]).toEqual([0x61, 0]);
    expect(read(IIR)).toBe(0x02 | FIFOS_ON);
    expect(read(IIR)).toBe(0x00 | FIFOS_ON);
    read(MSR);
    expect([read(IIR), wire.level]).toEqual([NO_INTERRUPT | FIFOS_ON, false]);
  });

  it('that IER masks neither show nor interrupt', () => {
    for (const enable of [ENABLE_RECEIVE, ENABLE_TRANSMIT, ENABLE_LINE_STATUS]) {
      write(IER, enable);
      read(IIR);
      uart.setModemLines(MODEM_LINES.RI);
      uart.setModemLines(0);
      expect([read(IIR), wire.level]).toEqual([NO_INTERRUPT, false]);
    }
    write(IER, ENABLE_MODEM_STATUS);
    expect([read(IIR), wire.level]).toEqual([0x00, true]);
  });
});

describe('modem lines', () => {
  it('show their level, and what has changed once', () => {
    const { CTS, DSR, RI, DCD } = MODEM_LINES;
    uart.setModemLines(CTS | DSR | RI | DCD);
    expect(read(MSR)).toBe(0xf0); // RI rose: only its trailing edge counts
    uart.setModemLines(DSR);
    expect(read(MSR)).toBe(DSR | 0x0d);
    expect(read(MSR)).toBe(DSR);
  });
});

describe('loopback', () => {
  it('receives what it transmits and nothing else', () => {
    write(FCR, 1);
    write(MCR, LOOPBACK);
    offer('host');
    for (const byte of Buffer.from('self')) write(THR, byte);
    expect(drain()).toBe('self');
    expect(sent).toEqual([]);
    write(MCR, 0);
    expect(drain()).toBe('host');
  });

  it('overruns, and says so once', () => {
    write(FCR, 1);
    write(IER, ENABLE_LINE_STATUS);
    write(MCR, LOOPBACK);
    for (let byte = 0; byte < 17; byte++) write(THR, byte);
    expect(wire.level).toBe(true);
    expect(read(LSR) & OVERRUN).toBe(OVERRUN);
    expect(wire.level).toBe(false);
    expect(read(LSR) & OVERRUN).toBe(0);
    for (let byte = 0; byte < 16; byte++) expect(read(RBR)).toBe(byte);
  });

  it.each([
    [0x01, 0x20],
    [0x02, 0x10],
    [0x04, 0x40],
    [0x08, 0x80],
  ])('feeds MCR %i to MSR %i', (output, input) => {
    write(MCR, LOOPBACK | output);
    expect(read(MSR)).toBe(input);
  });
});

/** What a guest or the host can do. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('read'), register: fc.nat(7) }),
  fc.record({ kind: fc.constant('write'), register: fc.nat(7), value: fc.nat(0xff) }),
  fc.record({ kind: fc.constant('offer'), bytes: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ kind: fc.constant('break') }),
  fc.record({ kind: fc.constant('lines'), lines: fc.nat(0xff) }),
  fc.record({ kind: fc.constant('wait'), cycles: fc.nat(10_000_000) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply(target: Uart16550, time: ManualClock, action: Step): number | undefined {
  if ('value' in action) target.write(action.register, 1, action.value);
  else if ('register' in action) return target.read(action.register, 1);
  else if ('bytes' in action) target.offer(action.bytes);
  else if ('lines' in action) target.setModemLines(action.lines);
  else if ('cycles' in action) time.advanceTo(time.now + action.cycles);
  else target.offerBreak();
  return undefined;
}

function fresh() {
  const time = new ManualClock();
  const line = new Wire();
  const transmitted: number[] = [];
  const port = { transmit: (byte: number) => transmitted.push(byte) };
  const device = new Uart16550(port, line, time, () => undefined);
  device.reset();
  return { time, line, transmitted, device };
}

describe('whatever guest and host do', () => {
  it('every read is a byte, the state stays in range, and the wire says what IIR says', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { time, line, transmitted, device } = fresh();
        for (const action of steps) {
          const value = apply(device, time, action) ?? 0;
          expect(Number.isInteger(value) && value >= 0 && value <= 0xff).toBe(true);
        }
        expect(transmitted.every((byte) => byte >= 0 && byte <= 0xff)).toBe(true);
        device.restoreState(device.saveState()); // which checks every value's range
        expect(line.level).toBe((device.read(IIR, 1) & 1) === 0);
      }),
      campaign(300),
    );
  });

  it('a restored copy goes on as the original does', () => {
    const steps = fc.array(step, { maxLength: 40 });
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const original = fresh();
        for (const action of before) apply(original.device, original.time, action);
        while (original.device.input.take() !== undefined); // the host's, not state

        const copy = fresh();
        copy.time.advanceTo(original.time.now);
        copy.device.restoreState(original.device.saveState());
        expect(copy.time.nextDue).toBe(original.time.nextDue);
        for (const action of after) {
          const expected = apply(original.device, original.time, action);
          expect(apply(copy.device, copy.time, action)).toBe(expected);
        }
        expect(copy.device.saveState()).toEqual(original.device.saveState());
      }),
      campaign(150),
    );
  });

  it('the FIFO hands on every byte once, in order', () => {
    const chunk = fc.uint8Array({ maxLength: 30 });
    const reads = fc.nat(20);
    fc.assert(
      fc.property(fc.array(fc.tuple(chunk, reads), { maxLength: 12 }), (rounds) => {
        const { device } = fresh();
        device.write(FCR, 1, 0x81);
        const queue: number[] = [];
        for (const [bytes, count] of rounds) {
          device.offer(bytes);
          queue.push(...bytes);
          for (let index = 0; index < count; index++) {
            expect((device.read(LSR, 1) & DATA_READY) !== 0).toBe(queue.length > 0);
            expect(device.read(RBR, 1)).toBe(queue.shift() ?? 0);
          }
          expect(device.input.length).toBe(Math.max(0, queue.length - 16));
        }
      }),
      campaign(200),
    );
  });
});
