/** Lays out RAM as the kernel starts: what is in use already, and the table that counts the rest. */
import { deviceTreeSize } from './device-tree';
import { frameTableSize, initialiseFrames, reserveFrames } from './frames';
import { imageLayout } from './image-layout';
import { FIRMWARE_SIZE, RAM_LIMIT, RAM_START, pageUp } from './paging';
import { panic } from './panic';
import { Platform } from './platform';

/** Prepares the frame allocator; returns the end of the RAM that the kernel uses. */
export function initialiseMemory(platform: Platform, tree: u32): u32 {
  if (platform.ramBase != RAM_START) panic('RAM does not start at 0x80000000');
  const size = min(platform.ramSize, RAM_LIMIT);
  const end = RAM_START + size;
  const layout = imageLayout();
  const table = pageUp(layout.imageEnd);
  const tableEnd = table + frameTableSize(size);
  const treeEnd = tree + deviceTreeSize(tree);
  if (
    tableEnd > end ||
    overlap(table, tableEnd, tree, treeEnd) ||
    overlap(table, tableEnd, platform.initrdStart, platform.initrdEnd)
  ) {
    panic('RAM is too small');
  }
  initialiseFrames(RAM_START, size, table);
  reserveFrames(RAM_START, RAM_START + FIRMWARE_SIZE);
  // Between the constants and the data lies a gap that is free.
  reserveFrames(layout.imageStart, max(layout.textEnd, layout.rodataEnd));
  reserveFrames(layout.trapSitesStart, layout.trapSitesEnd);
  reserveFrames(layout.dataStart, tableEnd);
  reserveFrames(tree, treeEnd);
  reserveFrames(platform.initrdStart, platform.initrdEnd);
  return end;
}

function overlap(start: u32, end: u32, otherStart: u32, otherEnd: u32): bool {
  return start < otherEnd && otherStart < end;
}
