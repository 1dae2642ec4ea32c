/**
 * Basic blocks, decoded once and executed many times: README.md describes the records. Blocks are
 * found by virtual address and place in RAM, so one made in one address space serves every other that
 * maps the same code at the same place.
 */
import type { Ram, StoreWatcher } from '../bus/ram.ts';
import { Attention, type HartState } from '../hart/hart-state.ts';
import { PAGE_SIZE, PageFlag } from '../hart/state-layout.ts';
import { decodeInstruction, emptyInstruction } from './decode.ts';
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
  Records = 12,
}

/** Words of a record: operation and three operands. */
export const RECORD_WORDS = 4;

const INSTRUCTION_BYTES = 4;
const MAXIMUM_LENGTH = 64;
const BUCKETS = 1 << 14;

/**
 * Where blocks lie, in words of the machine's memory (`Region.Blocks` on). The harts share it out
 * evenly: each has its own indexes and arena, so that no block has to say for whom it is valid.
 */
export const enum BlockMemory {
  Start = 0xc_0000,
  End = 0x40_0000,
  /** Blocks by virtual address alone, direct-mapped: what indirect jumps try first. */
  JumpEntries = 0x1000,
}

/** Inside a hart's share, in words: first the table for jumps. */
const enum Share {
  Buckets = 0x1000,
  /** An empty block that belongs to no context stands for "no block". */
  Nothing = 0x5000,
  Arena = 0x5010,
  Alignment = 16,
}

const WORST_BLOCK_WORDS = BlockWord.Records + (MAXIMUM_LENGTH + 1) * RECORD_WORDS;

/** `BlockWord.Offset` of a block whose code is not in RAM, which lies behind the hart's state. */
export const NOT_IN_RAM = 0;

/** Which 64-byte lines of a page hold decoded instructions, and the page's first block. */
interface CodePage {
  lowLines: number;
  highLines: number;
  firstBlock: number;
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
    const share = Math.floor((BlockMemory.End - BlockMemory.Start) / harts) & -Share.Alignment;
    this.jumps = BlockMemory.Start + hart.index * share;
    this.#buckets = this.jumps + Share.Buckets;
    this.#nothing = this.jumps + Share.Nothing;
    this.#arena = this.jumps + Share.Arena;
    this.#end = this.jumps + share;
    this.#free = this.#arena;
    ram.addWatcher(this);
    this.dropAll();
  }

  /**
   * The block at a virtual address whose bytes lie at `offset` in RAM: a known or a new one. With
   * `single` it has one instruction, since the next one may not be fetched under the same rights.
   */
  find(address: number, offset: number, single: boolean): number {
    const words = this.#words;
    let block = words[this.#bucket(address, offset)];
    while (block !== 0) {
      const matches =
        words[block + BlockWord.Address] === address && words[block + BlockWord.Offset] === offset;
      if (matches && (!single || words[block + BlockWord.Length] === 1)) {
        return block;
      }
      block = words[block + BlockWord.NextInBucket];
    }
    return this.#decode(address, offset, single ? 1 : MAXIMUM_LENGTH);
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
    for (const [page, code] of [...this.#pages]) {
      const start = page + (address & (PAGE_SIZE - 1));
      this.#dropOverlapping(page, code, start, start + INSTRUCTION_BYTES);
    }
  }

  /** A block of one instruction that is not in RAM: used once, known to nobody. */
  decodeDetached(address: number, instruction: number): number {
    this.#makeRoom();
    const block = this.#free;
    this.#startBlock(block, address, NOT_IN_RAM);
    const endsBlock = this.#addRecord(block, 0, instruction, address);
    this.#finishBlock(block, 1, endsBlock, (address + INSTRUCTION_BYTES) | 0);
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
        this.#dropOverlapping(page, code, offset, offset + length);
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
    const mixed = Math.imul((address ^ (offset << 7)) >>> 2, 0x9e37_79b1);
    return this.#buckets + ((mixed >>> 18) % BUCKETS);
  }

  #makeRoom(): void {
    if (this.#free + WORST_BLOCK_WORDS > this.#end) {
      this.dropAll();
    }
  }

  #decode(address: number, offset: number, maximum: number): number {
    this.#makeRoom();
    const words = this.#words;
    const block = this.#free;
    this.#startBlock(block, address, offset);
    const roomInPage = (PAGE_SIZE - (offset & (PAGE_SIZE - 1))) / INSTRUCTION_BYTES;
    const limit = Math.min(maximum, roomInPage);
    const stops = this.#breakpoints.size > 0;
    let length = 0;
    let endsBlock = false;
    while (length < limit && !endsBlock) {
      const distance = length * INSTRUCTION_BYTES;
      if (stops && this.#breakpoints.has((address + distance) | 0)) {
        if (length > 0) break;
        words[block + BlockWord.Records] = Operation.Stop;
        endsBlock = true;
        length++;
        break;
      }
      const instruction = words[(offset + distance) >>> 2];
      endsBlock = this.#addRecord(block, length, instruction, (address + distance) | 0);
      length++;
    }
    const end = (address + length * INSTRUCTION_BYTES) | 0;
    this.#free = this.#finishBlock(block, length, endsBlock, end);
    const bucket = this.#bucket(address, offset);
    words[block + BlockWord.NextInBucket] = words[bucket];
    words[bucket] = block;
    this.#addToPage(block, offset, length);
    return block;
  }

  #startBlock(block: number, address: number, offset: number): void {
    this.#words.fill(0, block, block + BlockWord.Records);
    this.#words[block + BlockWord.Address] = address;
    this.#words[block + BlockWord.Offset] = offset;
    this.#words[block + BlockWord.TakenLink] = this.#nothing;
    this.#words[block + BlockWord.FallLink] = this.#nothing;
  }

  /** Whether the instruction ends the block. */
  #addRecord(block: number, index: number, instruction: number, pc: number): boolean {
    const words = this.#words;
    const decoded = this.#decoded;
    decodeInstruction(instruction, pc, decoded);
    const record = block + BlockWord.Records + index * RECORD_WORDS;
    words[record] = decoded.operation;
    words[record + 1] = decoded.a;
    words[record + 2] = decoded.b;
    words[record + 3] = decoded.c;
    words[block + BlockWord.TakenAddress] = decoded.target;
    return decoded.endsBlock;
  }

  /** Closes the block; returns the first word after it. */
  #finishBlock(block: number, length: number, endsBlock: boolean, end: number): number {
    const words = this.#words;
    words[block + BlockWord.Length] = length;
    words[block + BlockWord.FallAddress] = end;
    const record = block + BlockWord.Records + length * RECORD_WORDS;
    if (endsBlock) {
      return record;
    }
    words[record] = Operation.End;
    return record + RECORD_WORDS;
  }

  #addToPage(block: number, offset: number, length: number): void {
    const page = offset & -PAGE_SIZE;
    let code = this.#pages.get(page);
    if (code === undefined) {
      code = { lowLines: 0, highLines: 0, firstBlock: 0 };
      this.#pages.set(page, code);
      this.#ram.watchPage(page, PageFlag.Code);
    }
    this.#words[block + BlockWord.NextInPage] = code.firstBlock;
    code.firstBlock = block;
    const first = (offset - page) >> LINE_SHIFT;
    const last = (offset - page + length * INSTRUCTION_BYTES - 1) >> LINE_SHIFT;
    for (let line = first; line <= last; line++) {
      addLine(code, line);
    }
  }

  /** Drops the blocks of a page that have bytes in [start, end), and counts the lines again. */
  #dropOverlapping(page: number, code: CodePage, start: number, end: number): void {
    const words = this.#words;
    let block = code.firstBlock;
    code.firstBlock = 0;
    code.lowLines = 0;
    code.highLines = 0;
    let dropped = false;
    while (block !== 0) {
      const next = words[block + BlockWord.NextInPage];
      const offset = words[block + BlockWord.Offset];
      const length = words[block + BlockWord.Length];
      if (offset < end && offset + length * INSTRUCTION_BYTES > start) {
        this.#unlink(block);
        dropped = true;
      } else {
        this.#addToPage(block, offset, length);
      }
      block = next;
    }
    if (code.firstBlock === 0) {
      this.#pages.delete(page);
      this.#ram.unwatchPage(page, PageFlag.Code);
    }
    if (dropped) {
      this.#hart.attention |= Attention.Code;
    }
  }

  /** Makes a block unreachable. Its words stay, since it may be running. */
  #unlink(block: number): void {
    const words = this.#words;
    words[block + BlockWord.Context] = 0;
    const address = words[block + BlockWord.Address];
    let at = this.#bucket(address, words[block + BlockWord.Offset]);
    while (words[at] !== block) {
      at = words[at] + BlockWord.NextInBucket;
    }
    words[at] = words[block + BlockWord.NextInBucket];
  }
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
