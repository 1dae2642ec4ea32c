/**
 * selftest: checks files, pipes, processes, memory, signals, the clock and the shell from inside, a line for each check;
 * status 1 if one failed. `selftest -spawn COUNT` starts a program that often; `selftest -free` says
 * how many pages of memory there are.
 */
import { parseDecimal } from '../../runtime/bytes';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { fail, SUCCESS, usage } from '../../runtime/program/errors';
import { endLine, out } from '../../runtime/program/output';
import { summary } from './checks';
import { doze, testClock } from './clock';
import { testFiles } from './files';
import { countFreePages, testMemory } from './memory';
import { testPipes } from './pipes';
import { spawnMany, testProcesses } from './processes';
import { testShell } from './shell';
import { testSignals } from './signals';

const SYNOPSIS = 'selftest [-spawn COUNT | -free]';

export function main(): i32 {
  if (argumentIs(1, '-spawn') && argumentCount() == 3) return spawn();
  if (argumentIs(1, '-free') && argumentCount() == 2) {
    out.decimal(countFreePages()).text(' pages are free');
    endLine();
    return SUCCESS;
  }
  if (argumentIs(1, '-doze') && argumentCount() == 2) return doze();
  if (argumentCount() != 1) return usage(SYNOPSIS);
  testFiles();
  testPipes();
  testProcesses();
  testMemory();
  testSignals();
  testClock();
  testShell();
  return summary();
}

function spawn(): i32 {
  const count = parseDecimal(argument(2).address, argument(2).length);
  if (count < 0) return usage(SYNOPSIS);
  const error = spawnMany(<u32>count);
  if (error != 0) return fail('a program could not be started, or did not succeed');
  out.decimal(<u64>count).text(' programs came and went');
  endLine();
  return SUCCESS;
}
