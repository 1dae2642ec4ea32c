/** Text on the firmware's console. ASCII only; `\n` goes out as carriage return and line feed. */
import { transmit } from './uart';

const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;

/** Prints a constant string. */
export function print(text: string): void {
  const length = text.length;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i) as u32;
    if (unit == LINE_FEED) transmit(CARRIAGE_RETURN);
    transmit(unit);
  }
}

/** Prints `value` as 0x and eight hexadecimal digits. */
export function printHex(value: u32): void {
  print('0x');
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 0xf;
    transmit(digit < 10 ? 0x30 + digit : 0x61 + digit - 10);
  }
}

/** Prints `value` in decimal. */
export function printDecimal(value: u32): void {
  if (value >= 10) printDecimal(value / 10);
  transmit(0x30 + (value % 10));
}
