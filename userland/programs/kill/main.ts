/** kill [-SIGNAL] PROCESS...: ends programs, by SIGTERM unless another signal's number is given. */
import { LAST_SIGNAL, Signal } from '../../abi/process.enums';
import { parseDecimal } from '../../runtime/bytes';
import { processServer } from '../../runtime/program/children';
import { argument, argumentCount } from '../../runtime/program/data-page';
import { complain, SUCCESS, usage } from '../../runtime/program/errors';

const MINUS: u8 = 0x2d;
const SYNOPSIS = 'kill [-SIGNAL] PROCESS...';

export function main(): i32 {
  let first: u32 = 1;
  let signal: i64 = Signal.SIGTERM;
  if (argumentCount() > 1) {
    const option = argument(1);
    if (option.length > 1 && load<u8>(option.address) == MINUS) {
      signal = parseDecimal(option.address + 1, option.length - 1);
      first = 2;
    }
  }
  if (argumentCount() <= first || signal < 0 || signal > <i64>LAST_SIGNAL) return usage(SYNOPSIS);
  let status = SUCCESS;
  for (let i = first; i < argumentCount(); i++) {
    const word = argument(i);
    const process = parseDecimal(word.address, word.length);
    if (process < 0) return usage(SYNOPSIS);
    const error = processServer().kill(<u32>process, <u32>signal);
    if (error < 0) status = complain(word.address, word.length, error);
  }
  return status;
}
