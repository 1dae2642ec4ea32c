/** sleep SECONDS: waits; SECONDS may have a fraction of up to three digits. */
import { parseDecimal } from '../../runtime/bytes';
import { ticks, TICKS_PER_MILLISECOND } from '../../runtime/clock';
import { argument, argumentCount } from '../../runtime/program/data-page';
import { SUCCESS, usage } from '../../runtime/program/errors';
import { libsys_sleep_until } from '../../runtime/program/libsys';

const DOT: u8 = 0x2e;
const SYNOPSIS = 'sleep SECONDS';

export function main(): i32 {
  if (argumentCount() != 2) return usage(SYNOPSIS);
  const milliseconds = parseSeconds(argument(1).address, argument(1).length);
  if (milliseconds < 0) return usage(SYNOPSIS);
  const deadline = ticks() + <u64>milliseconds * TICKS_PER_MILLISECOND;
  libsys_sleep_until(<u32>deadline, <u32>(deadline >> 32));
  return SUCCESS;
}

/** A number of seconds in milliseconds; −1 if it is none. */
function parseSeconds(address: usize, length: u32): i64 {
  let whole: u32 = 0;
  while (whole < length && load<u8>(address + whole) != DOT) whole += 1;
  const seconds = parseDecimal(address, whole);
  if (seconds < 0 || whole == length) return seconds < 0 ? -1 : seconds * 1000;
  const digits = length - whole - 1;
  const fraction = parseDecimal(address + whole + 1, digits);
  if (fraction < 0 || digits > 3) return -1;
  const unit = digits == 3 ? 1 : digits == 2 ? 10 : 100;
  return seconds * 1000 + fraction * unit;
}
