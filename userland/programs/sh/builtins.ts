/** Commands that change the shell itself, and so cannot be programs. */
import { Errno } from '../../abi/errno.enums';
import { SIGNALLED, Signal } from '../../abi/process.enums';
import { parseDecimal } from '../../runtime/bytes';
import { folderAddress, folderLength, setFolder } from '../../runtime/program/data-page';
import { SUCCESS, usage } from '../../runtime/program/errors';
import { isFolder } from '../../runtime/program/files';
import { endLine, exit, out } from '../../runtime/program/output';
import { makePath, path } from '../../runtime/program/paths';
import { complainAbout } from './complaints';
import { waitForJobs } from './jobs';
import { Tokens } from './tokens';

/** What `runBuiltin` returns when the command is none of them. */
export const NO_BUILTIN: i32 = -1;

/** Runs the command of `count` words from token `first` if it is built in. */
export function runBuiltin(tokens: Tokens, first: u32, count: u32, lastStatus: i32): i32 {
  if (tokens.is(first, 'cd')) return changeFolder(tokens, first, count);
  if (tokens.is(first, 'pwd')) return showFolder();
  if (tokens.is(first, 'exit')) return leave(tokens, first, count, lastStatus);
  if (tokens.is(first, 'wait')) return wait();
  return NO_BUILTIN;
}

export function isBuiltin(tokens: Tokens, word: u32): bool {
  return (
    tokens.is(word, 'cd') ||
    tokens.is(word, 'pwd') ||
    tokens.is(word, 'exit') ||
    tokens.is(word, 'wait')
  );
}

function changeFolder(tokens: Tokens, first: u32, count: u32): i32 {
  if (count > 2) return usage('cd [FOLDER]');
  if (count == 1) {
    path.clear();
    path.text('/');
    return setFolder(path.address, path.length);
  }
  const name = tokens.token(first + 1);
  let error = makePath(name.address, name.length);
  if (error >= 0 && !isFolder()) error = -Errno.ENOTDIR;
  if (error >= 0) error = setFolder(path.address, path.length);
  return error < 0 ? complainAbout(name.address, name.length, error) : SUCCESS;
}

function showFolder(): i32 {
  out.bytes(folderAddress(), folderLength());
  endLine();
  return SUCCESS;
}

function leave(tokens: Tokens, first: u32, count: u32, lastStatus: i32): i32 {
  if (count > 2) return usage('exit [STATUS]');
  let status = lastStatus;
  if (count == 2) {
    const word = tokens.token(first + 1);
    const number = parseDecimal(word.address, word.length);
    if (number < 0) return usage('exit [STATUS]');
    status = <i32>number;
  }
  exit(status);
  return status;
}

function wait(): i32 {
  const status = waitForJobs();
  return status == -Errno.EINTR ? SIGNALLED + Signal.SIGINT : max(status, 0);
}
