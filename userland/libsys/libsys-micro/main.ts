/** libsys for the microkernel: a call is a message, and files, processes and time are servers. */
import { Errno } from '../../abi/errno.enums';
import { Message } from '../../abi/message.structs';
import { MapAccess, Syscall } from '../../abi/syscall.enums';
import { ebreak } from '../../abi/rv';
import {
  createMemory,
  exit,
  log,
  mapWhole,
  PAGE_BYTES,
  release,
  sleepUntil,
  unmap,
} from '../../runtime/objects';
import { system_call, system_operation } from '../../runtime/system-calls';

/** What programs may fill: above the pages that are never mapped, below the stack's end. */
const LOWEST: u32 = 0x1000;
const HIGHEST: u32 = 0x7ff0_0000;

export function libsys_call(message: usize): i32 {
  changetype<Message>(message).status = Syscall.Call;
  return system_call(message);
}

export function libsys_exit(status: i32): void {
  exit(status);
}

export function libsys_close(handle: u32): i32 {
  return release(handle);
}

export function libsys_sleep_until(low: u32, high: u32): i32 {
  return sleepUntil(((<u64>high) << 32) | (<u64>low));
}

export function libsys_log(address: usize, length: u32): i32 {
  log(address, length);
  return 0;
}

export function libsys_map(address: usize, bytes: u32): i32 {
  const wrong = checkRange(address, bytes);
  if (wrong < 0) return wrong;
  const pages = createMemory(bytes);
  if (pages < 0) return pages;
  const error = mapWhole(pages, address, MapAccess.Read | MapAccess.Write);
  // The pages live as long as they are mapped.
  release(pages);
  return min(error, 0);
}

export function libsys_unmap(address: usize, bytes: u32): i32 {
  const wrong = checkRange(address, bytes);
  return wrong < 0 ? wrong : unmap(address, bytes);
}

/** Whole pages where a program may map some: 0, EINVAL or EFAULT. */
function checkRange(address: usize, bytes: u32): i32 {
  if (bytes == 0 || (((<u32>address) | bytes) & (PAGE_BYTES - 1)) != 0) return -Errno.EINVAL;
  const isInPlace = address >= LOWEST && address <= HIGHEST && bytes <= HIGHEST - <u32>address;
  return isInPlace ? 0 : -Errno.EFAULT;
}

/** The price of entering the kernel and leaving it. */
export function libsys_null(): i32 {
  return system_operation(Syscall.Null, 0, 0, 0, 0, 0, 0);
}

/** Nothing here asserts anything. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  ebreak();
}
