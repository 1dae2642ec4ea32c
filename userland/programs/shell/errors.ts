/** Errors in words, and the exit statuses that go with them. */
import { Errno } from '../../abi/errno.enums';
import { endLine, out } from './terminal';

export const SUCCESS: i32 = 0;
export const FAILURE: i32 = 1;
/** The command was used wrongly. */
export const USAGE: i32 = 2;
export const NOT_FOUND: i32 = 127;
/** Ctrl-C. */
export const INTERRUPTED: i32 = 130;

/** What a negative Errno means to someone who reads files and calls servers; empty: no more is known. */
function errorText(error: i32): string {
  switch (-error) {
    case Errno.ENOENT:
      return 'no such file or service';
    case Errno.EISDIR:
      return 'is a folder';
    case Errno.ENOTDIR:
      return 'is not a folder';
    case Errno.ENOSYS:
      return 'the server there does not do that';
    case Errno.EDIED:
      return 'the server died of the request';
    case Errno.EBADF:
      return 'the service has been stopped';
    case Errno.E2BIG:
    case Errno.ENAMETOOLONG:
      return 'the name is too long';
    case Errno.EAGAIN:
      return 'the server has too much to do';
    default:
      return '';
  }
}

/** `command: subject: what is wrong`; returns FAILURE. */
export function complain(command: string, subject: usize, length: u32, error: i32): i32 {
  out.text(command).text(': ').bytes(subject, length);
  return endComplaint(error);
}

/** The same about a service that the command itself has chosen. */
export function complainAbout(command: string, service: string, error: i32): i32 {
  out.text(command).text(': ').text(service);
  return endComplaint(error);
}

function endComplaint(error: i32): i32 {
  const text = errorText(error);
  out.text(': ').text(text);
  if (text.length == 0) out.text('error ').signed(-error);
  endLine();
  return FAILURE;
}

/** `usage: …`; returns USAGE. */
export function usage(synopsis: string): i32 {
  out.text('usage: ').text(synopsis);
  endLine();
  return USAGE;
}
