import { describe, expect, it } from 'vitest';
import { BlockMemory } from '../engine/block-cache.ts';
import {
  HART_CELLS,
  HartRegion,
  HartWord,
  MACHINE_CELLS,
  MAXIMUM_HARTS,
  MAXIMUM_RAM_BYTES,
  PAGE_SIZE,
  Region,
  TlbShape,
  type CellDeclaration,
} from './state-layout.ts';

const BYTES = { u32: 4, u64: 8, f64: 8 };

function endOf(cell: CellDeclaration): number {
  return cell.offset + BYTES[cell.type] * cell.count;
}

describe('the layout of the state', () => {
  it.each([
    ['hart', HART_CELLS],
    ['machine', MACHINE_CELLS],
  ])('has no two cells of a %s in the same place', (_, cells) => {
    const inOrder = [...cells].sort((a, b) => a.offset - b.offset);
    for (const [i, cell] of inOrder.slice(1).entries()) {
      expect(endOf(inOrder[i]), cell.name).toBeLessThanOrEqual(cell.offset);
    }
  });

  it('aligns every cell to its width and keeps it inside its region', () => {
    for (const cell of HART_CELLS) {
      expect(cell.offset % BYTES[cell.type], cell.name).toBe(0);
      expect(endOf(cell), cell.name).toBeLessThanOrEqual(HartWord.End * 4);
    }
    expect(HartWord.End * 4).toBeLessThanOrEqual(HartRegion.DataTlb);
  });

  it('has room for eight harts with their caches, the page flags, the blocks and all RAM', () => {
    const dataTlb = TlbShape.DataSlots * TlbShape.DataSlotWords * 4;
    const fetchTlb = TlbShape.FetchSlots * TlbShape.FetchSlotWords * 4;
    expect(HartRegion.DataTlb + dataTlb).toBeLessThanOrEqual(HartRegion.FetchTlb);
    expect(HartRegion.FetchTlb + fetchTlb).toBeLessThanOrEqual(Region.HartStride);
    const harts = Region.Harts + MAXIMUM_HARTS * Region.HartStride;
    expect(harts).toBeLessThanOrEqual(Region.PageFlags);
    const flags = MAXIMUM_RAM_BYTES / PAGE_SIZE;
    expect(Region.PageFlags + flags).toBeLessThanOrEqual(Region.Blocks);
    expect(BlockMemory.Start * 4).toBe(Region.Blocks);
    expect(BlockMemory.End * 4).toBe(Region.Ram);
    expect(Region.Ram + MAXIMUM_RAM_BYTES).toBe(2 ** 31);
  });
});
