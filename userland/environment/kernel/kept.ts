/** Memory to keep things in; inside the kernel nothing outlives a service but the service itself. */
import { Errno } from '../../abi/errno.enums';
import { self } from './running';

/** 0, or ENOMEM: the image description gives the service less than `bytes`. */
export function openKept(bytes: u32): i32 {
  return self().keptBytes < bytes ? -Errno.ENOMEM : 0;
}

export function keptAddress(): usize {
  return self().kept;
}
