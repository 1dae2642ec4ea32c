/**
 * What the kernel counts of its own work, since it started. Nothing in the kernel reads it: tools
 * do, through the names of this file in the image's layouts. The counts wrap.
 */

@unmanaged
export class KernelCounters {
  /** Writes to satp by which one address space follows another. */
  addressSpaceSwitches: u32;
  /** Calls, and reports of faults and ends, that have reached a server; answers are not counted again. */
  messages: u32;
  /** Bytes of user memory that the kernel has copied from, to, or between processes. */
  bytesCopied: u32;
}

/** Address of the KernelCounters. */
export const KERNEL_COUNTERS = memory.data(12, 4) as u32;

export function counters(): KernelCounters {
  return changetype<KernelCounters>(KERNEL_COUNTERS);
}
