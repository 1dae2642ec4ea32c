/** The kernel's objects by their operations: each function is one system call (abi/syscall.enums.ts). */
import {
  MapAccess,
  MemoryFlags,
  ObjectKind,
  ProcessOperation,
  Rights,
  Syscall,
} from '../abi/syscall.enums';
import { system_operation } from './system-calls';

export const PAGE_BYTES: u32 = 4096;

/** Gives up a handle; with the right Destroy, the object too. */
export function release(handle: u32): i32 {
  return system_operation(Syscall.Destroy, handle, 0, 0, 0, 0, 0);
}

/** A process without memory or threads. The name is cut by the kernel's limit of 15 bytes. */
export function createProcess(name: usize, nameLength: u32): i32 {
  return create(0, ObjectKind.Process, <u32>name, min<u32>(nameLength, 15), 0);
}

export function createThread(process: u32): i32 {
  return create(process, ObjectKind.Thread, 0, 0, 0);
}

export function createEndpoint(protocol: u32): i32 {
  return create(0, ObjectKind.Endpoint, protocol, 0, 0);
}

/** A notification whose bits arrive at whoever receives on `endpoint`. */
export function createNotification(endpoint: u32): i32 {
  return create(0, ObjectKind.Notification, endpoint, 0, 0);
}

/** Zeroed pages. */
export function createMemory(bytes: u32): i32 {
  return create(0, ObjectKind.Memory, bytes, 0, 0);
}

/** Zeroed pages for a device; `deviceMemory` is all of device memory. */
export function createDeviceMemory(deviceMemory: u32, bytes: u32): i32 {
  return system_operation(
    Syscall.Create,
    deviceMemory,
    ObjectKind.Memory,
    bytes,
    0,
    MemoryFlags.Contiguous,
    0,
  );
}

/** Number of the first page frame of memory made by createDeviceMemory. */
export function firstFrame(memory: u32): i32 {
  return system_operation(Syscall.PhysicalAddress, memory, 0, 0, 0, 0, 0);
}

/** A part of a memory object, as an object of its own. */
export function deriveMemory(memory: u32, offset: u32, bytes: u32): i32 {
  return create(memory, ObjectKind.Memory, offset, bytes, 0);
}

/** Interrupt `source` of the PLIC, which then sets `bits` of a notification. */
export function createInterrupt(root: u32, source: u32, notification: u32, bits: u32): i32 {
  return create(root, ObjectKind.Irq, source, notification, bits);
}

function create(from: u32, kind: ObjectKind, a1: u32, a2: u32, a3: u32): i32 {
  return system_operation(Syscall.Create, from, kind, a1, a2, a3, 0);
}

/** Copies a handle into a process's table; the result is the handle there. */
export function grant(process: u32, handle: u32, rights: Rights, badge: u32): i32 {
  return system_operation(Syscall.Grant, process, handle, rights, badge, 0, 0);
}

/** Maps a whole memory object into the calling process; the result is the number of bytes. */
export function mapWhole(memory: u32, address: usize, access: u32): i32 {
  return mapInto(0, memory, address, 0, 0, access);
}

/** Maps `bytes` from `offset` of a memory object at `address` of a process (0: the calling one). */
export function mapInto(
  process: u32,
  memory: u32,
  address: usize,
  offset: u32,
  bytes: u32,
  access: MapAccess,
): i32 {
  return system_operation(Syscall.Map, memory, process, <u32>address, offset, bytes, access);
}

/** Removes the calling process's mappings of `bytes` at `address`. */
export function unmap(address: usize, bytes: u32): i32 {
  return system_operation(Syscall.Unmap, 0, 0, <u32>address, bytes, 0, 0);
}

export function startThread(
  thread: u32,
  pc: usize,
  sp: usize,
  argument: usize,
  priority: u32,
): i32 {
  return system_operation(
    Syscall.StartThread,
    thread,
    <u32>pc,
    <u32>sp,
    <u32>argument,
    priority,
    0,
  );
}

/** Faults and exits of the process become messages on `endpoint`, which carry `badge`. */
export function setHandler(process: u32, endpoint: u32, badge: u32): i32 {
  return control(process, ProcessOperation.SetHandler, endpoint, badge);
}

/** Ends whatever the process was, so that it can be loaded again. */
export function resetProcess(process: u32): i32 {
  return control(process, ProcessOperation.Reset, 0, 0);
}

/** Writes a ProcessInformation (abi/message.structs.ts) to `address`. */
export function inspectProcess(process: u32, address: usize): i32 {
  return control(process, ProcessOperation.Inspect, <u32>address, 0);
}

/** Tells the kernel the 20-byte build id of what was loaded, for the tools that look in from outside. */
export function setBuildId(process: u32, address: usize): i32 {
  return control(process, ProcessOperation.SetBuildId, <u32>address, 0);
}

function control(process: u32, operation: ProcessOperation, a1: u32, a2: u32): i32 {
  return system_operation(Syscall.ControlProcess, process, operation, a1, a2, 0, 0);
}

/** Lets an interrupt come again, after the device was served. */
export function acknowledgeInterrupt(interrupt: u32): i32 {
  return system_operation(Syscall.AcknowledgeIrq, interrupt, 0, 0, 0, 0, 0);
}

/** Sleeps until `deadline` in mtime ticks. */
export function sleepUntil(deadline: u64): i32 {
  return system_operation(Syscall.Wait, 0, <u32>deadline, <u32>(deadline >> 32), 0, 0, 0);
}

/** Waits until a notification has bits, and clears them, or until `deadline`: ETIMEDOUT. */
export function awaitBits(notification: u32, deadline: u64): i32 {
  const low = <u32>deadline;
  return system_operation(Syscall.Wait, notification, low, <u32>(deadline >> 32), 0, 0, 0);
}

/** Sets bits of a notification. */
export function setBits(notification: u32, bits: u32): i32 {
  return system_operation(Syscall.Signal, notification, bits, 0, 0, 0, 0);
}

/** Longest text that Log takes at once. */
const LOG_BYTES: u32 = 256;

/** Writes to the kernel's log: for what must be said when no console can be reached. */
export function log(address: usize, length: u32): void {
  while (length > 0) {
    const part = min(length, LOG_BYTES);
    system_operation(Syscall.Log, 0, <u32>address, part, 0, 0, 0);
    address += part;
    length -= part;
  }
}

/** Ends the calling thread, and with the last one its process. */
export function exit(status: i32): void {
  system_operation(Syscall.Exit, 0, <u32>status, 0, 0, 0, 0);
}
