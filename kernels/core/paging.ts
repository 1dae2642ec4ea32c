/** Sv32 in numbers (privileged architecture, "Sv32: Page-Based 32-bit Virtual-Memory Systems"). */

export const PAGE_SIZE: u32 = 4096;
export const PAGE_SHIFT: u32 = 12;
export const PAGE_MASK: u32 = PAGE_SIZE - 1;
/** A leaf in a first-level table maps this many bytes. */
export const SUPERPAGE_SIZE: u32 = 0x40_0000;
export const SUPERPAGE_SHIFT: u32 = 22;
/** Entries of a table; each is a word. */
export const TABLE_ENTRIES: u32 = 1024;

/** Flags of a page table entry. */
export const enum Pte {
  V = 1 << 0,
  R = 1 << 1,
  W = 1 << 2,
  X = 1 << 3,
  U = 1 << 4,
  G = 1 << 5,
  A = 1 << 6,
  D = 1 << 7,
}

/** Any of them makes an entry a leaf. */
export const PTE_LEAF: u32 = Pte.R | Pte.W | Pte.X;

/** Entry for the frame or table at `physical`. */
export function pteFor(physical: u32, flags: u32): u32 {
  return ((physical >> PAGE_SHIFT) << 10) | flags;
}

/** Physical address that an entry leads to (RAM and devices lie below 4 GiB). */
export function ptePhysical(entry: u32): u32 {
  return (entry >> 10) << PAGE_SHIFT;
}

/** Fields of satp. */
export const SATP_MODE_SV32: u32 = 0x8000_0000;
export const SATP_ASID_SHIFT: u32 = 22;
export const SATP_ASID_MASK: u32 = 0x1ff;

/** User space: page 0 is never mapped. */
export const USER_START: u32 = PAGE_SIZE;
export const USER_END: u32 = 0x8000_0000;

/** RAM, mapped where it is. */
export const RAM_START: u32 = 0x8000_0000;
/** The kernel uses no more, whatever there is. */
export const RAM_LIMIT: u32 = 0x4000_0000;
/** The firmware's part of RAM. */
export const FIRMWARE_SIZE: u32 = 0x8_0000;

/** Window of the kernel's own device registers. */
export const DEVICE_WINDOW: u32 = 0xf000_0000;

/** `value` up to the next multiple of a page; 0 if that overflows. */
export function pageUp(value: u32): u32 {
  return (value + PAGE_MASK) & ~PAGE_MASK;
}

export function pageDown(value: u32): u32 {
  return value & ~PAGE_MASK;
}
