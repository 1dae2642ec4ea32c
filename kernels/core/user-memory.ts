/**
 * The kernel's access to user memory. It walks the process's page table in software and copies
 * through the RAM map, page by page: a user address is never dereferenced, so none can fault. What
 * the user may not read or write, the kernel does not read or write for it. Device registers are
 * not memory: EFAULT.
 */
import { Errno } from '../../userland/abi/errno.enums';
import { AddressSpace } from './address-space';
import { counters } from './counters';
import { isRam } from './frames';
import { findEntry } from './page-table';
import { PAGE_MASK, PAGE_SIZE, Pte, USER_END, USER_START, ptePhysical } from './paging';

const USER_READ: u32 = Pte.V | Pte.U | Pte.R;
const USER_WRITE: u32 = Pte.V | Pte.U | Pte.W;

/** Whether all `length` bytes at `address` are in user space; no bytes are, wherever they are. */
export function isUserRange(address: u32, length: u32): bool {
  if (length == 0) return true;
  return address >= USER_START && address <= USER_END && length <= USER_END - address;
}

/** Physical address of `virtual` if its page has all the `flags`, else 0. */
function translate(space: AddressSpace, virtual: u32, flags: u32): u32 {
  const entry = findEntry(space.root, virtual);
  if ((entry & flags) != flags) return 0;
  const physical = ptePhysical(entry) | (virtual & PAGE_MASK);
  return isRam(physical) ? physical : 0;
}

/** Bytes from `address` to the end of its page. */
function toPageEnd(address: u32): u32 {
  return PAGE_SIZE - (address & PAGE_MASK);
}

/** Copies user memory into the kernel. EFAULT; what was copied before the fault stays. */
export function copyFromUser(space: AddressSpace, from: u32, to: u32, length: u32): i32 {
  if (!isUserRange(from, length)) return -Errno.EFAULT;
  while (length != 0) {
    const physical = translate(space, from, USER_READ);
    if (physical == 0) return -Errno.EFAULT;
    const chunk = min(length, toPageEnd(from));
    memory.copy(to, physical, chunk);
    counters().bytesCopied += chunk;
    from += chunk;
    to += chunk;
    length -= chunk;
  }
  return 0;
}

/** Copies kernel memory to the user. EFAULT; what was copied before the fault stays. */
export function copyToUser(space: AddressSpace, to: u32, from: u32, length: u32): i32 {
  if (!isUserRange(to, length)) return -Errno.EFAULT;
  while (length != 0) {
    const physical = translate(space, to, USER_WRITE);
    if (physical == 0) return -Errno.EFAULT;
    const chunk = min(length, toPageEnd(to));
    memory.copy(physical, from, chunk);
    counters().bytesCopied += chunk;
    from += chunk;
    to += chunk;
    length -= chunk;
  }
  return 0;
}

/** Copies from one address space to another. EFAULT; what was copied before the fault stays. */
export function copyBetween(
  source: AddressSpace,
  from: u32,
  target: AddressSpace,
  to: u32,
  length: u32,
): i32 {
  if (!isUserRange(from, length) || !isUserRange(to, length)) return -Errno.EFAULT;
  while (length != 0) {
    const physicalFrom = translate(source, from, USER_READ);
    const physicalTo = translate(target, to, USER_WRITE);
    if (physicalFrom == 0 || physicalTo == 0) return -Errno.EFAULT;
    const chunk = min(length, min(toPageEnd(from), toPageEnd(to)));
    memory.copy(physicalTo, physicalFrom, chunk);
    counters().bytesCopied += chunk;
    from += chunk;
    to += chunk;
    length -= chunk;
  }
  return 0;
}
