/**
 * crash SERVER: makes a server dereference null; crash -file PATH: the same, while a file is open there.
 * crash -KIND: does itself what a program must not.
 */
import { Errno } from '../../abi/errno.enums';
import { OpenFlags } from '../../abi/files.enums';
import { Text } from '../../abi/message.structs';
import { ServerClient } from 'stubs/server';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { complain, fail, SUCCESS, usage } from '../../runtime/program/errors';
import { openFile } from '../../runtime/program/files';
import { findService, servicePath } from '../../runtime/program/services';

const SYNOPSIS = 'crash SERVER | -file PATH | -null | -divide | -abort | -code';
const NULL: usize = 0;
/** Where every program's code begins. */
const CODE: usize = 0x0001_0000;

export function main(): i32 {
  if (argumentCount() == 3 && argumentIs(1, '-file')) return crashBehind(argument(2));
  if (argumentCount() != 2) return usage(SYNOPSIS);
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
  return crashService(<u32>endpoint, name);
}

/** The file stays open until the program has ended, however it does. */
function crashBehind(name: Text): i32 {
  const file = openFile(name.address, name.length, OpenFlags.Read);
  if (file < 0) return complain(name.address, name.length, <i32>file);
  return crashService(<u32>file, name);
}

/** Success is that the service has died, and not this program for it. */
function crashService(handle: u32, name: Text): i32 {
  const answer = ServerClient.at(handle).crash();
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
