/** Memory that outlives the service: what it leaves to the one that is started after it. */
import { Errno } from '../../abi/errno.enums';
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { mapWhole } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';

const KEPT_AT: usize = 0x2100_0000;

/** Makes it reachable; 0, or ENOMEM: the image description gives the service less than `bytes`. */
export function openKept(bytes: u32): i32 {
  const access = MapAccess.Read | MapAccess.Write;
  const mapped = mapWhole(startHandle(StartHandle.Kept), KEPT_AT, access);
  if (mapped < 0) return mapped;
  return <u32>mapped < bytes ? -Errno.ENOMEM : 0;
}

/** Where it lies once it is open: at the same address in every life of the service. */
export function keptAddress(): usize {
  return KEPT_AT;
}
