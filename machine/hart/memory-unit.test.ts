import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import type { Device } from '../devices/device.ts';
import { bareMachine, loadWords, RAM_BASE, readWord } from '../engine/testing/bare-machine.ts';
import { allowEverything, guest } from '../engine/testing/guest.ts';
import { Access, Privilege } from './privilege.ts';

const LOAD_WORD = encodeInstruction('lw', { rd: 10, rs1: 11, immediate: 0 });
const STORE_WORD = encodeInstruction('sw', { rs2: 10, rs1: 11, immediate: 0 });
const VECTOR = RAM_BASE + 0x400;
const ROOT = RAM_BASE + 0x1000;
const LEAF = RAM_BASE + 0x2000;
const DATA = RAM_BASE + 0x3000;
const RAM_END = RAM_BASE + (1 << 20);
const SATP = 0x8000_0000 | (ROOT >>> 12);
const MPRV_S = (1 << 17) | (1 << 11);
const ALL = 0xcf;

const entry = (address: number, flags: number) => (address >>> 12) * 1024 + flags;

/**
 * Runs one load or store in M-mode with MPRV, so that its data access alone is translated: virtual
 * page i is the i-th of `pages`, or unmapped.
 */
function translated(words: readonly number[], pages: readonly (number | undefined)[]) {
  const machine = guest(words);
  const { hart } = machine;
  allowEverything(hart);
  loadWords(machine.machine, ROOT, [entry(LEAF, 1)]);
  loadWords(
    machine.machine,
    LEAF,
    pages.map((page) => (page === undefined ? 0 : entry(page, ALL))),
  );
  hart.writeCsr('mtvec', VECTOR);
  hart.writeCsr('satp', SATP);
  hart.writeCsr('mstatus', MPRV_S);
  return machine;
}

describe('misaligned accesses', () => {
  it.each([1, 2, 3])('load and store at offset %s of a word', (offset) => {
    const { hart, machine, step } = guest([STORE_WORD, LOAD_WORD]);
    loadWords(machine, DATA, [0x1111_1111, 0x2222_2222]);
    hart.writeRegister(10, 0xa1b2_c3d4);
    hart.writeRegister(11, DATA + offset);
    step();
    hart.writeRegister(10, 0);
    step();
    expect(hart.readRegister(10)).toBe(0xa1b2_c3d4);
    const shift = 8 * offset;
    expect(readWord(machine, DATA)).toBe(
      ((0xa1b2_c3d4 << shift) | (0x1111_1111 >>> (32 - shift))) >>> 0,
    );
  });

  it('cross pages that lie apart', () => {
    const { hart, machine, step } = translated(
      [STORE_WORD, LOAD_WORD],
      [DATA + 0x4000, DATA + 0x1000],
    );
    hart.writeRegister(10, 0xa1b2_c3d4);
    hart.writeRegister(11, 0xffd);
    step();
    hart.writeRegister(10, 0);
    step();
    expect(hart.readRegister(10)).toBe(0xa1b2_c3d4);
    expect(readWord(machine, DATA + 0x4ffc)).toBe(0xb2c3_d400);
    expect(readWord(machine, DATA + 0x1000)).toBe(0xa1);
  });

  it.each([
    ['first', [undefined, DATA], 0xffd],
    ['second', [DATA, undefined], 0x1000],
  ])('fault at the address of the part in the %s page, and store nothing', (_, pages, at) => {
    for (const [word, cause] of [
      [LOAD_WORD, 13],
      [STORE_WORD, 15],
    ]) {
      const { hart, machine, step, csr } = translated([word], pages);
      hart.writeRegister(10, 0x1234_5678);
      hart.writeRegister(11, 0xffd);
      step();
      expect([csr('mcause'), csr('mtval'), hart.pc]).toEqual([cause, at, VECTOR]);
      expect(hart.readRegister(10)).toBe(0x1234_5678);
      const data = new Uint8Array(0x1000);
      machine.readPhysical(DATA, data);
      expect(data.every((byte) => byte === 0)).toBe(true);
    }
  });

  it.each([
    [encodeInstruction('lr.w', { rd: 10, rs1: 11 }), 4],
    [encodeInstruction('sc.w', { rd: 10, rs1: 11, rs2: 10 }), 6],
    [encodeInstruction('amoadd.w', { rd: 10, rs1: 11, rs2: 10 }), 6],
  ])('trap when they are atomic: 0x%s with cause %s', (word, cause) => {
    const { hart, step, csr } = guest([word]);
    hart.writeCsr('mtvec', VECTOR);
    hart.writeRegister(11, DATA + 2);
    step();
    expect([csr('mcause'), csr('mtval')]).toEqual([cause, DATA + 2]);
  });
});

/** A device of two pages below RAM: a word of it is its offset. RAM begins with 0x87654321. */
function besideDevice(word: number) {
  const reads: (readonly [number, number])[] = [];
  const writes: (readonly [number, number, number])[] = [];
  const device: Device = {
    declaration: {
      name: 'offsets',
      source: 'tests',
      compatible: [],
      size: 0x2000,
      accessWidths: [1, 4],
      registers: [],
      state: [],
    },
    read: (offset, width) => {
      reads.push([offset, width]);
      return offset < 0x1000 ? 0x0fff_0000 | offset : offset;
    },
    write: (offset, width, value) => {
      writes.push([offset, width, value]);
    },
    reset: () => undefined,
    saveState: () => ({}),
    restoreState: () => undefined,
  };
  const bare = bareMachine(1 << 20, () => [{ base: RAM_BASE - 0x2000, device }]);
  const made = guest([], bare);
  loadWords(made.machine, RAM_BASE, [0x8765_4321, word]);
  made.hart.pc = RAM_BASE + 4;
  return { ...made, reads, writes };
}

describe('what is not RAM', () => {
  it.each([
    ['load from nowhere', LOAD_WORD, 0x4000_0000, 5],
    ['store to nowhere', STORE_WORD, 0x4000_0000, 7],
    ['misaligned load across the end of a device', LOAD_WORD, 0x0010_0ffe, 5, 0x0010_1000],
    ['misaligned store across the end of RAM', STORE_WORD, RAM_END - 2, 7, RAM_END],
    [
      'atomic on a device',
      encodeInstruction('amoadd.w', { rd: 10, rs1: 11, rs2: 10 }),
      0x10_0000,
      7,
    ],
    ['lr from a device', encodeInstruction('lr.w', { rd: 10, rs1: 11 }), 0x10_0000, 5],
  ])('%s is an access fault', (_, word, address, cause, at = address) => {
    const { hart, step, csr } = guest([word]);
    hart.writeCsr('mtvec', VECTOR);
    hart.writeRegister(11, address);
    step();
    expect([csr('mcause'), csr('mtval')]).toEqual([cause, at]);
  });

  it.each([
    ['two pages of a device', RAM_BASE - 0x1002, 0x0fff_0ffc, 0x1000],
    ['a device and RAM', RAM_BASE - 2, 0x1ffc, 0x8765_4321],
  ])('may be read across %s, in aligned accesses', (_, address, before, behind) => {
    const { hart, step, reads } = besideDevice(LOAD_WORD);
    hart.writeRegister(11, address);
    step();
    expect(hart.readRegister(10)).toBe(((before >>> 16) | (behind << 16)) >>> 0);
    expect(reads.every(([offset, width]) => width === 4 && offset % 4 === 0)).toBe(true);
  });

  it('may be written across a device and RAM, byte by byte', () => {
    const { hart, machine, step, writes } = besideDevice(STORE_WORD);
    hart.writeRegister(11, RAM_BASE - 3);
    hart.writeRegister(10, 0x0403_0201);
    step();
    expect(writes).toEqual([
      [0x1ffd, 1, 1],
      [0x1ffe, 1, 2],
      [0x1fff, 1, 3],
    ]);
    expect(readWord(machine, RAM_BASE)).toBe(0x8765_4304);
  });

  it('cannot be jumped to', () => {
    const { hart, step, csr } = guest([
      encodeInstruction('jalr', { rd: 0, rs1: 11, immediate: 0 }),
    ]);
    hart.writeCsr('mtvec', VECTOR);
    hart.writeRegister(11, 0x4000_0000);
    step(2);
    expect([csr('mcause'), csr('mepc'), csr('mtval')]).toEqual([1, 0x4000_0000, 0x4000_0000]);
  });
});

describe('load reserved and store conditional', () => {
  const LR = encodeInstruction('lr.w', { rd: 12, rs1: 11 });
  const SC = encodeInstruction('sc.w', { rd: 13, rs1: 11, rs2: 10 });
  const NOP = encodeInstruction('addi', { rd: 0, rs1: 0, immediate: 0 });

  /** Runs LR, lets `between` write to its word, then runs `rest` more instructions or traps. */
  function after(
    words: readonly number[],
    rest = 2,
    between?: (dma: (value: number) => void) => void,
  ) {
    const { hart, machine, step } = guest(words);
    hart.writeCsr('mtvec', VECTOR);
    hart.writeRegister(10, 55);
    hart.writeRegister(11, DATA);
    hart.writeRegister(13, 99);
    loadWords(machine, DATA, [7]);
    loadWords(machine, VECTOR, [
      encodeInstruction('addi', { rd: 11, rs1: 11, immediate: 0 }),
      encodeInstruction('jal', { rd: 0, immediate: RAM_BASE + 8 - VECTOR - 4 }),
    ]);
    step();
    between?.((value) => {
      machine.memory.write(DATA, 4, value);
    });
    step(rest);
    return { result: hart.readRegister(13), memory: readWord(machine, DATA) };
  }

  it('store when nothing came between', () => {
    expect(after([LR, NOP, SC])).toEqual({ result: 0, memory: 55 });
  });

  it('do not store without a reservation, or twice on one', () => {
    expect(after([NOP, NOP, SC])).toEqual({ result: 1, memory: 7 });
    expect(after([LR, SC, SC])).toEqual({ result: 1, memory: 55 });
  });

  it('do not store to another word', () => {
    const elsewhere = encodeInstruction('addi', { rd: 11, rs1: 11, immediate: 4 });
    expect(after([LR, elsewhere, SC])).toEqual({ result: 1, memory: 7 });
  });

  it('do not store when a device has changed the word', () => {
    const change = (dma: (value: number) => void) => {
      dma(8);
    };
    expect(after([LR, NOP, SC], 2, change)).toEqual({ result: 1, memory: 8 });
  });

  it('do not store when a trap came between', () => {
    expect(after([LR, encodeInstruction('ecall'), SC], 4)).toEqual({ result: 1, memory: 7 });
  });
});

describe('looking at a translation from outside', () => {
  it('tells where an access would go and changes nothing', () => {
    const { hart, machine } = translated([], [DATA, undefined]);
    loadWords(machine, LEAF, [entry(DATA, 0x07)]);
    expect(machine.translate(0, 0x123, Access.Store)).toBe(DATA + 0x123);
    expect(machine.translate(0, 0x1123, Access.Load)).toBeUndefined();
    // Instructions are fetched as M-mode, whatever MPRV says.
    expect(machine.translate(0, RAM_BASE, Access.Fetch)).toBe(RAM_BASE);
    expect(readWord(machine, LEAF)).toBe(entry(DATA, 0x07));
    hart.privilege = Privilege.User;
    expect(machine.translate(0, 0x123, Access.Load)).toBeUndefined();
  });
});

describe('translations', () => {
  it('follow every store to the page tables, without any fence', () => {
    // In S-mode, with the tables mapped at pages 4 and 5: load, remap page 0, load again.
    const store = encodeInstruction('sw', { rs2: 13, rs1: 12, immediate: 0 });
    const { hart, machine, step } = translated(
      [LOAD_WORD, store, LOAD_WORD],
      [DATA, DATA + 0x1000, undefined, undefined, LEAF],
    );
    loadWords(machine, DATA, [111]);
    loadWords(machine, DATA + 0x1000, [222]);
    hart.writeRegister(11, 0);
    hart.writeRegister(12, 0x4000);
    hart.writeRegister(13, entry(DATA + 0x1000, ALL));
    step();
    expect(hart.readRegister(10)).toBe(111);
    step(2);
    expect(hart.readRegister(10)).toBe(222);
    // A device that rewrites the table is noticed as well.
    machine.memory.write(LEAF, 4, 0);
    hart.pc = RAM_BASE;
    hart.writeRegister(12, 0x1000);
    step();
    expect(hart.pc).toBe(VECTOR);
  });

  it('follow stores to the root table, and to a page that used to hold one', () => {
    const { hart, machine, step } = translated([LOAD_WORD], [DATA]);
    loadWords(machine, DATA, [111]);
    hart.writeRegister(11, 0);
    step();
    expect(hart.readRegister(10)).toBe(111);
    loadWords(machine, ROOT, [entry(LEAF + 0x8000, 1)]);
    loadWords(machine, LEAF + 0x8000, [entry(DATA + 0x1000, ALL)]);
    loadWords(machine, DATA + 0x1000, [333]);
    for (let i = 0; i < 3000; i++) {
      machine.memory.write(LEAF, 4, i);
    }
    hart.pc = RAM_BASE;
    step();
    expect(hart.readRegister(10)).toBe(333);
  });

  it('follow a change of protection', () => {
    const { hart, step, csr } = translated([LOAD_WORD, LOAD_WORD], [DATA]);
    hart.writeRegister(11, 0);
    step();
    hart.writeCsr('pmpaddr1', -1);
    hart.writeCsr('pmpaddr0', (DATA >>> 2) | 0x1ff);
    hart.writeCsr('pmpcfg0', 0x1f18);
    step();
    expect([hart.pc, csr('mcause')]).toEqual([VECTOR, 5]);
  });

  it('of a load do not let a store past the rights and the D bit of its page', () => {
    const [readable, clean] = [0x4b, 0x4f];
    const { hart, machine, step, csr } = translated([LOAD_WORD, STORE_WORD], []);
    loadWords(machine, LEAF, [entry(DATA, clean), entry(DATA, readable)]);
    hart.writeRegister(11, 0);
    step(2);
    expect(readWord(machine, LEAF)).toBe(entry(DATA, clean | 0x80));
    hart.pc = RAM_BASE;
    hart.writeRegister(11, 0x1000);
    step(2);
    expect([hart.pc, csr('mcause')]).toEqual([VECTOR, 15]);
  });

  it('of other regions outlast a change of one in the root table', () => {
    const { hart, machine, step } = translated([LOAD_WORD], [DATA]);
    const otherLeaf = LEAF + 0x8000;
    loadWords(machine, ROOT + 4, [entry(LEAF, 1)]);
    loadWords(machine, otherLeaf, [entry(DATA + 0x1000, ALL)]);
    loadWords(machine, DATA, [1]);
    loadWords(machine, DATA + 0x1000, [2]);
    const load = (address: number) => {
      hart.pc = RAM_BASE;
      hart.writeRegister(11, address);
      step();
      return hart.readRegister(10);
    };
    expect([load(0), load(0x40_0000)]).toEqual([1, 1]);
    machine.memory.write(ROOT + 4, 4, entry(otherLeaf, 1));
    expect([load(0), load(0x40_0000)]).toEqual([1, 2]);
    machine.memory.write(ROOT, 4, 0);
    load(0);
    expect(hart.pc).toBe(VECTOR);
    expect(load(0x40_0000)).toBe(2);
  });

  it('are told apart where there are more address spaces than places for them', () => {
    const spaces = 40;
    const { hart, machine, step } = translated([LOAD_WORD], [DATA]);
    const rootOf = (space: number) => RAM_BASE + 0x1_0000 + space * 0x3000;
    for (let space = 0; space < spaces; space++) {
      const root = rootOf(space);
      loadWords(machine, root, [entry(root + 0x1000, 1)]);
      loadWords(machine, root + 0x1000, [entry(root + 0x2000, ALL)]);
      loadWords(machine, root + 0x2000, [space]);
    }
    hart.writeRegister(11, 0);
    const seen = Array.from({ length: 3 * spaces }, (_, i) => {
      hart.writeCsr('satp', 0x8000_0000 | (rootOf(i % spaces) >>> 12));
      hart.pc = RAM_BASE;
      step();
      return hart.readRegister(10);
    });
    expect(seen).toEqual(seen.map((_, i) => i % spaces));
  });

  it('are told apart by address space', () => {
    const { hart, machine, step } = translated([LOAD_WORD, LOAD_WORD, LOAD_WORD], [DATA]);
    const otherRoot = RAM_BASE + 0x8000;
    loadWords(machine, otherRoot, [entry(otherRoot + 0x1000, 1)]);
    loadWords(machine, otherRoot + 0x1000, [entry(DATA + 0x1000, ALL)]);
    loadWords(machine, DATA, [1]);
    loadWords(machine, DATA + 0x1000, [2]);
    hart.writeRegister(11, 0);
    const seen: number[] = [];
    for (const root of [ROOT, otherRoot, ROOT]) {
      hart.writeCsr('satp', 0x8000_0000 | (root >>> 12));
      step();
      seen.push(hart.readRegister(10));
    }
    expect(seen).toEqual([1, 2, 1]);
    expect(machine.statistics.addressSpaceSwitches).toBe(4);
  });
});

describe('a machine of another size', () => {
  it('faults behind its own RAM', () => {
    const { hart, step, csr } = guest([LOAD_WORD], bareMachine(2 << 20));
    hart.writeCsr('mtvec', VECTOR);
    hart.writeRegister(11, RAM_BASE + (2 << 20) - 4);
    step();
    expect(hart.pc).toBe(RAM_BASE + 4);
    hart.pc = RAM_BASE;
    hart.writeRegister(11, RAM_BASE + (2 << 20));
    step();
    expect(csr('mcause')).toBe(5);
  });
});
