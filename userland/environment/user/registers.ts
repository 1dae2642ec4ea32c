/** The registers of the service's device. */
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { mapWhole } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';

const REGISTERS_AT: usize = 0x2000_0000;

/** Makes the registers reachable; 0, or EBADF: the image description gives the service none. */
export function openRegisters(): i32 {
  const access = MapAccess.Read | MapAccess.Write;
  return min(0, mapWhole(startHandle(StartHandle.Registers), REGISTERS_AT, access));
}

/** Where the registers lie once they are open. */
export function registersAddress(): usize {
  return REGISTERS_AT;
}
