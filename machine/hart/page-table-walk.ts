/**
 * Sv32: from a virtual address to a physical one by reading the page tables (RISC-V Privileged
 * Architecture 4.3.2). A and D are set by hardware, as QEMU has it, until software clears
 * `menvcfg.ADUE` (Svadu); from then on an entry that needs one set is a page fault.
 */
import type { Ram } from '../bus/ram.ts';
import { Access, Privilege } from './privilege.ts';
import { PmpVerdict, type Pmp } from './pmp.ts';
import { PAGE_SIZE } from './state-layout.ts';

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
  /** `menvcfg.ADUE`: whether the walker sets A and D. */
  readonly adue: boolean;
}

export const enum WalkOutcome {
  Translated = 0,
  PageFault = 1,
  AccessFault = 2,
}

const LEVELS = 2;
const PTE_BYTES = 4;
const PAGE_SHIFT = 12;
const INDEX_BITS = 10;
const INDEX_MASK = 0x3ff;
const PPN_SHIFT = 10;
const PPN_MASK = 0x3f_ffff;

/** The walker of one hart. Its results stand in its fields until the next walk. */
export class PageTableWalker {
  readonly #ram: Ram;
  readonly #pmp: Pmp;
  /** The number of the physical page: 22 bits. */
  page = 0;
  /**
   * Offsets in the machine's memory of the entries read, root first; -1 for one that was not read,
   * as the second for a superpage.
   */
  rootEntry = -1;
  leafEntry = -1;
  /** The entry that translated, with the A and D bits that it has now. */
  #found = 0;

  constructor(ram: Ram, pmp: Pmp) {
    this.#ram = ram;
    this.#pmp = pmp;
  }

  /**
   * Translates `address` (any int32 pattern). With `peek` nothing changes: A and D stay as they
   * are, and an entry that would need them set translates all the same.
   */
  walk(address: number, access: Access, mode: TranslationMode, peek = false): WalkOutcome {
    let table = mode.satp & PPN_MASK;
    this.rootEntry = -1;
    this.leafEntry = -1;
    for (let level = LEVELS - 1; level >= 0; level--) {
      const index = (address >>> (PAGE_SHIFT + level * INDEX_BITS)) & INDEX_MASK;
      const tableOffset = this.#ram.offsetOfPage(table);
      if (tableOffset < 0 || !this.#mayTouch(table, index, Access.Load)) {
        return WalkOutcome.AccessFault;
      }
      const entryOffset = tableOffset + index * PTE_BYTES;
      if (level === LEVELS - 1) {
        this.rootEntry = entryOffset;
      } else {
        this.leafEntry = entryOffset;
      }
      const entry = this.#ram.words[entryOffset >>> 2];
      if ((entry & Pte.V) === 0 || (entry & (Pte.R | Pte.W)) === Pte.W) {
        return WalkOutcome.PageFault;
      }
      const page = entry >>> PPN_SHIFT;
      if ((entry & (Pte.R | Pte.X)) !== 0) {
        const misaligned = level > 0 && (page & INDEX_MASK) !== 0;
        if (misaligned || !isPermitted(entry, access, mode)) {
          return WalkOutcome.PageFault;
        }
        this.page = level > 0 ? page | ((address >>> PAGE_SHIFT) & INDEX_MASK) : page;
        const updated = entry | Pte.A | (access === Access.Store ? Pte.D : 0);
        if (updated !== entry && !mode.adue) {
          return WalkOutcome.PageFault;
        }
        if (updated !== entry && !peek) {
          if (!this.#mayTouch(table, index, Access.Store)) {
            return WalkOutcome.AccessFault;
          }
          this.#ram.storeAccessedDirty(entryOffset, updated);
        }
        this.#found = updated;
        return WalkOutcome.Translated;
      }
      // A pointer. D, A and U are reserved in it; like QEMU, take none of them.
      if ((entry & (Pte.D | Pte.A | Pte.U)) !== 0) {
        return WalkOutcome.PageFault;
      }
      table = page;
    }
    return WalkOutcome.PageFault;
  }

  /** After a load was translated: whether a store to the page would be too, changing no entry. */
  allowsStores(mode: TranslationMode): boolean {
    return (this.#found & Pte.D) !== 0 && isPermitted(this.#found, Access.Store, mode);
  }

  /** Whether the walker, which acts for S-mode, may read or write an entry. */
  #mayTouch(table: number, index: number, access: Access): boolean {
    if (this.#pmp.checkPage(table, access, Privilege.Supervisor) === PmpVerdict.Allowed) {
      return true;
    }
    const address = table * PAGE_SIZE + index * PTE_BYTES;
    return this.#pmp.allows(address, PTE_BYTES, access, Privilege.Supervisor);
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
