/** Errors in words. */
import { Errno } from '../../abi/errno.enums';

/** What a negative Errno means to someone who works with files; empty: no more is known. */
export function errorText(error: i32): string {
  switch (-error) {
    case Errno.EPERM:
      return 'is not allowed';
    case Errno.ENOENT:
      return 'no such file or folder';
    case Errno.ESRCH:
      return 'no such process';
    case Errno.EIO:
      return 'the device failed';
    case Errno.ENXIO:
      return 'there is nothing behind it that can be used';
    case Errno.E2BIG:
      return 'the arguments are too long';
    case Errno.ENOEXEC:
      return 'is no program for this machine';
    case Errno.EBADF:
      return 'is closed, or its server was stopped';
    case Errno.EAGAIN:
      return 'the server has too much to do';
    case Errno.ENOMEM:
      return 'out of memory';
    case Errno.EACCES:
      return 'access denied';
    case Errno.EEXIST:
      return 'exists';
    case Errno.ENOTDIR:
      return 'is not a folder';
    case Errno.EISDIR:
      return 'is a folder';
    case Errno.EINVAL:
      return 'is not valid';
    case Errno.ENFILE:
      return 'too many are open';
    case Errno.ENOSPC:
      return 'no room is left';
    case Errno.ESPIPE:
      return 'has no places to go to';
    case Errno.EROFS:
      return 'is on a file system that cannot be written';
    case Errno.ENAMETOOLONG:
      return 'the name is too long';
    case Errno.ENOSYS:
      return 'the server there does not do that';
    case Errno.ENOTEMPTY:
      return 'is not empty';
    case Errno.ELOOP:
      return 'symbolic links lead in a circle';
    case Errno.EDIED:
      return 'the server died of the request';
    default:
      return '';
  }
}
