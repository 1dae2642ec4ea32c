/** The registers of the service's device, in the kernel's window of devices. */
import { Errno } from '../../abi/errno.enums';
import { self } from './running';

/** 0, or EBADF: the image description gives the service none. */
export function openRegisters(): i32 {
  return self().registers == 0 ? -Errno.EBADF : 0;
}

/** Where the registers lie. */
export function registersAddress(): usize {
  return self().registers;
}
