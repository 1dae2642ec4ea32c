/**
 * The kernel's log: text on the firmware's console. A line is collected and handed over as one SBI
 * call. ASCII; `\n` goes out as carriage return and line feed.
 */
import { writeDebugConsole } from './sbi';

const LINE_SIZE: u32 = 256;
const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;

const line = memory.data(256) as u32;
let used: u32 = 0;

function flush(): void {
  writeDebugConsole(line, used);
  used = 0;
}

function put(byte: u32): void {
  store<u8>(line + used, byte);
  used++;
  if (used == LINE_SIZE) flush();
}

/** Logs one byte. */
function logByte(byte: u32): void {
  if (byte == LINE_FEED) put(CARRIAGE_RETURN);
  put(byte);
  if (byte == LINE_FEED) flush();
}

/** Logs `length` bytes of kernel memory; they go out at once, whether or not a line ends with them. */
export function logBytes(address: u32, length: u32): void {
  for (let i: u32 = 0; i < length; i++) logByte(load<u8>(address + i));
  if (used != 0) flush();
}

/** Logs a constant string. */
export function log(text: string): void {
  const length = text.length;
  for (let i = 0; i < length; i++) logByte(text.charCodeAt(i) as u32);
}

/** Logs `value` as 0x and eight hexadecimal digits. */
export function logHex(value: u32): void {
  log('0x');
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 0xf;
    logByte(digit < 10 ? 0x30 + digit : 0x61 + digit - 10);
  }
}

/** Logs `value` in decimal. */
export function logDecimal(value: u32): void {
  if (value >= 10) logDecimal(value / 10);
  logByte(0x30 + (value % 10));
}
