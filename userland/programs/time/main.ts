/** time COMMAND [WORD...]: runs a program and says how long it took, by the clock and in cycles. */
import { ProcessFlags } from '../../abi/process.enums';
import { cycles, ticks } from '../../runtime/clock';
import { addWord, beginWords, spawn, waitFor } from '../../runtime/program/children';
import { argument, argumentCount } from '../../runtime/program/data-page';
import { complain, FAILURE, usage } from '../../runtime/program/errors';
import { endError, err } from '../../runtime/program/output';

export function main(): i32 {
  if (argumentCount() < 2) return usage('time COMMAND [WORD...]');
  beginWords();
  for (let i: u32 = 1; i < argumentCount(); i++) addWord(argument(i).address, argument(i).length);
  const startTicks = ticks();
  const startCycles = cycles();
  const child = spawn(ProcessFlags.Foreground);
  if (child < 0) return complain(argument(1).address, argument(1).length, <i32>child);
  const status = waitFor(<u32>child);
  const took = cycles() - startCycles;
  err.text('took ').seconds(ticks() - startTicks);
  err.text(' s, ').decimal(took).text(' cycles');
  endError();
  return status < 0 ? FAILURE : status;
}
