/**
 * Address spaces and the identifiers under which the hart's translation cache holds them apart.
 * ASIDs are handed out in generations: when they run out, everything is flushed and every space gets
 * a new one as it is next entered.
 */
import {
  csrr_satp,
  csrw_satp,
  sfence_vma,
  sfence_vma_all,
  sfence_vma_asid,
} from '../../userland/abi/rv';
import { counters } from './counters';
import { Hart } from './hart';
import { clearUserMappings, createRoot } from './page-table';
import { kernelRoot } from './kernel-space';
import { releaseFrame } from './frames';
import { PAGE_SHIFT, SATP_ASID_MASK, SATP_ASID_SHIFT, SATP_MODE_SV32 } from './paging';
import { SlabObject } from './slab';

/** Bytes of a build id (SHA-1). */
export const BUILD_ID_SIZE: u32 = 20;

/** What translates a process's addresses. */
@unmanaged
export class AddressSpace extends SlabObject {
  /** Physical address of the root table. */
  root: u32;
  asid: u32;
  /** Generation that `asid` belongs to; 0: it has none. */
  asidGeneration: u32;
  /** Pages mapped. */
  pages: u32;
  /** Which binary was loaded, so that tools find its symbols. Five words. */
  buildId0: u32;
  buildId1: u32;
  buildId2: u32;
  buildId3: u32;
  buildId4: u32;
}

/** Gives `space` its root table; false without a frame. */
export function createAddressSpace(space: AddressSpace): bool {
  space.root = createRoot(kernelRoot());
  return space.root != 0;
}

/**
 * Drops all mappings. Translations that the hart still holds are tagged with an ASID that no space
 * has from here on.
 */
export function clearAddressSpace(hart: Hart, space: AddressSpace): void {
  if (hart.root == space.root) enterKernelSpace(hart);
  clearUserMappings(space.root);
  space.pages = 0;
  space.asidGeneration = 0;
}

/** Ends a space whose mappings have been cleared. */
export function destroyAddressSpace(space: AddressSpace): void {
  releaseFrame(space.root);
  space.root = 0;
}

/** How many ASID bits the hart has: what stays of all ones in satp (Sv32 has at most 9). */
export function probeAsids(hart: Hart): void {
  const satp = csrr_satp();
  csrw_satp(satp | (SATP_ASID_MASK << SATP_ASID_SHIFT));
  hart.lastAsid = (csrr_satp() >> SATP_ASID_SHIFT) & SATP_ASID_MASK;
  csrw_satp(satp);
  sfence_vma_all();
  hart.nextAsid = 1;
  hart.asidGeneration = 1;
}

/** Translates user addresses by `space` from here on. */
export function enterAddressSpace(hart: Hart, space: AddressSpace): void {
  if (hart.root == space.root) return;
  hart.root = space.root;
  if (space.asidGeneration != hart.asidGeneration) assignAsid(hart, space);
  counters().addressSpaceSwitches++;
  csrw_satp(SATP_MODE_SV32 | (space.asid << SATP_ASID_SHIFT) | (space.root >> PAGE_SHIFT));
  if (hart.lastAsid == 0) sfence_vma_asid(0);
}

/** Translates by the kernel's own root: no user address is valid. */
export function enterKernelSpace(hart: Hart): void {
  hart.root = kernelRoot();
  counters().addressSpaceSwitches++;
  csrw_satp(SATP_MODE_SV32 | (hart.root >> PAGE_SHIFT));
  if (hart.lastAsid == 0) sfence_vma_asid(0);
}

function assignAsid(hart: Hart, space: AddressSpace): void {
  if (hart.lastAsid == 0) {
    // No ASIDs: every space shares 0 and each entry flushes it.
    space.asid = 0;
    space.asidGeneration = hart.asidGeneration;
    return;
  }
  if (hart.nextAsid > hart.lastAsid) {
    hart.asidGeneration++;
    hart.nextAsid = 1;
    sfence_vma_all();
  }
  space.asid = hart.nextAsid;
  space.asidGeneration = hart.asidGeneration;
  hart.nextAsid++;
}

/** Above this many pages one flush of the whole space is cheaper than one for each. */
const FLUSH_EACH_LIMIT: u32 = 32;

/** Drops what the hart may hold about `pages` pages of `space` from `virtual` on. */
export function flushTranslations(hart: Hart, space: AddressSpace, virtual: u32, pages: u32): void {
  if (space.asidGeneration != hart.asidGeneration) return;
  if (pages > FLUSH_EACH_LIMIT) {
    sfence_vma_asid(space.asid);
    return;
  }
  for (let i: u32 = 0; i < pages; i++) sfence_vma(virtual + (i << PAGE_SHIFT), space.asid);
}
