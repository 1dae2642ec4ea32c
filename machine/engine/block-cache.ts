/**
 * Basic blocks, decoded once and executed many times: README.md describes the records. Blocks are
 * found by virtual address and place in RAM, so one made in one address space serves every other that
 * maps the same code at the same place.
 */
import type { Ram, StoreWatcher } from '../bus/ram.ts';
import { countOnes } from '../hart/bit-manipulation.ts';
import { Attention, type HartState } from '../hart/hart-state.ts';
import { PAGE_SIZE, PageFlag } from '../hart/state-layout.ts';
import { decodeInstruction, isLong } from './decode.ts';
import { emptyInstruction } from './decoded-instruction.ts';
import { Operation } from './operations.ts';

/** Words of a block's header, before its records. */
export const enum BlockWord {
  /** The fetch context in which the block was last found; 0 once the block is dropped. */
  Context = 0,
  /** Virtual address of the first instruction. */
  Address = 1,
  /** Instructions in the block. */
  Length = 2,
  /** The block that follows when the last instruction jumps, when it does not; 0: not known. */
  TakenLink = 3,
  FallLink = 4,
  /** The addresses of these two. */
  TakenAddress = 5,
  FallAddress = 6,
  /** Where the first instruction lies: its offset in the machine's memory. */
  Offset = 7,
  /** The next block with the same hash, the next one of the same physical page; 0: none. */
  NextInBucket = 8,
  NextInPage = 9,
  /** Which of the block's instructions have 16 bits: one bit each, two words. */
  ShortLow = 10,
  ShortHigh = 11,
  /**
   * Where the second half of a block's one instruction lies that begins at the end of a page; 0 in
   * every other block.
   */
  TailOffset = 12,
  Records = 16,
}

/** Words of a record: operation and three operands. */
export const RECORD_WORDS = 4;

const HALF_BYTES = 2;
const HALF_BITS = 16;
/** One bit of `BlockWord.ShortLow` and `ShortHigh` for each. */
const MAXIMUM_LENGTH = 64;
const BITS_PER_WORD = 32;
/** Of a hart: where its blocks are found by virtual address and place. */
export const BUCKETS = 1 << 14;

/**
 * Where blocks lie, in words of the machine's memory (`Region.Blocks` on). The harts share it out
 * evenly: each has its own indexes and arena, so that no block has to say for whom it is valid.
 */
export const enum BlockMemory {
  Start = 0x16_0000,
  End = 0x40_0000,
  /** Blocks by virtual address alone, direct-mapped: what indirect jumps try first. */
  JumpEntries = 0x2000,
}

/** Inside a hart's share, in words: first the table for jumps. */
export const enum BlockShare {
  Buckets = 0x2000,
  /** An empty block that belongs to no context stands for "no block". */
  Nothing = 0x6000,
  Arena = 0x6010,
  Alignment = 16,
}

const WORST_BLOCK_WORDS = BlockWord.Records + (MAXIMUM_LENGTH + 1) * RECORD_WORDS;

/** `BlockWord.Offset` of a block whose code is not in RAM, which lies behind the hart's state. */
export const NOT_IN_RAM = 0;

/** Which 64-byte lines of a page hold decoded instructions, and the page's blocks. */
interface CodePage {
  lowLines: number;
  highLines: number;
  /** The first of those that begin in the page. */
  firstBlock: number;
  /** Those that begin at the end of another page, with half an instruction, and end in this one. */
  readonly tails: Set<number>;
}

const LINE_SHIFT = 6;
const LINES_PER_WORD = 32;

export class BlockCache implements StoreWatcher {
  readonly #hart: HartState;
  readonly #ram: Ram;
  readonly #words: Int32Array;
  readonly #pages = new Map<number, CodePage>();
  readonly #decoded = emptyInstruction();
  /** Virtual addresses at which a debugger wants the hart to stop. */
  readonly #breakpoints = new Set<number>();
  /** Word index of the table for jumps, with which this hart's share begins. */
  readonly jumps: number;
  readonly #buckets: number;
  readonly #nothing: number;
  readonly #arena: number;
  readonly #end: number;
  #free: number;
  /** Changes when all blocks were dropped at once, so that a link into them is not made. */
  generation = 0;

  /** @param harts that the machine has: each gets the same share of the memory for blocks */
  constructor(hart: HartState, ram: Ram, harts = 1) {
    this.#hart = hart;
    this.#ram = ram;
    this.#words = ram.words;
    const share = Math.floor((BlockMemory.End - BlockMemory.Start) / harts) & -BlockShare.Alignment;
    this.jumps = BlockMemory.Start + hart.index * share;
    this.#buckets = this.jumps + BlockShare.Buckets;
    this.#nothing = this.jumps + BlockShare.Nothing;
    this.#arena = this.jumps + BlockShare.Arena;
    this.#end = this.jumps + share;
    this.#free = this.#arena;
    ram.addWatcher(this);
    this.dropAll();
  }

  /**
   * The block at a virtual address whose bytes lie at `offset` in RAM: a known or a new one. With
   * `single` it has one instruction, since the next one may not be fetched under the same rights.
   * The first instruction does not cross the end of the page.
   */
  find(address: number, offset: number, single: boolean): number {
    const words = this.#words;
    let block = words[this.#bucket(address, offset)];
    while (block !== 0) {
      const matches =
        words[block + BlockWord.Address] === address &&
        words[block + BlockWord.Offset] === offset &&
        words[block + BlockWord.TailOffset] === 0;
      if (matches && (!single || words[block + BlockWord.Length] === 1)) {
        return block;
      }
      block = words[block + BlockWord.NextInBucket];
    }
    return this.#decode(address, offset, single ? 1 : MAXIMUM_LENGTH);
  }

  /**
   * The block of a single 32-bit instruction at the end of a page, whose second half lies at `tail`,
   * the beginning of another.
   */
  findAcrossPages(address: number, offset: number, tail: number): number {
    const words = this.#words;
    let block = words[this.#bucket(address, offset)];
    while (block !== 0) {
      const matches =
        words[block + BlockWord.Address] === address &&
        words[block + BlockWord.Offset] === offset &&
        words[block + BlockWord.TailOffset] === tail;
      if (matches) {
        return block;
      }
      block = words[block + BlockWord.NextInBucket];
    }
    return this.#decodeAcrossPages(address, offset, tail);
  }

  /**
   * Makes the hart stop before the instruction at a virtual address, in every mode and address
   * space. It costs nothing elsewhere: only the blocks that reach the address are decoded anew, and
   * end before it.
   */
  addBreakpoint(address: number): void {
    this.#breakpoints.add(address | 0);
    this.#dropAround(address);
  }

  removeBreakpoint(address: number): void {
    this.#breakpoints.delete(address | 0);
    this.#dropAround(address);
  }

  hasBreakpoint(address: number): boolean {
    return this.#breakpoints.has(address | 0);
  }

  /** Drops every block with an instruction at this place of its page, whatever its address. */
  #dropAround(address: number): void {
    for (const page of [...this.#pages.keys()]) {
      const start = page + (address & (PAGE_SIZE - 1));
      this.#dropOverlapping(page, start, start + HALF_BYTES);
    }
  }

  /** A block of one instruction that is not in RAM: used once, known to nobody. */
  decodeDetached(address: number, instruction: number): number {
    this.#makeRoom();
    const block = this.#free;
    this.#startBlock(block, address, NOT_IN_RAM);
    this.#addRecord(block, 0, instruction, address);
    this.#finishBlock(block, 1, (address + this.#decoded.length) | 0);
    return block;
  }

  /** Drops everything. */
  dropAll(): void {
    this.generation++;
    this.#free = this.#arena;
    this.#words.fill(this.#nothing, this.jumps, this.#buckets);
    this.#words.fill(0, this.#buckets, this.#arena);
    const pages = [...this.#pages.keys()];
    this.#pages.clear();
    for (const page of pages) {
      this.#ram.unwatchPage(page, PageFlag.Code);
    }
  }

  beforeStore(offset: number, length: number, flags: number): void {
    if ((flags & PageFlag.Code) === 0) {
      return;
    }
    const page = offset & -PAGE_SIZE;
    const code = this.#pages.get(page);
    if (code === undefined) {
      return;
    }
    const firstLine = (offset - page) >> LINE_SHIFT;
    const lastLine = (offset - page + length - 1) >> LINE_SHIFT;
    for (let line = firstLine; line <= lastLine; line++) {
      if (hasLine(code, line)) {
        this.#dropOverlapping(page, offset, offset + length);
        return;
      }
    }
  }

  onPageWatched(): void {
    // Blocks are only read: nothing here lets a store bypass the watch.
  }

  watches(page: number, reason: PageFlag): boolean {
    return reason === PageFlag.Code && this.#pages.has(page);
  }

  #bucket(address: number, offset: number): number {
    const mixed = Math.imul((address ^ (offset << 7)) >>> 1, 0x9e37_79b1);
    return this.#buckets + ((mixed >>> 18) % BUCKETS);
  }

  /** Whether the next block can be decoded without dropping the others. */
  get hasRoom(): boolean {
    return this.#free + WORST_BLOCK_WORDS <= this.#end;
  }

  #makeRoom(): void {
    if (!this.hasRoom) {
      this.dropAll();
    }
  }

  #decode(address: number, offset: number, maximum: number): number {
    this.#makeRoom();
    const { halves } = this.#ram;
    const block = this.#free;
    this.#startBlock(block, address, offset);
    const roomInPage = PAGE_SIZE - (offset & (PAGE_SIZE - 1));
    const stops = this.#breakpoints.size > 0;
    let length = 0;
    let distance = 0;
    let endsBlock = false;
    while (length < maximum && distance < roomInPage && !endsBlock) {
      const pc = (address + distance) | 0;
      if (stops && this.#breakpoints.has(pc)) {
        if (length === 0) {
          this.#words[block + BlockWord.Records] = Operation.Stop;
          this.#decoded.endsBlock = true;
          length = 1;
          distance = HALF_BYTES;
        }
        break;
      }
      const crossesPage = distance + HALF_BYTES === roomInPage;
      if (crossesPage && isLong(halves[(offset + distance) >>> 1])) {
        break;
      }
      this.#addRecord(block, length, this.#instructionInRam(offset + distance), pc);
      endsBlock = this.#decoded.endsBlock;
      distance += this.#decoded.length;
      length++;
    }
    this.#free = this.#finishBlock(block, length, (address + distance) | 0);
    this.#addToBucket(block);
    this.#addToPage(block);
    return block;
  }

  #decodeAcrossPages(address: number, offset: number, tail: number): number {
    this.#makeRoom();
    const { halves } = this.#ram;
    const words = this.#words;
    const block = this.#free;
    this.#startBlock(block, address, offset);
    words[block + BlockWord.TailOffset] = tail;
    const instruction = halves[offset >>> 1] | (halves[tail >>> 1] << HALF_BITS);
    if (this.#breakpoints.has(address)) {
      words[block + BlockWord.Records] = Operation.Stop;
      this.#decoded.endsBlock = true;
    } else {
      this.#addRecord(block, 0, instruction, address);
    }
    this.#free = this.#finishBlock(block, 1, (address + 2 * HALF_BYTES) | 0);
    this.#addToBucket(block);
    this.#addToPage(block);
    const page = this.#codePage(tail);
    page.tails.add(block);
    addLine(page, 0);
    return block;
  }

  /** The instruction at an offset in RAM, all in one page; of a 16-bit one, with zeros above. */
  #instructionInRam(offset: number): number {
    const { halves } = this.#ram;
    const half = halves[offset >>> 1];
    return isLong(half) ? half | (halves[(offset >>> 1) + 1] << HALF_BITS) : half;
  }

  #startBlock(block: number, address: number, offset: number): void {
    this.#words.fill(0, block, block + BlockWord.Records);
    this.#words[block + BlockWord.Address] = address;
    this.#words[block + BlockWord.Offset] = offset;
    this.#words[block + BlockWord.TakenLink] = this.#nothing;
    this.#words[block + BlockWord.FallLink] = this.#nothing;
  }

  #addRecord(block: number, index: number, instruction: number, pc: number): void {
    const words = this.#words;
    const decoded = this.#decoded;
    decodeInstruction(instruction, pc, decoded);
    const record = block + BlockWord.Records + index * RECORD_WORDS;
    words[record] = decoded.operation;
    words[record + 1] = decoded.a;
    words[record + 2] = decoded.b;
    words[record + 3] = decoded.c;
    words[block + BlockWord.TakenAddress] = decoded.target;
    if (decoded.length === HALF_BYTES) {
      const word = index < BITS_PER_WORD ? BlockWord.ShortLow : BlockWord.ShortHigh;
      words[block + word] |= 1 << (index % BITS_PER_WORD);
    }
  }

  /** Closes the block after its last record; returns the first word after it. */
  #finishBlock(block: number, length: number, end: number): number {
    const words = this.#words;
    words[block + BlockWord.Length] = length;
    words[block + BlockWord.FallAddress] = end;
    const record = block + BlockWord.Records + length * RECORD_WORDS;
    if (this.#decoded.endsBlock) {
      return record;
    }
    words[record] = Operation.End;
    return record + RECORD_WORDS;
  }

  #addToBucket(block: number): void {
    const words = this.#words;
    const bucket = this.#bucket(words[block + BlockWord.Address], words[block + BlockWord.Offset]);
    words[block + BlockWord.NextInBucket] = words[bucket];
    words[bucket] = block;
  }

  /** What is known about the page that holds `offset`, which is watched from now on. */
  #codePage(offset: number): CodePage {
    const page = offset & -PAGE_SIZE;
    let code = this.#pages.get(page);
    if (code === undefined) {
      code = { lowLines: 0, highLines: 0, firstBlock: 0, tails: new Set() };
      this.#pages.set(page, code);
      this.#ram.watchPage(page, PageFlag.Code);
    }
    return code;
  }

  /** Enters a block into the page in which it begins. */
  #addToPage(block: number): void {
    const offset = this.#words[block + BlockWord.Offset];
    const code = this.#codePage(offset);
    this.#words[block + BlockWord.NextInPage] = code.firstBlock;
    code.firstBlock = block;
    const start = offset & (PAGE_SIZE - 1);
    const last = Math.min(start + this.#bytesOf(block), PAGE_SIZE) - 1;
    for (let line = start >> LINE_SHIFT; line <= last >> LINE_SHIFT; line++) {
      addLine(code, line);
    }
  }

  #bytesOf(block: number): number {
    return (
      (this.#words[block + BlockWord.FallAddress] - this.#words[block + BlockWord.Address]) | 0
    );
  }

  /** Drops the blocks with bytes in [start, end), which is in one page, and counts lines again. */
  #dropOverlapping(page: number, start: number, end: number): void {
    const code = this.#pages.get(page);
    if (code === undefined) {
      return;
    }
    const words = this.#words;
    if (start < page + HALF_BYTES) {
      for (const block of code.tails) {
        this.#removeFromPage(block);
        this.#unlink(block);
      }
      code.tails.clear();
    }
    let block = code.firstBlock;
    code.firstBlock = 0;
    code.lowLines = 0;
    code.highLines = 0;
    if (code.tails.size > 0) {
      addLine(code, 0);
    }
    while (block !== 0) {
      const next = words[block + BlockWord.NextInPage];
      const offset = words[block + BlockWord.Offset];
      if (offset < end && offset + this.#bytesOf(block) > start) {
        this.#removeTail(block, page);
        this.#unlink(block);
      } else {
        this.#addToPage(block);
      }
      block = next;
    }
    this.#forgetIfEmpty(page, code);
  }

  /** Takes a block out of the page in which it begins. */
  #removeFromPage(block: number): void {
    const words = this.#words;
    const page = words[block + BlockWord.Offset] & -PAGE_SIZE;
    const code = this.#codePage(page);
    if (code.firstBlock === block) {
      code.firstBlock = words[block + BlockWord.NextInPage];
      this.#forgetIfEmpty(page, code);
      return;
    }
    let at = code.firstBlock;
    while (words[at + BlockWord.NextInPage] !== block) {
      at = words[at + BlockWord.NextInPage];
    }
    words[at + BlockWord.NextInPage] = words[block + BlockWord.NextInPage];
  }

  /** Takes a block of `page` out of the page in which its second half lies, if it has one. */
  #removeTail(block: number, page: number): void {
    const tail = this.#words[block + BlockWord.TailOffset];
    if (tail === 0) {
      return;
    }
    const code = this.#codePage(tail);
    code.tails.delete(block);
    // A virtual page may be followed by itself; then its blocks are still being gone through.
    if (tail !== page) {
      this.#forgetIfEmpty(tail, code);
    }
  }

  #forgetIfEmpty(page: number, code: CodePage): void {
    if (code.firstBlock === 0 && code.tails.size === 0) {
      this.#pages.delete(page);
      this.#ram.unwatchPage(page, PageFlag.Code);
    }
  }

  /** Makes a block unreachable. Its words stay, since it may be running. */
  #unlink(block: number): void {
    const words = this.#words;
    this.#hart.attention |= Attention.Code;
    words[block + BlockWord.Context] = 0;
    const address = words[block + BlockWord.Address];
    let at = this.#bucket(address, words[block + BlockWord.Offset]);
    while (words[at] !== block) {
      at = words[at] + BlockWord.NextInBucket;
    }
    words[at] = words[block + BlockWord.NextInBucket];
  }
}

/** Bytes from the start of a block to its instruction number `index`. */
export function distanceTo(words: Int32Array, block: number, index: number): number {
  const low = words[block + BlockWord.ShortLow];
  const high = words[block + BlockWord.ShortHigh];
  if ((low | high) === 0) {
    return 2 * HALF_BYTES * index;
  }
  // A shift by 32 would shift by nothing.
  const short =
    index < BITS_PER_WORD
      ? countOnes(low & ((1 << index) - 1))
      : countOnes(low) + countOnes(high & ((1 << (index - BITS_PER_WORD)) - 1));
  return HALF_BYTES * (2 * index - short);
}

function hasLine(code: CodePage, line: number): boolean {
  const lines = line < LINES_PER_WORD ? code.lowLines : code.highLines;
  return (lines & (1 << (line % LINES_PER_WORD))) !== 0;
}

function addLine(code: CodePage, line: number): void {
  if (line < LINES_PER_WORD) {
    code.lowLines |= 1 << line;
  } else {
    code.highLines |= 1 << (line % LINES_PER_WORD);
  }
}
