/** The initial file system image that the kernel was started with. */
import { Errno } from '../../abi/errno.enums';
import { initrdBytes, initrdStart } from '../../../kernels/inside/initrd';
import { self } from './running';

/** Its bytes, or EBADF: the image description does not grant it. */
export function openInitrd(): i32 {
  return self().readsInitrd ? <i32>initrdBytes() : -Errno.EBADF;
}

export function initrdAddress(): usize {
  return initrdStart();
}
