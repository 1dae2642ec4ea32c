/**
 * A console driver gone wrong, for a test: given the same registers as the console, it reaches for
 * something that it was not given. Its argument says what: `device`, `kernel` or `server`.
 */
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { lw } from '../../abi/rv';
import { isText } from '../../runtime/bytes';
import { mapWhole } from '../../runtime/objects';
import { argument, argumentCount, startHandle } from '../../runtime/start-information';
import { Uart } from '../console/uart';

const REGISTERS_AT: usize = 0x2000_0000;
/** The page behind the UART's: the first virtio device. */
const FOREIGN_DEVICE: usize = 0x1000_1000;
/** Where our kernels' text begins. */
const KERNEL_RAM: usize = 0x8040_0000;
/** Where the servers that read the initrd map it. */
const SERVER_PAGE: usize = 0x4000_0000;

// Exit statuses: each means that the test has failed.
const NO_DEVICE: i32 = 1;
const SAW_ZERO: i32 = 2;
const SAW_SOMETHING: i32 = 3;

export function main(start: usize): i32 {
  const registers = startHandle(StartHandle.Registers);
  const mapped = mapWhole(registers, REGISTERS_AT, MapAccess.Read | MapAccess.Write);
  if (mapped < 0) return mapped;
  // Its own device it can reach, or what follows would prove nothing.
  if (!Uart.at(REGISTERS_AT).canSend) return NO_DEVICE;
  const target = targetAddress();
  const seen = lw(target);
  return seen == 0 ? SAW_ZERO : SAW_SOMETHING;
}

function targetAddress(): usize {
  if (argumentCount() < 2) return REGISTERS_AT;
  const target = argument(1);
  if (isText(target.address, target.length, 'device')) return FOREIGN_DEVICE;
  if (isText(target.address, target.length, 'kernel')) return KERNEL_RAM;
  return SERVER_PAGE;
}
