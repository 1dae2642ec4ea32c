/** The initial file system image, where whoever started the kernel has put it. */

let start: u32 = 0;
let bytes: u32 = 0;

export function setInitrd(address: u32, length: u32): void {
  start = address;
  bytes = length;
}

export function initrdStart(): u32 {
  return start;
}

export function initrdBytes(): u32 {
  return bytes;
}
