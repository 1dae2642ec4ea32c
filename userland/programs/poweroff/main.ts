/** poweroff: switches the machine off, once everything written has left the terminal's line. */
import { ConsoleClient } from 'stubs/console';
import { PowerClient } from 'stubs/power';
import { argumentCount } from '../../runtime/program/data-page';
import { complain, usage } from '../../runtime/program/errors';
import { flush } from '../../runtime/program/output';
import { path } from '../../runtime/program/paths';
import { findKnownService } from '../../runtime/program/services';

export function main(): i32 {
  if (argumentCount() > 1) return usage('poweroff');
  flush();
  const console = findKnownService('/svc/console');
  if (console >= 0) ConsoleClient.at(<u32>console).drain();
  const power = findKnownService('/svc/power');
  const error = power < 0 ? <i32>power : PowerClient.at(<u32>power).off(0);
  return complain(path.address, path.length, error);
}
