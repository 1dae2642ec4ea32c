/** mkdir FOLDER...: makes folders. */
import { argument, argumentCount } from '../../runtime/program/data-page';
import { complain, SUCCESS, usage } from '../../runtime/program/errors';
import { makeFolder } from '../../runtime/program/files';
import { makePath } from '../../runtime/program/paths';

export function main(): i32 {
  if (argumentCount() < 2) return usage('mkdir FOLDER...');
  let status = SUCCESS;
  for (let i: u32 = 1; i < argumentCount(); i++) {
    const name = argument(i);
    let error = makePath(name.address, name.length);
    if (error >= 0) error = makeFolder();
    if (error < 0) status = complain(name.address, name.length, error);
  }
  return status;
}
