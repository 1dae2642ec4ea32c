/** The one fence that harts are asked to do at a time; remote-fence.ts asks, work.ts does. */
import {
  amoadd_w,
  fence,
  fence_i,
  lw,
  sfence_vma,
  sfence_vma_address,
  sfence_vma_all,
  sfence_vma_asid,
  sw,
} from '../../userland/abi/rv';

export const enum FenceKind {
  Instruction,
  /** `sfence.vma` for all address spaces, and for one. */
  Translation,
  TranslationOfAsid,
}

@unmanaged
class FenceRequest {
  /** A FenceKind. */
  kind: u32;
  /** A range of virtual addresses. */
  start: u32;
  size: u32;
  asid: u32;
  /** Harts that have not done it yet. */
  pending: u32;
}

const request = memory.data(20, 4) as u32;

const KIND = request + (offsetof<FenceRequest>('kind') as u32);
const START = request + (offsetof<FenceRequest>('start') as u32);
const SIZE = request + (offsetof<FenceRequest>('size') as u32);
const ASID = request + (offsetof<FenceRequest>('asid') as u32);
const PENDING = request + (offsetof<FenceRequest>('pending') as u32);

const PAGE_BYTES: u32 = 4096;
/** In place of more fences than this, one for everything. */
const MAXIMUM_PAGES: u32 = 16;
const WHOLE_SPACE: u32 = 0xffff_ffff;

/** Says what is to be done, by so many harts. */
export function setRequest(kind: u32, start: u32, size: u32, asid: u32, harts: u32): void {
  sw(KIND, kind);
  sw(START, start);
  sw(SIZE, size);
  sw(ASID, asid);
  sw(PENDING, harts);
  fence();
}

/** How many harts have not done it yet. */
export function pendingHarts(): u32 {
  return lw(PENDING);
}

/** Does what the request says, and reports it. */
export function doFence(): void {
  executeFence(lw(KIND), lw(START), lw(SIZE), lw(ASID));
  amoadd_w(PENDING, 0xffff_ffff);
}

/** Does a fence on this hart. A `size` of -1 means the whole address space, and so do two zeros. */
export function executeFence(kind: u32, start: u32, size: u32, asid: u32): void {
  if (kind == FenceKind.Instruction) {
    fence_i();
    return;
  }
  const ofAsid = kind == FenceKind.TranslationOfAsid;
  const isEverything = (start == 0 && size == 0) || size == WHOLE_SPACE || size > ~start;
  if (isEverything || size > MAXIMUM_PAGES * PAGE_BYTES) {
    if (ofAsid) sfence_vma_asid(asid);
    else sfence_vma_all();
    return;
  }
  const end = start + size;
  for (let page = start & ~(PAGE_BYTES - 1); page < end; page += PAGE_BYTES) {
    if (ofAsid) sfence_vma(page, asid);
    else sfence_vma_address(page);
    // The last page of the address space has no next one.
    if (page > WHOLE_SPACE - PAGE_BYTES) break;
  }
}
