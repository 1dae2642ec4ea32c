/**
 * Sv32 page tables. A root table has 1024 entries of 4 MiB each; the upper half of every root is the
 * kernel's (kernel-space.ts). Tables are touched through `rv` only: the hart walks them too.
 */
import { lw, sw } from '../../userland/abi/rv';
import { Errno } from '../../userland/abi/errno.enums';
import { allocateFrame, releaseFrame } from './frames';
import {
  PAGE_SHIFT,
  PAGE_SIZE,
  PTE_LEAF,
  Pte,
  SUPERPAGE_SHIFT,
  SUPERPAGE_SIZE,
  TABLE_ENTRIES,
  USER_END,
  pteFor,
  ptePhysical,
} from './paging';

/** Address of the entry in `table` (a root) that covers `virtual`. */
function rootEntry(root: u32, virtual: u32): u32 {
  return root + ((virtual >> SUPERPAGE_SHIFT) << 2);
}

/** Address of the entry in a second-level table that maps `virtual`. */
function leafEntry(table: u32, virtual: u32): u32 {
  return table + (((virtual >> PAGE_SHIFT) & (TABLE_ENTRIES - 1)) << 2);
}

/** The entry that maps the page of `virtual`, or 0 if nothing does. Superpages are not user memory. */
export function findEntry(root: u32, virtual: u32): u32 {
  const upper = lw(rootEntry(root, virtual));
  if ((upper & (Pte.V | PTE_LEAF)) != Pte.V) return 0;
  return lw(leafEntry(ptePhysical(upper), virtual));
}

/** The second-level table for `virtual`, made if it is missing; 0 when memory has run out. */
function tableFor(root: u32, virtual: u32): u32 {
  const entry = rootEntry(root, virtual);
  const upper = lw(entry);
  if ((upper & Pte.V) != 0) return ptePhysical(upper);
  const table = allocateFrame();
  if (table == 0) return 0;
  sw(entry, pteFor(table, Pte.V));
  return table;
}

/** Maps one page. EEXIST if something is there, ENOMEM without a frame for a table. */
export function mapPage(root: u32, virtual: u32, physical: u32, flags: u32): i32 {
  const table = tableFor(root, virtual);
  if (table == 0) return -Errno.ENOMEM;
  const entry = leafEntry(table, virtual);
  if (lw(entry) != 0) return -Errno.EEXIST;
  sw(entry, pteFor(physical, flags | Pte.V));
  return 0;
}

/** Removes the mapping of one page and returns the entry it had, or 0. */
export function unmapPage(root: u32, virtual: u32): u32 {
  const upper = lw(rootEntry(root, virtual));
  if ((upper & Pte.V) == 0) return 0;
  const entry = leafEntry(ptePhysical(upper), virtual);
  const old = lw(entry);
  sw(entry, 0);
  return old;
}

/** Maps 4 MiB with one entry; both addresses are multiples of 4 MiB. */
export function mapSuperpage(root: u32, virtual: u32, physical: u32, flags: u32): void {
  sw(rootEntry(root, virtual), pteFor(physical, flags | Pte.V));
}

/** Drops every user mapping with its reference to the frame, then the tables; returns pages dropped. */
export function clearUserMappings(root: u32): u32 {
  let dropped: u32 = 0;
  let virtual: u32 = 0;
  while (virtual < USER_END) {
    const entry = rootEntry(root, virtual);
    const upper = lw(entry);
    if ((upper & Pte.V) != 0) {
      const table = ptePhysical(upper);
      dropped += clearTable(table);
      sw(entry, 0);
      releaseFrame(table);
    }
    virtual += SUPERPAGE_SIZE;
  }
  return dropped;
}

function clearTable(table: u32): u32 {
  let dropped: u32 = 0;
  let entry = table;
  while (entry < table + PAGE_SIZE) {
    const leaf = lw(entry);
    if (leaf != 0) {
      sw(entry, 0);
      releaseFrame(ptePhysical(leaf));
      dropped++;
    }
    entry += sizeof<u32>();
  }
  return dropped;
}

/** A root without user mappings that shares the kernel's half of `kernelRoot`; 0 without a frame. */
export function createRoot(kernelRoot: u32): u32 {
  const root = allocateFrame();
  if (root == 0) return 0;
  const half = (TABLE_ENTRIES / 2) << 2;
  memory.copy(root + half, kernelRoot + half, half);
  return root;
}
