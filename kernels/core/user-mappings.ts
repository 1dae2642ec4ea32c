/** Pages in an address space: mapping runs of frames, and taking them away. */
import { fence_i } from '../../userland/abi/rv';
import { MapAccess } from '../../userland/abi/syscall.enums';
import { AddressSpace, flushTranslations } from './address-space';
import { releaseFrame, retainFrame } from './frames';
import { Hart } from './hart';
import { mapPage, unmapPage } from './page-table';
import { PAGE_SHIFT, PAGE_SIZE, Pte, ptePhysical } from './paging';

/** Flags of the page table entries for a MapAccess. */
function pteFlags(access: u32): u32 {
  let flags: u32 = Pte.U | Pte.A | Pte.D;
  if ((access & (MapAccess.Read | MapAccess.Write)) != 0) flags |= Pte.R;
  if ((access & MapAccess.Write) != 0) flags |= Pte.W;
  if ((access & MapAccess.Execute) != 0) flags |= Pte.X;
  return flags;
}

/**
 * Maps `pages` pages from the physical address `base` at `virtual`, all or none, with a reference to
 * each frame. EEXIST, ENOMEM.
 */
export function mapRun(
  hart: Hart,
  space: AddressSpace,
  virtual: u32,
  base: u32,
  pages: u32,
  access: u32,
): i32 {
  const flags = pteFlags(access);
  for (let i: u32 = 0; i < pages; i++) {
    const physical = base + (i << PAGE_SHIFT);
    const error = mapPage(space.root, virtual + (i << PAGE_SHIFT), physical, flags);
    if (error != 0) {
      unmapRun(hart, space, virtual, i);
      return error;
    }
    retainFrame(physical);
    space.pages++;
  }
  flushTranslations(hart, space, virtual, pages);
  // The pages may hold code that was written a moment ago.
  if ((access & MapAccess.Execute) != 0) fence_i();
  return 0;
}

/** Removes the mappings of `pages` pages at `virtual`, where there are any. */
export function unmapRun(hart: Hart, space: AddressSpace, virtual: u32, pages: u32): void {
  for (let i: u32 = 0; i < pages; i++) {
    const entry = unmapPage(space.root, virtual + i * PAGE_SIZE);
    if (entry == 0) continue;
    releaseFrame(ptePhysical(entry));
    space.pages--;
  }
  flushTranslations(hart, space, virtual, pages);
}
