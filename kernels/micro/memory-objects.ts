/** Memory objects, and their mappings in address spaces. */
import { Errno } from '../../userland/abi/errno.enums';
import { MapAccess, MemoryFlags, ObjectKind, Rights } from '../../userland/abi/syscall.enums';
import { AddressSpace } from '../core/address-space';
import { allocateFrames, releaseFrames, retainFrames } from '../core/frames';
import { Hart } from '../core/hart';
import { PAGE_MASK, PAGE_SHIFT, RAM_START } from '../core/paging';
import { failure, isError } from '../core/result';
import { mapRun, unmapRun } from '../core/user-mappings';
import { isUserRange } from '../core/user-memory';
import { HandleEntry } from './handle-entry';
import { findHandle, insertHandle } from './handles';
import { allocateObject, releaseObject } from './object-slabs';
import { MemoryObject, MicroThread, Process } from './objects';

/** Rights that a part of a memory object takes over. */
const INHERITED: u32 = Rights.Read | Rights.Write | Rights.Execute | Rights.Derive;
const ALL_ACCESS: u32 = MapAccess.Read | MapAccess.Write | MapAccess.Execute;

/** Registers that belong to the kernel, which nobody may map: the interrupt controller's. */
let ownDevices: u32 = 0;
let ownDevicesEnd: u32 = 0;

/** Keeps the physical range from everyone. */
export function keepDevices(start: u32, size: u32): void {
  ownDevices = start;
  ownDevicesEnd = start + size;
}

/** An object for a run of pages whose references it takes over, or null. */
export function wrapPages(base: u32, pages: u32): MemoryObject | null {
  const object = allocateObject(ObjectKind.Memory);
  if (object == null) return null;
  const memoryObject = changetype<MemoryObject>(object);
  memoryObject.base = base;
  memoryObject.pages = pages;
  return memoryObject;
}

/**
 * ObjectKind.Memory of Syscall.Create: a1 bytes of new memory, or with t1 the a2 bytes at offset a1
 * of that object. A handle, or EINVAL, EBADF, EACCES, ENOMEM, ENFILE.
 */
export function createMemory(thread: MicroThread): u32 {
  if (thread.t1 != 0) {
    if (thread.a3 == MemoryFlags.Contiguous) return createContiguous(thread);
    return thread.a3 == 0 ? deriveMemory(thread) : failure(Errno.EINVAL);
  }
  const bytes = thread.a1;
  if (bytes == 0 || (bytes & PAGE_MASK) != 0) return failure(Errno.EINVAL);
  const pages = bytes >> PAGE_SHIFT;
  const base = allocateFrames(pages);
  if (base == 0) return failure(Errno.ENOMEM);
  return handOver(thread.process, base, pages, INHERITED);
}

/**
 * Memory for a device, whose driver could reach all RAM through it: only the holder of all device
 * memory hands such memory out.
 */
function createContiguous(thread: MicroThread): u32 {
  const found = findHandle(thread.process, thread.t1, ObjectKind.Memory, Rights.Derive);
  if (isError(found)) return found;
  const root = changetype<MemoryObject>(changetype<HandleEntry>(found).object);
  if (root.base != 0 || root.pages != RAM_START >> PAGE_SHIFT) return failure(Errno.EACCES);
  const bytes = thread.a1;
  if (bytes == 0 || (bytes & PAGE_MASK) != 0) return failure(Errno.EINVAL);
  const pages = bytes >> PAGE_SHIFT;
  // Every memory object of RAM is one run of frames.
  const base = allocateFrames(pages);
  if (base == 0) return failure(Errno.ENOMEM);
  const handle = handOver(thread.process, base, pages, INHERITED);
  if (isError(handle)) return handle;
  const made = findHandle(thread.process, handle, ObjectKind.Memory, 0);
  changetype<MemoryObject>(changetype<HandleEntry>(made).object).isContiguous = true;
  return handle;
}

/** Syscall.PhysicalAddress: the number of the first frame, or EBADF, EACCES, EINVAL. */
export function physicalAddress(thread: MicroThread): i32 {
  const found = findHandle(thread.process, thread.t1, ObjectKind.Memory, Rights.Derive);
  if (isError(found)) return found as i32;
  const object = changetype<MemoryObject>(changetype<HandleEntry>(found).object);
  return object.isContiguous ? ((object.base >> PAGE_SHIFT) as i32) : -Errno.EINVAL;
}

function deriveMemory(thread: MicroThread): u32 {
  const found = findHandle(thread.process, thread.t1, ObjectKind.Memory, Rights.Derive);
  if (isError(found)) return found;
  const entry = changetype<HandleEntry>(found);
  const whole = changetype<MemoryObject>(entry.object);
  const offset = thread.a1;
  const bytes = thread.a2;
  if (bytes == 0 || ((offset | bytes) & PAGE_MASK) != 0) return failure(Errno.EINVAL);
  const first = offset >> PAGE_SHIFT;
  const pages = bytes >> PAGE_SHIFT;
  if (first > whole.pages || pages > whole.pages - first) return failure(Errno.EINVAL);
  const base = whole.base + offset;
  if (base < ownDevicesEnd && base + bytes > ownDevices) return failure(Errno.EACCES);
  retainFrames(base, pages);
  return handOver(thread.process, base, pages, entry.rights & INHERITED);
}

/** Makes the object and the handle; gives the frames back if either fails. */
function handOver(process: Process, base: u32, pages: u32, rights: u32): u32 {
  const memoryObject = wrapPages(base, pages);
  if (memoryObject == null) {
    releaseFrames(base, pages);
    return failure(Errno.ENOMEM);
  }
  const handle = insertHandle(process, memoryObject, rights | Rights.Destroy | Rights.Copy, 0);
  if (handle != 0) return handle;
  releaseFrames(base, pages);
  releaseObject(memoryObject);
  return failure(Errno.ENFILE);
}

/** The process that a system call acts on: handle a0 with the right Manage, or oneself. */
function targetProcess(thread: MicroThread): u32 {
  if (thread.a0 == 0) return changetype<u32>(thread.process);
  const found = findHandle(thread.process, thread.a0, ObjectKind.Process, Rights.Manage);
  if (isError(found)) return found;
  return changetype<u32>(changetype<HandleEntry>(found).object);
}

/** Syscall.Map: bytes mapped, or EBADF, EACCES, EINVAL, EFAULT outside user space, EEXIST, ENOMEM. */
export function map(hart: Hart, thread: MicroThread): i32 {
  const access = thread.a4;
  if (access == 0 || (access & ~ALL_ACCESS) != 0) return -Errno.EINVAL;
  let rights: u32 = 0;
  // A page that can be written can be read: Sv32 has no other.
  if ((access & (MapAccess.Read | MapAccess.Write)) != 0) rights |= Rights.Read;
  if ((access & MapAccess.Write) != 0) rights |= Rights.Write;
  if ((access & MapAccess.Execute) != 0) rights |= Rights.Execute;
  const found = findHandle(thread.process, thread.t1, ObjectKind.Memory, rights);
  if (isError(found)) return found as i32;
  const target = targetProcess(thread);
  if (isError(target)) return target as i32;
  const memoryObject = changetype<MemoryObject>(changetype<HandleEntry>(found).object);
  const virtual = thread.a1;
  const offset = thread.a2;
  if (((virtual | offset | thread.a3) & PAGE_MASK) != 0) return -Errno.EINVAL;
  const first = offset >> PAGE_SHIFT;
  if (first >= memoryObject.pages) return -Errno.EINVAL;
  const left = memoryObject.pages - first;
  const pages = thread.a3 == 0 ? left : thread.a3 >> PAGE_SHIFT;
  if (pages > left) return -Errno.EINVAL;
  if (!isUserRange(virtual, pages << PAGE_SHIFT)) return -Errno.EFAULT;
  const base = memoryObject.base + offset;
  if (base < ownDevicesEnd && base + (pages << PAGE_SHIFT) > ownDevices) return -Errno.EACCES;
  const error = mapRun(hart, changetype<AddressSpace>(target), virtual, base, pages, access);
  if (error != 0) return error;
  return (pages << PAGE_SHIFT) as i32;
}

/** Syscall.Unmap: 0, or EBADF, EACCES, EINVAL, EFAULT outside user space. */
export function unmap(hart: Hart, thread: MicroThread): i32 {
  const target = targetProcess(thread);
  if (isError(target)) return target as i32;
  const virtual = thread.a1;
  const bytes = thread.a2;
  if (bytes == 0 || ((virtual | bytes) & PAGE_MASK) != 0) return -Errno.EINVAL;
  if (!isUserRange(virtual, bytes)) return -Errno.EFAULT;
  unmapRun(hart, changetype<AddressSpace>(target), virtual, bytes >> PAGE_SHIFT);
  return 0;
}
