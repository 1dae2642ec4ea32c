/** Where services inside find those outside: the placement has the paths, and init provides the ports. */
import { OUTSIDE_PATHS, outsidePath } from 'placement/inside';
import { Errno } from '../../userland/abi/errno.enums';

/** Init has no more paths (userland/services/init/service-table.ts). */
const MOST_PATHS: u32 = 64;
/** Address of the port inside that leads to each; 0: not provided. */
const ports = memory.data(256, 4) as u32;

/** The port by which the service at path number `index` is called; 0: it was not provided. */
export function portOutside(index: u32): u32 {
  return load<u32>(ports + index * sizeof<u32>());
}

/** Keeps the port for a path: ENOENT if the placement has none such outside, EEXIST. */
export function providePath(path: usize, length: u32, port: u32): i32 {
  assert(OUTSIDE_PATHS <= MOST_PATHS);
  if (port == 0) return -Errno.EINVAL;
  for (let index: u32 = 0; index < OUTSIDE_PATHS; index++) {
    if (!isText(path, length, outsidePath(index))) continue;
    if (portOutside(index) != 0) return -Errno.EEXIST;
    store<u32>(ports + index * sizeof<u32>(), port);
    return 0;
  }
  return -Errno.ENOENT;
}

function isText(address: usize, length: u32, text: string): bool {
  if (length != <u32>text.length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if ((load<u8>(address + i) as i32) != text.charCodeAt(i)) return false;
  }
  return true;
}
