/** The initial file system image that the kernel was started with. */
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { mapWhole } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';

const INITRD_AT: usize = 0x4000_0000;

/** Makes it reachable; its bytes, or EBADF: the image description does not grant it. */
export function openInitrd(): i32 {
  return mapWhole(startHandle(StartHandle.Initrd), INITRD_AT, MapAccess.Read);
}

/** Where it lies once it is open. */
export function initrdAddress(): usize {
  return INITRD_AT;
}
