/**
 * bench: does, several times each, what kernels are compared by. It prints nothing of it: run it by
 * `vitrine compare`, which counts from outside.
 */
import { parseDecimal } from '../../runtime/bytes';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { FAILURE, startError, SUCCESS, usage } from '../../runtime/program/errors';
import { endError } from '../../runtime/program/output';
import { measureCalls, measureServiceCall } from './calls';
import { copyThroughCrash } from './copy';
import { measureOpen, measureRead } from './files';
import { answer, measureRoundTrip, measureSpawn, measureThroughput } from './processes';

export function main(): i32 {
  if (argumentCount() == 3 && argumentIs(1, 'answer')) {
    const bytes = parseDecimal(argument(2).address, argument(2).length);
    return bytes < 1 ? FAILURE : outcome('answer', answer(<u32>bytes));
  }
  if (argumentCount() == 4 && argumentIs(1, 'copy')) {
    return copyThroughCrash(argument(2), argument(3));
  }
  if (argumentCount() != 1) return usage('bench [copy FROM TO]');
  let status = outcome('calls', measureCalls());
  status |= outcome('service call', measureServiceCall());
  status |= outcome('open', measureOpen());
  status |= outcome('read', measureRead());
  status |= outcome('round trip', measureRoundTrip());
  status |= outcome('pipe', measureThroughput());
  return status | outcome('spawn', measureSpawn());
}

/** The exit status for what a measurement has returned; what went wrong is said. */
function outcome(subject: string, result: i32): i32 {
  if (result >= 0) return SUCCESS;
  startError().text(subject).text(': error ').signed(-result);
  endError();
  return FAILURE;
}
