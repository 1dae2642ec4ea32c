/**
 * The 16550A UART. Register behaviour is that of QEMU's `serial`, which drivers are tested on:
 * transmission takes no guest time, so the transmitter is empty after every write; a received
 * character takes none either, but the character timeout is counted in character times. Parity and
 * framing errors never arise; overruns do, in loopback. MSR has no deltas in loopback.
 *
 * Source: National Semiconductor PC16550D data sheet; QEMU hw/char/serial.c.
 */

import type { Alarm, InterruptLine, Timebase } from './device.ts';
import { NEVER } from './device-state.ts';
import type { GuestErrorHook } from './guest-error.ts';
import { CYCLES_PER_SECOND } from './guest-time.ts';
import { RegisterDevice } from './register-device.ts';
import { BREAK, SerialInputQueue, type SerialPort } from './serial-port.ts';
import {
  UART16550_DECLARATION,
  BASE_BAUD,
  DATA,
  FCR_CLEAR_RECEIVER,
  FCR_CLEAR_TRANSMITTER,
  FCR_ENABLE,
  FCR_KEPT,
  FCR_TRIGGER_LSB,
  FIFO_SIZE,
  IER,
  IER_MASK,
  IER_MSI,
  IER_RDI,
  IER_RLSI,
  IER_THRI,
  IIR_CHARACTER_TIMEOUT,
  IIR_DATA_AVAILABLE,
  IIR_FCR,
  IIR_FIFOS_ENABLED,
  IIR_LINE_STATUS,
  IIR_MODEM_STATUS,
  IIR_NONE,
  IIR_THR_EMPTY,
  LCR,
  LCR_DATA_BITS,
  LCR_DLAB,
  LCR_PARITY,
  LCR_STOP,
  LSR,
  LSR_BI,
  LSR_DR,
  LSR_ERRORS,
  LSR_OE,
  MCR,
  MCR_DTR,
  MCR_LOOP,
  MCR_MASK,
  MCR_OUT1,
  MCR_OUT2,
  MCR_RTS,
  MSR,
  MSR_CTS,
  MSR_DCD,
  MSR_DELTAS,
  MSR_DELTA_SHIFT,
  MSR_DSR,
  MSR_LINES,
  MSR_RI,
  SCR,
  TRIGGER_LEVELS,
} from './uart16550-registers.ts';

/** Silence after which characters below the trigger level are announced. */
const TIMEOUT_CHARACTERS = 4;

/** The modem lines that the host's end holds, as bits of MSR. */
export const MODEM_LINES = { CTS: MSR_CTS, DSR: MSR_DSR, RI: MSR_RI, DCD: MSR_DCD } as const;

export class Uart16550 extends RegisterDevice<typeof UART16550_DECLARATION.state> {
  /** What the host has sent and the receiver has not had room for. Not state. */
  readonly input = new SerialInputQueue();
  readonly hostEnds = [this.input];
  private readonly port: SerialPort;
  private readonly interrupt: InterruptLine;
  private readonly time: Timebase;
  private readonly timeout: Alarm;

  constructor(port: SerialPort, interrupt: InterruptLine, time: Timebase, report: GuestErrorHook) {
    super(UART16550_DECLARATION, report);
    this.port = port;
    this.interrupt = interrupt;
    this.time = time;
    this.timeout = time.alarm('uart16550 character timeout', () => this.onTimeout());
  }

  /** Bytes that the host has sent and the receiver has had no room for. */
  get backlog(): number {
    return this.input.length;
  }

  /** The host sends bytes. They enter the receiver now as far as it has room, then as it gets room. */
  offer(bytes: Iterable<number>): void {
    this.input.add(bytes);
    if (this.receiveInput()) this.updateInterrupt();
  }

  /** The host sends a break, after the bytes offered before. */
  offerBreak(): void {
    this.input.addBreak();
    if (this.receiveInput()) this.updateInterrupt();
  }

  /** The host's end changes its modem lines: an or of `MODEM_LINES`. */
  setModemLines(lines: number): void {
    const { state } = this;
    const before = state.msr & MSR_LINES;
    const after = lines & MSR_LINES;
    let changed = before ^ after;
    if ((after & MSR_RI) !== 0) changed &= ~MSR_RI; // TERI reports the trailing edge only
    state.msr = after | (state.msr & MSR_DELTAS) | (changed >> MSR_DELTA_SHIFT);
    this.updateInterrupt();
  }

  private get fifosEnabled(): boolean {
    return (this.state.fcr & FCR_ENABLE) !== 0;
  }

  private get loopback(): boolean {
    return (this.state.mcr & MCR_LOOP) !== 0;
  }

  private get divisorAccess(): boolean {
    return (this.state.lcr & LCR_DLAB) !== 0;
  }

  private get triggerLevel(): number {
    return TRIGGER_LEVELS[this.state.fcr >> FCR_TRIGGER_LSB];
  }

  private get receiverHasRoom(): boolean {
    return this.fifosEnabled ? this.state.fifoCount < FIFO_SIZE : (this.state.lsr & LSR_DR) === 0;
  }

  /** The pending interrupt of the highest priority, as IIR shows it. */
  private get cause(): number {
    const { ier, lsr, msr, fifoCount, thrInterrupt, timeoutInterrupt } = this.state;
    if ((ier & IER_RLSI) !== 0 && (lsr & LSR_ERRORS) !== 0) return IIR_LINE_STATUS;
    if ((ier & IER_RDI) !== 0) {
      if (timeoutInterrupt !== 0) return IIR_CHARACTER_TIMEOUT;
      const triggered = !this.fifosEnabled || fifoCount >= this.triggerLevel;
      if ((lsr & LSR_DR) !== 0 && triggered) return IIR_DATA_AVAILABLE;
    }
    if ((ier & IER_THRI) !== 0 && thrInterrupt !== 0) return IIR_THR_EMPTY;
    if ((ier & IER_MSI) !== 0 && (msr & MSR_DELTAS) !== 0) return IIR_MODEM_STATUS;
    return IIR_NONE;
  }

  /** Called where QEMU's UART does so: to the PLIC, every assertion counts. */
  private updateInterrupt(): void {
    this.interrupt.set(this.cause !== IIR_NONE);
  }

  protected override readRegister(register: number): number {
    const { state } = this;
    switch (register) {
      case DATA:
        return this.divisorAccess ? state.divisor & 0xff : this.readReceiverBuffer();
      case IER:
        return this.divisorAccess ? state.divisor >> 8 : state.ier;
      case IIR_FCR:
        return this.readInterruptIdentification();
      case LCR:
        return state.lcr;
      case MCR:
        return state.mcr;
      case LSR:
        return this.readLineStatus();
      case MSR:
        return this.readModemStatus();
      default:
        return state.scr;
    }
  }

  protected override writeRegister(register: number, _element: number, wide: number): void {
    const { state } = this;
    const value = wide & 0xff;
    switch (register) {
      case DATA:
        if (this.divisorAccess) this.setDivisor((state.divisor & 0xff00) | value);
        else this.transmit(value);
        break;
      case IER:
        if (this.divisorAccess) this.setDivisor((state.divisor & 0x00ff) | (value << 8));
        else this.writeInterruptEnable(value);
        break;
      case IIR_FCR:
        this.writeFifoControl(value);
        break;
      case LCR:
        state.lcr = value;
        this.updateCharacterTime();
        break;
      case MCR:
        state.mcr = value & MCR_MASK;
        // Leaving loopback connects the receiver to the line again.
        if (this.receiveInput()) this.updateInterrupt();
        break;
      case SCR:
        state.scr = value;
        break;
    }
  }

  private readReceiverBuffer(): number {
    const { state } = this;
    let byte: number;
    if (this.fifosEnabled) {
      byte = this.popFifo();
      state.timeoutInterrupt = 0;
      if (state.fifoCount === 0) {
        state.lsr &= ~(LSR_DR | LSR_BI);
        this.setTimeoutDue(NEVER);
      } else {
        this.restartTimeout();
      }
    } else {
      byte = state.rbr;
      state.lsr &= ~(LSR_DR | LSR_BI);
    }
    this.receiveInput();
    this.updateInterrupt();
    return byte;
  }

  private readInterruptIdentification(): number {
    const { cause } = this;
    if (cause === IIR_THR_EMPTY) {
      this.state.thrInterrupt = 0;
      this.updateInterrupt();
    }
    return cause | (this.fifosEnabled ? IIR_FIFOS_ENABLED : 0);
  }

  private readLineStatus(): number {
    const { state } = this;
    const { lsr } = state;
    if ((lsr & (LSR_BI | LSR_OE)) !== 0) {
      state.lsr &= ~(LSR_BI | LSR_OE);
      this.updateInterrupt();
    }
    return lsr;
  }

  private readModemStatus(): number {
    const { state } = this;
    if (this.loopback) {
      return (
        ((state.mcr & MCR_DTR) !== 0 ? MSR_DSR : 0) |
        ((state.mcr & MCR_RTS) !== 0 ? MSR_CTS : 0) |
        ((state.mcr & MCR_OUT1) !== 0 ? MSR_RI : 0) |
        ((state.mcr & MCR_OUT2) !== 0 ? MSR_DCD : 0)
      );
    }
    const { msr } = state;
    if ((msr & MSR_DELTAS) !== 0) {
      state.msr &= MSR_LINES;
      this.updateInterrupt();
    }
    return msr;
  }

  private writeInterruptEnable(value: number): void {
    const { state } = this;
    const changed = state.ier ^ (value & IER_MASK);
    state.ier = value & IER_MASK;
    // A rising IER.THRI interrupts if the THR is empty, even if that had been seen before: drivers
    // start sending this way. The data sheet is silent about it.
    if ((changed & IER_THRI) !== 0) state.thrInterrupt = (value & IER_THRI) !== 0 ? 1 : 0;
    if (changed !== 0) this.updateInterrupt();
  }

  private writeFifoControl(written: number): void {
    const { state } = this;
    let value = written;
    if (((value ^ state.fcr) & FCR_ENABLE) !== 0) {
      value |= FCR_CLEAR_RECEIVER | FCR_CLEAR_TRANSMITTER;
    }
    if ((value & FCR_CLEAR_RECEIVER) !== 0) {
      state.lsr &= ~(LSR_DR | LSR_BI);
      state.fifoHead = 0;
      state.fifoCount = 0;
      state.timeoutInterrupt = 0;
      this.setTimeoutDue(NEVER);
    }
    if ((value & FCR_CLEAR_TRANSMITTER) !== 0) state.thrInterrupt = 1;
    state.fcr = value & FCR_KEPT;
    this.receiveInput();
    this.updateInterrupt();
  }

  private setDivisor(divisor: number): void {
    this.state.divisor = divisor;
    this.updateCharacterTime();
  }

  /** A divisor of 0 stops the baud generator; the character time then stays what it was. */
  private updateCharacterTime(): void {
    const { divisor, lcr } = this.state;
    if (divisor === 0) return;
    const startBit = 1;
    const dataBits = 5 + (lcr & LCR_DATA_BITS);
    const parityBit = (lcr & LCR_PARITY) !== 0 ? 1 : 0;
    const stopBits = (lcr & LCR_STOP) !== 0 ? 2 : 1;
    const bits = startBit + dataBits + parityBit + stopBits;
    this.state.characterTime = Math.floor((bits * CYCLES_PER_SECOND * divisor) / BASE_BAUD);
  }

  private transmit(byte: number): void {
    this.state.thrInterrupt = 1;
    if (this.loopback) this.receive(byte);
    else this.port.transmit(byte);
    this.updateInterrupt();
  }

  /** Takes what the host has sent, as far as there is room; whether there was anything. */
  private receiveInput(): boolean {
    let received = false;
    while (!this.loopback && this.receiverHasRoom) {
      const symbol = this.input.take();
      if (symbol === undefined) break;
      received = true;
      if (symbol === BREAK) {
        this.receive(0);
        this.state.lsr |= LSR_BI;
      } else {
        this.receive(symbol);
      }
    }
    return received;
  }

  private receive(byte: number): void {
    const { state } = this;
    if (this.fifosEnabled) {
      if (state.fifoCount < FIFO_SIZE) this.pushFifo(byte);
      else state.lsr |= LSR_OE;
      this.restartTimeout();
    } else {
      if ((state.lsr & LSR_DR) !== 0) state.lsr |= LSR_OE;
      state.rbr = byte;
    }
    state.lsr |= LSR_DR;
  }

  private pushFifo(byte: number): void {
    const { state } = this;
    state.fifo[(state.fifoHead + state.fifoCount) % FIFO_SIZE] = byte;
    state.fifoCount++;
  }

  /** The oldest byte, or 0 when there is none. */
  private popFifo(): number {
    const { state } = this;
    if (state.fifoCount === 0) return 0;
    const byte = state.fifo[state.fifoHead % FIFO_SIZE];
    state.fifoHead = (state.fifoHead + 1) % FIFO_SIZE;
    state.fifoCount--;
    return byte;
  }

  private restartTimeout(): void {
    this.setTimeoutDue(this.time.now + TIMEOUT_CHARACTERS * this.state.characterTime);
  }

  private setTimeoutDue(due: number): void {
    this.state.timeoutDue = due;
    if (due === NEVER) this.timeout.clear();
    else this.timeout.set(due);
  }

  private onTimeout(): void {
    const { state } = this;
    state.timeoutDue = NEVER;
    if (state.fifoCount === 0) return;
    state.timeoutInterrupt = 1;
    this.updateInterrupt();
  }

  protected override stateReplaced(cause: 'reset' | 'restore'): void {
    this.setTimeoutDue(this.state.timeoutDue);
    // A restored interrupt level is part of the restored interrupt controller.
    if (cause === 'restore') return;
    this.receiveInput();
    this.updateInterrupt();
  }
}
