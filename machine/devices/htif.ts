/**
 * The Host-Target Interface: two 64-bit words in RAM, `tohost` and `fromhost`, that test programs
 * find by their own symbols. A value in `tohost` is a request (device in bits 63:56, command in
 * 55:48, payload below); the host takes it by clearing the word, and answers in `fromhost`.
 *
 * - Device 0, command 0, odd payload: the program ends; the rest of the payload is 0 for success, or
 *   the number of the test that failed.
 * - Device 0, command 0, even payload: the physical address of a system call, eight 64-bit words
 *   {number, arguments}; the result replaces the first. Only `write` to standard output and standard
 *   error is served: a guest reaches nothing else of the host.
 * - Device 1: a console; command 1 writes the byte in the payload. There is no input: command 0 is
 *   never answered.
 *
 * On RV32 a request arrives in two stores of which either may come first. It is whole when both words
 * have been stored; and since some programs write the low word alone, the host looks a little while
 * after a first store in any case. A program that does not wait for the host, as those that print with
 * one request after the other, loses nothing: a whole request is taken before the next is stored.
 *
 * Source: riscv-isa-sim fesvr/{htif,device,syscall}.cc; QEMU hw/char/riscv_htif.c.
 */

import type { PhysicalMemory } from '../bus/physical-memory.ts';
import type { Alarm, Timebase } from './device.ts';
import type { GuestErrorHook } from './guest-error.ts';
import type { SerialPort } from './serial-port.ts';

/** From the first store to `tohost` until the host looks at it if no other follows, in cycles. */
export const SETTLE_CYCLES = 1000;

const WORD_BYTES = 4;
export const MAILBOX_BYTES = 8;
const TWO_32 = 2 ** 32;

const DEVICE_SYSTEM = 0;
const DEVICE_CONSOLE = 1;
const COMMAND_SYSTEM_CALL = 0;
const COMMAND_CONSOLE_READ = 0;
const COMMAND_CONSOLE_WRITE = 1;
/** What a console write answers, together with the byte. */
const CONSOLE_WRITTEN = 0x100;
/** What `fromhost` becomes when a system call is done. */
const SYSTEM_CALL_DONE = 1;

const CALL_BYTES = 64;
const ARGUMENT_BYTES = 8;
const CALL_WRITE = 64;
const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;
/** Results of a refused call, as Linux numbers errors. */
const EBADF = 9;
const EFAULT = 14;
const ENOSYS = 38;
/** More is written in part only, as `write` may. */
const LONGEST_WRITE = 0x1_0000;

export interface HtifOptions {
  /** Physical address of `tohost`. */
  readonly tohost: number;
  /** Physical address of `fromhost`; absent: nothing is answered. */
  readonly fromhost?: number;
}

export interface HtifWiring {
  readonly memory: PhysicalMemory;
  readonly timebase: Timebase;
  watchStores(address: number, length: number, onStore: () => void): void;
  requestPowerOff(code: number): void;
}

/** Whether a mailbox can be at a physical address. */
export function isMailboxPlace(memory: PhysicalMemory, address: number): boolean {
  return address % WORD_BYTES === 0 && memory.contains(address, MAILBOX_BYTES);
}

export class Htif {
  private readonly options: HtifOptions;
  private readonly wiring: HtifWiring;
  private readonly port: SerialPort;
  private readonly report: GuestErrorHook;
  /**
   * Set from the store of a half of `tohost` until the host has looked: what has been stored is what
   * is pending, and so part of the machine's state.
   */
  private readonly lowStored: Alarm;
  private readonly highStored: Alarm;
  private failed = 0;

  /**
   * @param port where the console's bytes go
   * @throws RangeError when a mailbox is not at a word in RAM
   */
  constructor(options: HtifOptions, wiring: HtifWiring, port: SerialPort, report: GuestErrorHook) {
    const { tohost, fromhost } = options;
    const { memory, timebase } = wiring;
    for (const address of [tohost, fromhost ?? tohost]) {
      if (!isMailboxPlace(memory, address)) {
        throw new RangeError(`no mailbox can be at 0x${address.toString(16)}`);
      }
    }
    this.options = options;
    this.wiring = wiring;
    this.port = port;
    this.report = report;
    const onSettled = (): void => this.onSettled();
    this.lowStored = timebase.alarm('htif low', onSettled);
    this.highStored = timebase.alarm('htif high', onSettled);
    wiring.watchStores(tohost, WORD_BYTES, () => {
      this.beforeStore(this.lowStored, this.highStored);
    });
    wiring.watchStores(tohost + WORD_BYTES, WORD_BYTES, () => {
      this.beforeStore(this.highStored, this.lowStored);
    });
  }

  /** The number of the test with which the guest has ended its run; 0 if all passed, or it goes on. */
  get failedTest(): number {
    return this.failed;
  }

  /** Power-on: the alarm is cleared with all others. */
  reset(): void {
    this.failed = 0;
  }

  private beforeStore(half: Alarm, other: Alarm): void {
    if (half.due !== Infinity && other.due !== Infinity) this.onSettled();
    const { now } = this.wiring.timebase;
    if (other.due !== Infinity) half.set(now);
    else if (half.due === Infinity) half.set(now + SETTLE_CYCLES);
  }

  private onSettled(): void {
    this.lowStored.clear();
    this.highStored.clear();
    const { tohost } = this.options;
    const low = this.readWord(tohost);
    const high = this.readWord(tohost + WORD_BYTES);
    if (low === 0 && high === 0) return;
    this.clear(tohost);
    const device = high >>> 24;
    const command = (high >>> 16) & 0xff;
    const payload = (high & 0xffff) * TWO_32 + low;
    if (device === DEVICE_SYSTEM && command === COMMAND_SYSTEM_CALL) {
      if (payload % 2 === 1) this.end(Math.floor(payload / 2));
      else this.call(payload);
    } else if (device === DEVICE_CONSOLE && command === COMMAND_CONSOLE_WRITE) {
      this.port.transmit(low & 0xff);
      this.answer((high & 0xffff_0000) >>> 0, CONSOLE_WRITTEN | (low & 0xff));
    } else if (device !== DEVICE_CONSOLE || command !== COMMAND_CONSOLE_READ) {
      this.refuse(payload, `no device ${device} with command ${command}`);
    }
  }

  private end(failedTest: number): void {
    this.failed = failedTest;
    this.wiring.requestPowerOff(failedTest);
  }

  /** Carries out the system call that is described at a physical address. */
  private call(address: number): void {
    if (address % ARGUMENT_BYTES !== 0 || !this.wiring.memory.contains(address, CALL_BYTES)) {
      this.refuse(address, 'no system call can be there');
      return;
    }
    const [number, descriptor, buffer, length] = [0, 1, 2, 3].map((index) =>
      this.readLong(address + ARGUMENT_BYTES * index),
    );
    const result = this.perform(number, descriptor, buffer, length);
    this.writeWord(address, result);
    this.writeWord(address + WORD_BYTES, result < 0 ? -1 : 0);
    this.answer(0, SYSTEM_CALL_DONE);
  }

  private perform(number: number, descriptor: number, buffer: number, length: number): number {
    if (number !== CALL_WRITE) {
      this.refuse(number, 'only the system call write (64) is served');
      return -ENOSYS;
    }
    if (descriptor !== STANDARD_OUTPUT && descriptor !== STANDARD_ERROR) {
      this.refuse(descriptor, 'only file descriptors 1 and 2 are served');
      return -EBADF;
    }
    const bytes = new Uint8Array(Math.min(length, LONGEST_WRITE));
    if (!this.wiring.memory.readBytes(buffer, bytes)) return -EFAULT;
    for (const byte of bytes) this.port.transmit(byte);
    return bytes.length;
  }

  private refuse(value: number, problem: string): void {
    const access = { device: 'htif', access: 'write', offset: 0, width: MAILBOX_BYTES } as const;
    this.report({ ...access, value, problem });
  }

  private answer(high: number, low: number): void {
    const { fromhost } = this.options;
    if (fromhost === undefined) return;
    this.writeWord(fromhost + WORD_BYTES, high);
    this.writeWord(fromhost, low);
  }

  /** Takes a request; a store of one's own is not a request. */
  private clear(address: number): void {
    this.writeWord(address, 0);
    this.writeWord(address + WORD_BYTES, 0);
    this.lowStored.clear();
    this.highStored.clear();
  }

  private readLong(address: number): number {
    return this.readWord(address + WORD_BYTES) * TWO_32 + this.readWord(address);
  }

  private readWord(address: number): number {
    return this.wiring.memory.read(address, WORD_BYTES) ?? 0;
  }

  private writeWord(address: number, value: number): void {
    this.wiring.memory.write(address, WORD_BYTES, value >>> 0);
  }
}
