/**
 * Functions of the kernel that return an object's address or an error return one word: errors are
 * negative Errnos, which no object's address can equal, since the last page of the address space
 * is never mapped.
 */
const LOWEST_ERROR: u32 = 0xffff_f000;

/** Whether `result` is a negative Errno and not an address. */
export function isError(result: u32): bool {
  return result >= LOWEST_ERROR;
}

/** `errno` as a result. */
export function failure(errno: i32): u32 {
  return -errno as u32;
}
