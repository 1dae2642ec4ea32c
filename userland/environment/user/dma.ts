/** Memory that the service's device reaches too: pages next to each other in physical memory. */
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { mapWhole } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';

const DMA_AT: usize = 0x2200_0000;

/** Makes it reachable; its bytes, or EBADF: the image description gives the service none. */
export function openDma(): i32 {
  return mapWhole(startHandle(StartHandle.Dma), DMA_AT, MapAccess.Read | MapAccess.Write);
}

/** Where it lies for the service, once it is open. */
export function dmaAddress(): usize {
  return DMA_AT;
}

/** Where it lies for the device: its physical address. */
export function dmaPhysicalAddress(): u32 {
  return startHandle(StartHandle.DmaAddress);
}
