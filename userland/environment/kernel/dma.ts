/** Memory that the service's device reaches too: the kernel maps it where it is. */
import { Errno } from '../../abi/errno.enums';
import { self } from './running';

/** Its bytes, or EBADF: the image description gives the service none. */
export function openDma(): i32 {
  return self().dma == 0 ? -Errno.EBADF : <i32>self().dmaBytes;
}

/** Where it lies for the service. */
export function dmaAddress(): usize {
  return self().dma;
}

/** Where it lies for the device: its physical address. */
export function dmaPhysicalAddress(): u32 {
  return self().dma;
}
