/** What the kernel keeps of a program. */
import { AddressSpace } from '../core/address-space';
import { PortTable } from '../inside/port-table';
import { KernelThread } from '../inside/thread';

/** Longest name, in bytes; it fills Process.name0 … name3 but for the last. */
export const MAXIMUM_NAME: u32 = 15;

/** Longest path of a program. */
export const MAXIMUM_PATH: u32 = 255;

@unmanaged
export class Process extends AddressSpace {
  /** All processes, the one made last first. */
  next: Process | null;
  id: u32;
  /** ProcessState. */
  state: u32;
  /** Number of the process that made it; 0: the kernel. */
  parent: u32;
  /** ProcessFlags. */
  flags: u32;
  /** Its one thread, from its start to its end. */
  thread: KernelThread | null;
  ports: PortTable;
  /** Where it begins. */
  entry: u32;
  /** Kernel address of its data page, until it starts. */
  dataPage: u32;
  /** Once it has ended. */
  status: i32;
  /** Its maker has a port for it. */
  isHeld: bool;
  /** The call of `wait` that waits; 0: none. */
  waiter: u32;
  /** Where its .trap_sites lie in its memory, how long they are, and where the kernel sees them; 0: it has none. */
  trapSites: u32;
  trapSiteBytes: u32;
  trapSitesAt: u32;
  pathLength: u32;
  nameLength: u32;
  name0: u32;
  name1: u32;
  name2: u32;
  name3: u32;

  /** Address of the bytes of the path that it was loaded from, behind the object. */
  get path(): u32 {
    return changetype<u32>(this) + offsetof<Process>();
  }

  /** Address of the bytes of its name, nameLength of them. */
  get name(): u32 {
    return changetype<u32>(this) + offsetof<Process>('name0');
  }
}

/** Bytes of a process and its path. */
export const PROCESS_BYTES: u32 = offsetof<Process>() + MAXIMUM_PATH;
