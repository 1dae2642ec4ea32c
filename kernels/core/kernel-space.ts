/**
 * The kernel's half of every address space: RAM where it is, and a window on its own devices. All
 * global, none of it for user mode. The image's text is R-X, its constants R--, its data RW-; the
 * guard page under the stack and the firmware's memory are not mapped at all.
 */
import { csrw_satp, sfence_vma_all } from '../../userland/abi/rv';
import { allocateFrame } from './frames';
import { ImageLayout, imageLayout } from './image-layout';
import { mapPage, mapSuperpage } from './page-table';
import {
  DEVICE_WINDOW,
  FIRMWARE_SIZE,
  PAGE_SHIFT,
  PAGE_SIZE,
  Pte,
  RAM_START,
  SATP_MODE_SV32,
  SUPERPAGE_SIZE,
} from './paging';
import { panic } from './panic';

const KERNEL: u32 = Pte.G | Pte.A | Pte.D;
const KERNEL_TEXT: u32 = KERNEL | Pte.R | Pte.X;
const KERNEL_CONSTANTS: u32 = KERNEL | Pte.R;
const KERNEL_DATA: u32 = KERNEL | Pte.R | Pte.W;

/** Superpages of the device window: the interrupt controller's registers. */
const DEVICE_WINDOW_SIZE: u32 = 2 * SUPERPAGE_SIZE;

let root: u32 = 0;

/** The root table that has only the kernel's half. */
export function kernelRoot(): u32 {
  return root;
}

/** Builds the kernel's half for RAM up to `ramEnd`, with `devices` in the window, and enters it. */
export function enterNewKernelSpace(ramEnd: u32, devices: u32): void {
  root = allocateFrame();
  if (root == 0) panic('no memory for the kernel page table');
  const layout = imageLayout();
  let address = RAM_START;
  while (address < ramEnd) {
    const end = address + SUPERPAGE_SIZE;
    if (address > RAM_START && end <= ramEnd && !overlapsImage(layout, address, end)) {
      mapSuperpage(root, address, address, KERNEL_DATA);
    } else {
      mapPages(layout, address, min(end, ramEnd));
    }
    address = end;
  }
  for (let offset: u32 = 0; offset < DEVICE_WINDOW_SIZE; offset += SUPERPAGE_SIZE) {
    mapSuperpage(root, DEVICE_WINDOW + offset, devices + offset, KERNEL_DATA);
  }
  csrw_satp(SATP_MODE_SV32 | (root >> PAGE_SHIFT));
  sfence_vma_all();
}

function overlapsImage(layout: ImageLayout, start: u32, end: u32): bool {
  return start < layout.imageEnd && end > layout.imageStart;
}

function mapPages(layout: ImageLayout, start: u32, end: u32): void {
  for (let address = start; address < end; address += PAGE_SIZE) {
    const flags = pageFlags(layout, address);
    if (flags != 0 && mapPage(root, address, address, flags) < 0) {
      panic('no memory for the kernel page table');
    }
  }
}

function pageFlags(layout: ImageLayout, address: u32): u32 {
  if (address < RAM_START + FIRMWARE_SIZE || address == layout.stackGuard) return 0;
  if (address >= layout.textStart && address < layout.textEnd) return KERNEL_TEXT;
  if (address >= layout.rodataStart && address < layout.rodataEnd) return KERNEL_CONSTANTS;
  return KERNEL_DATA;
}
