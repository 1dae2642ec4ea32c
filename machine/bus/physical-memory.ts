/**
 * RAM as the bus sees it: where everything that is not a hart's own load or store reads and writes.
 */

/** The physical address of the first byte of RAM on every board. */
export const RAM_BASE = 0x8000_0000;

/**
 * Guest RAM for devices that master the bus (DMA), loaders and debuggers. Addresses are physical,
 * as non-negative integers of any size; a range that is not wholly inside RAM is refused, never
 * clipped. Every write passes the same page flags as a hart's store, so decoded instructions and
 * cached translations never outlive the bytes that they came from.
 */
export interface PhysicalMemory {
  /** The first physical address. */
  readonly base: number;
  /** Bytes of RAM. */
  readonly size: number;
  /** Whether `length` bytes from `address` on are all RAM. */
  contains(address: number, length: number): boolean;
  /** Copies RAM to `target`; false, with nothing copied, if the range is not RAM. */
  readBytes(address: number, target: Uint8Array): boolean;
  /** Copies `source` to RAM; false, with nothing written, if the range is not RAM. */
  writeBytes(address: number, source: Uint8Array): boolean;
  /** A little-endian unsigned value of any alignment, or undefined outside RAM. */
  read(address: number, width: 1 | 2 | 4): number | undefined;
  /** Stores the low `width` bytes of `value`, little-endian; false outside RAM. */
  write(address: number, width: 1 | 2 | 4, value: number): boolean;
}
