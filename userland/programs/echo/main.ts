/** echo [WORD...]: writes words. */
import { argument, argumentCount } from '../../runtime/program/data-page';
import { SUCCESS } from '../../runtime/program/errors';
import { endLine, out } from '../../runtime/program/output';

const SPACE: u8 = 0x20;

export function main(): i32 {
  for (let i: u32 = 1; i < argumentCount(); i++) {
    if (i > 1) out.byte(SPACE);
    out.bytes(argument(i).address, argument(i).length);
  }
  endLine();
  return SUCCESS;
}
