/**
 * crash SERVER: makes a server dereference null. crash -KIND: does itself what a program must not.
 */
import { Errno } from '../../abi/errno.enums';
import { ServerClient } from 'stubs/server';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { complain, fail, SUCCESS, usage } from '../../runtime/program/errors';
import { findService, servicePath } from '../../runtime/program/services';

const NULL: usize = 0;
/** Where every program's code begins. */
const CODE: usize = 0x0001_0000;

export function main(): i32 {
  if (argumentCount() != 2) return usage('crash SERVER | -null | -divide | -abort | -code');
  if (argumentIs(1, '-null')) return dereference();
  if (argumentIs(1, '-divide')) return divide();
  if (argumentIs(1, '-abort')) return stop();
  if (argumentIs(1, '-code')) return writeCode();
  if (argumentIs(1, 'init') || argumentIs(1, '/svc/init')) {
    return fail('init: nobody could start it again');
  }
  const name = argument(1);
  servicePath(name.address, name.length);
  const endpoint = findService();
  if (endpoint < 0) return complain(name.address, name.length, <i32>endpoint);
  const answer = ServerClient.at(<u32>endpoint).crash();
  if (answer == -Errno.EDIED) return SUCCESS;
  return complain(name.address, name.length, answer < 0 ? answer : -Errno.EIO);
}

function dereference(): i32 {
  store<u32>(NULL, 1);
  return SUCCESS;
}

/** The arguments are one too many for a quotient. */
function divide(): i32 {
  return 100 / (<i32>argumentCount() - 2);
}

function stop(): i32 {
  assert(argumentCount() == 0, 'there are arguments');
  return SUCCESS;
}

/** A program's code cannot be changed, whatever its own mistakes. */
function writeCode(): i32 {
  store<u32>(CODE, 0);
  return SUCCESS;
}
