/**
 * Sv32: from a virtual address to a physical one by reading the page tables (RISC-V Privileged
 * Architecture 4.3.2). A and D are set by hardware, as Svadu and QEMU have it.
 */
import type { Ram } from '../bus/ram.ts';
import { Access, Privilege } from './privilege.ts';
import type { Pmp } from './pmp.ts';

/** Bits of a page table entry. */
export const enum Pte {
  V = 1,
  R = 2,
  W = 4,
  X = 8,
  U = 16,
  G = 32,
  A = 64,
  D = 128,
}

/** What a translation depends on beside the page tables. */
export interface TranslationMode {
  readonly satp: number;
  readonly privilege: Privilege;
  /** `mstatus.SUM` and `mstatus.MXR`. */
  readonly sum: boolean;
  readonly mxr: boolean;
}

export const enum WalkOutcome {
  Translated = 0,
  PageFault = 1,
  AccessFault = 2,
}

const LEVELS = 2;
const PTE_BYTES = 4;
const PAGE_SHIFT = 12;
const PAGE_BYTES = 4096;
const INDEX_BITS = 10;
const INDEX_MASK = 0x3ff;
const PPN_SHIFT = 10;
const PPN_MASK = 0x3f_ffff;
const SUPERPAGE_MASK = 0x3f_ffff;

/** The walker of one hart. Its results stand in its fields until the next walk. */
export class PageTableWalker {
  readonly #ram: Ram;
  readonly #pmp: Pmp;
  /** The 34-bit physical address. */
  physical = 0;
  /** The entry that translated, A and D included. */
  leaf = 0;
  /** Physical addresses of the entries read, root first; the second is -1 for a superpage. */
  rootEntry = -1;
  leafEntry = -1;

  constructor(ram: Ram, pmp: Pmp) {
    this.#ram = ram;
    this.#pmp = pmp;
  }

  /**
   * Translates `address` (any int32 pattern). With `peek` nothing changes: A and D stay as they
   * are, and an entry that would need them set translates all the same.
   */
  walk(address: number, access: Access, mode: TranslationMode, peek = false): WalkOutcome {
    let table = (mode.satp & PPN_MASK) * PAGE_BYTES;
    this.rootEntry = -1;
    this.leafEntry = -1;
    for (let level = LEVELS - 1; level >= 0; level--) {
      const index = (address >>> (PAGE_SHIFT + level * INDEX_BITS)) & INDEX_MASK;
      const entryAddress = table + index * PTE_BYTES;
      if (
        !this.#ram.contains(entryAddress, PTE_BYTES) ||
        !this.#pmp.allows(entryAddress, PTE_BYTES, Access.Load, Privilege.Supervisor)
      ) {
        return WalkOutcome.AccessFault;
      }
      if (level === LEVELS - 1) {
        this.rootEntry = entryAddress;
      } else {
        this.leafEntry = entryAddress;
      }
      const entry = this.#ram.load(entryAddress, PTE_BYTES);
      if ((entry & Pte.V) === 0 || (entry & (Pte.R | Pte.W)) === Pte.W) {
        return WalkOutcome.PageFault;
      }
      if ((entry & (Pte.R | Pte.X)) === 0) {
        // A pointer. D, A and U are reserved in it; like QEMU, take none of them.
        if ((entry & (Pte.D | Pte.A | Pte.U)) !== 0) {
          return WalkOutcome.PageFault;
        }
        table = (entry >>> PPN_SHIFT) * PAGE_BYTES;
        continue;
      }
      return this.#finish(address, access, mode, peek, level, entry, entryAddress);
    }
    return WalkOutcome.PageFault;
  }

  #finish(
    address: number,
    access: Access,
    mode: TranslationMode,
    peek: boolean,
    level: number,
    entry: number,
    entryAddress: number,
  ): WalkOutcome {
    const page = entry >>> PPN_SHIFT;
    const misalignedSuperpage = level > 0 && (page & INDEX_MASK) !== 0;
    if (!isPermitted(entry, access, mode) || misalignedSuperpage) {
      return WalkOutcome.PageFault;
    }
    const updated = entry | Pte.A | (access === Access.Store ? Pte.D : 0);
    if (updated !== entry && !peek) {
      if (!this.#pmp.allows(entryAddress, PTE_BYTES, Access.Store, Privilege.Supervisor)) {
        return WalkOutcome.AccessFault;
      }
      this.#ram.storeAccessedDirty(entryAddress, updated);
    }
    this.leaf = updated;
    this.physical =
      level > 0
        ? page * PAGE_BYTES + (address & SUPERPAGE_MASK)
        : page * PAGE_BYTES + (address & (PAGE_BYTES - 1));
    return WalkOutcome.Translated;
  }
}

function isPermitted(entry: number, access: Access, mode: TranslationMode): boolean {
  const isUserPage = (entry & Pte.U) !== 0;
  if (mode.privilege === Privilege.User) {
    if (!isUserPage) {
      return false;
    }
  } else if (isUserPage && (access === Access.Fetch || !mode.sum)) {
    return false;
  }
  switch (access) {
    case Access.Fetch:
      return (entry & Pte.X) !== 0;
    case Access.Load:
      return (entry & Pte.R) !== 0 || (mode.mxr && (entry & Pte.X) !== 0);
    case Access.Store:
      return (entry & Pte.W) !== 0;
  }
}
