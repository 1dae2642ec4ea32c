/** Hands out an image's data blocks in ascending order, and keeps the block bitmaps. */
import { setBit, setBits } from './bitmap.ts';
import { mostPerGroup, type BlockGroup, type Geometry } from './geometry.ts';

export class BlockAllocator {
  readonly #free: number[];
  #group = 0;
  #next: number;

  constructor(
    private readonly geometry: Geometry,
    private readonly image: Uint8Array,
  ) {
    const { groups, blockSize } = geometry;
    this.#next = groups[0].firstDataBlock;
    this.#free = groups.map(({ firstDataBlock, endBlock }) => endBlock - firstDataBlock);
    for (const { firstBlock, firstDataBlock, endBlock, blockBitmap } of groups) {
      const bitmap = blockBitmap * blockSize;
      setBits(image, bitmap, 0, firstDataBlock - firstBlock);
      // What a short last group does not have counts as taken.
      setBits(image, bitmap, endBlock - firstBlock, mostPerGroup(blockSize));
    }
  }

  /**
   * The next free data block, from now on taken.
   * @throws RangeError if there is none: the layout was chosen too small.
   */
  allocate(): number {
    let group: BlockGroup = this.geometry.groups[this.#group];
    if (this.#next === group.endBlock) {
      this.#group += 1;
      if (this.#group === this.geometry.groups.length) throw new RangeError('no free block');
      group = this.geometry.groups[this.#group];
      this.#next = group.firstDataBlock;
    }
    const block = this.#next;
    setBit(this.image, group.blockBitmap * this.geometry.blockSize, block - group.firstBlock);
    this.#free[this.#group] -= 1;
    this.#next += 1;
    return block;
  }

  freeIn(group: number): number {
    return this.#free[group];
  }

  /** No data block from here on is taken. */
  get endOfData(): number {
    return this.#next;
  }
}
