/** uptime: how long the machine has been on. */
import { ticks } from '../../runtime/clock';
import { SUCCESS } from '../../runtime/program/errors';
import { endLine, out } from '../../runtime/program/output';

export function main(): i32 {
  out.text('up ').seconds(ticks()).text(' s');
  endLine();
  return SUCCESS;
}
