/** Decoded code never outlives the bytes it came from, however they change. */
import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { Ram } from '../bus/ram.ts';
import { HartState, Attention } from '../hart/hart-state.ts';
import { Privilege } from '../hart/privilege.ts';
import { MAXIMUM_HARTS, PageFlag } from '../hart/state-layout.ts';
import { BlockCache, BlockMemory, BlockShare, BlockWord, BUCKETS } from './block-cache.ts';
import { Rom } from '../devices/rom.ts';
import { bareMachine, loadWords, RAM_BASE } from './testing/bare-machine.ts';
import { allowEverything, guest } from './testing/guest.ts';

const addImmediate = (rd: number, immediate: number) =>
  encodeInstruction('addi', { rd, rs1: rd, immediate });
const JUMP_TO_ITSELF = encodeInstruction('jal', { rd: 0, immediate: 0 });
const A0 = 10;

describe('self-modifying code', () => {
  it('takes effect at the very next instruction, in the same block', () => {
    // a1 points to the third instruction, a2 holds what it is to become.
    const store = encodeInstruction('sw', { rs2: 12, rs1: 11, immediate: 0 });
    const { hart, step } = guest([store, addImmediate(A0, 1), addImmediate(A0, 10)]);
    hart.writeRegister(11, RAM_BASE + 8);
    hart.writeRegister(12, addImmediate(A0, 100));
    step(3);
    expect(hart.readRegister(A0)).toBe(101);
  });

  it('is seen through a linked loop', () => {
    // The loop adds 1 five times; then the program changes the loop's body and runs it again.
    const loop = [
      addImmediate(A0, 1),
      addImmediate(13, -1),
      encodeInstruction('bne', { rs1: 13, rs2: 0, immediate: -8 }),
      encodeInstruction('sw', { rs2: 12, rs1: 11, immediate: 0 }),
      addImmediate(13, 5),
      encodeInstruction('beq', { rs1: 0, rs2: 0, immediate: -20 }),
    ];
    const { hart, step } = guest(loop);
    hart.writeRegister(13, 5);
    hart.writeRegister(11, RAM_BASE);
    hart.writeRegister(12, addImmediate(A0, 100));
    step(15 + 3 + 15);
    expect(hart.readRegister(A0)).toBe(5 + 500);
  });

  it('is seen when a device writes the code', () => {
    const { hart, machine, step } = guest([addImmediate(A0, 1), JUMP_TO_ITSELF]);
    loadWords(machine, RAM_BASE, [
      addImmediate(A0, 1),
      encodeInstruction('jal', { rd: 0, immediate: -4 }),
    ]);
    step(20);
    expect(hart.readRegister(A0)).toBe(10);
    machine.memory.write(RAM_BASE, 4, addImmediate(A0, 100));
    step(20);
    expect(hart.readRegister(A0)).toBe(10 + 1000);
  });

  it('is seen at a byte of the last instruction of a page, stored from the next one', () => {
    const { hart, machine, step } = guest([]);
    const last = RAM_BASE + 0xffc;
    loadWords(machine, last, [
      addImmediate(A0, 1),
      encodeInstruction('sb', { rs2: 12, rs1: 11, immediate: 3 }),
      encodeInstruction('jal', { rd: 0, immediate: -8 }),
    ]);
    hart.pc = last;
    hart.writeRegister(11, last);
    // The top byte of an I-type instruction is most of its immediate: 1 becomes 0x21.
    hart.writeRegister(12, 0x02);
    step(4);
    expect(hart.readRegister(A0)).toBe(1 + 0x21);
  });
});

describe('links', () => {
  const SATP = 0x8000_0000;
  const ALL = 0xcf;
  const entry = (address: number, flags: number) => (address >>> 12) * 1024 + flags;

  it('across pages follow the page tables', () => {
    // Page 1 ends with a fall into page 2, which jumps back; page 2 is remapped between two rounds.
    const { hart, machine, step } = guest([]);
    const [root, leaf, first, second, other] = [1, 2, 3, 4, 5].map((n) => RAM_BASE + n * 0x1000);
    allowEverything(hart);
    loadWords(machine, root, [entry(leaf, 1)]);
    loadWords(machine, leaf, [0, entry(first, ALL), entry(second, ALL)]);
    loadWords(machine, first + 0xffc, [addImmediate(A0, 1)]);
    const back = encodeInstruction('jal', { rd: 0, immediate: -8 });
    loadWords(machine, second, [addImmediate(A0, 10), back]);
    loadWords(machine, other, [addImmediate(A0, 100), back]);
    hart.writeCsr('satp', SATP | (root >>> 12));
    hart.privilege = Privilege.Supervisor;
    hart.pc = 0x1ffc;
    step(6);
    expect(hart.readRegister(A0)).toBe(22);
    loadWords(machine, leaf + 8, [entry(other, ALL)]);
    step(6);
    expect(hart.readRegister(A0)).toBe(22 + 202);
    // Without execute permission, the link leads nowhere.
    loadWords(machine, leaf + 8, [entry(other, ALL & ~8)]);
    step(2);
    expect([hart.readCsr('mcause'), hart.readCsr('mepc')]).toEqual([12, 0x2000]);
  });

  it('from code that two address spaces share lead to what each has there', () => {
    const { hart, machine, step } = guest([]);
    const at = (page: number) => RAM_BASE + page * 0x1000;
    const [shared, ...own] = [at(1), at(2), at(3)];
    allowEverything(hart);
    loadWords(machine, shared + 0xffc, [addImmediate(A0, 1)]);
    const back = encodeInstruction('jal', { rd: 0, immediate: -8 });
    const spaces = own.map((page, i) => {
      const [root, leaf] = [at(4 + i), at(6 + i)];
      loadWords(machine, root, [entry(leaf, 1)]);
      loadWords(machine, leaf, [0, entry(shared, ALL), entry(page, ALL)]);
      loadWords(machine, page, [addImmediate(A0, 10 ** (i + 1)), back]);
      return SATP | (root >>> 12);
    });
    hart.privilege = Privilege.Supervisor;
    const rounds = [0, 1, 0, 1, 1, 0].map((space) => {
      hart.writeCsr('satp', spaces[space]);
      hart.writeRegister(A0, 0);
      hart.pc = 0x1ffc;
      step(6);
      return hart.readRegister(A0);
    });
    expect(rounds).toEqual([22, 202, 22, 202, 202, 22]);
    // What one of them loses, the other keeps.
    loadWords(machine, at(6) + 4, [0]);
    hart.pc = 0x1ffc;
    step();
    expect(hart.readCsr('mcause')).toBe(12);
    hart.writeCsr('satp', spaces[1]);
    hart.privilege = Privilege.Supervisor;
    hart.pc = 0x1ffc;
    step();
    expect(hart.readRegister(A0)).toBe(23);
  });

  it('do not cross modes: code that S-mode may not fetch traps although M-mode has run it', () => {
    const { hart, machine, step } = guest([addImmediate(A0, 1), JUMP_TO_ITSELF]);
    hart.writeCsr('mtvec', RAM_BASE + 0x100);
    loadWords(machine, RAM_BASE + 0x100, [JUMP_TO_ITSELF]);
    step(4);
    hart.pc = RAM_BASE;
    hart.privilege = Privilege.Supervisor;
    step();
    expect(hart.readCsr('mcause')).toBe(1);
    expect(hart.readRegister(A0)).toBe(1);
  });
});

describe('the block cache', () => {
  function cache() {
    const ram = new Ram(1 << 20);
    const hart = new HartState(ram.buffer, 0);
    return { ram, hart, blocks: new BlockCache(hart, ram) };
  }

  it('finds a block again, and makes another for another virtual address', () => {
    const { ram, blocks } = cache();
    const offset = ram.offsetOf(RAM_BASE);
    const block = blocks.find(0x1000, offset, false);
    expect(blocks.find(0x1000, offset, false)).toBe(block);
    expect(blocks.find(0x2000, offset, false)).not.toBe(block);
  });

  it('ends a block at a jump, at the end of the page, and after 64 instructions', () => {
    const { ram, blocks } = cache();
    ram.write(RAM_BASE + 8, 4, JUMP_TO_ITSELF);
    for (let address = RAM_BASE + 0x1000; address < RAM_BASE + 0x3000; address += 4) {
      ram.write(address, 4, addImmediate(A0, 1));
    }
    ram.write(RAM_BASE, 4, addImmediate(A0, 1));
    ram.write(RAM_BASE + 4, 4, addImmediate(A0, 1));
    const lengthAt = (address: number) =>
      ram.words[blocks.find(address, ram.offsetOf(address), false) + BlockWord.Length];
    expect(lengthAt(RAM_BASE)).toBe(3);
    expect(lengthAt(RAM_BASE + 0x1ff0)).toBe(4);
    expect(lengthAt(RAM_BASE + 0x1000)).toBe(64);
  });

  it('drops the blocks that a store touches and no others, and says so', () => {
    const { ram, hart, blocks } = cache();
    ram.write(RAM_BASE, 4, JUMP_TO_ITSELF);
    ram.write(RAM_BASE + 4, 4, JUMP_TO_ITSELF);
    const [first, second] = [0, 4].map((at) => {
      const block = blocks.find(RAM_BASE + at, ram.offsetOf(RAM_BASE + at), false);
      ram.words[block + BlockWord.Context] = 5;
      return block;
    });
    ram.write(RAM_BASE + 8, 4, 1);
    expect(hart.attention & Attention.Code).toBe(0);
    ram.write(RAM_BASE + 7, 1, 0);
    expect(hart.attention & Attention.Code).not.toBe(0);
    expect(ram.words[first + BlockWord.Context]).toBe(5);
    expect(ram.words[second + BlockWord.Context]).toBe(0);
    ram.write(RAM_BASE, 1, 0);
    expect(ram.flagsOf(ram.offsetOf(RAM_BASE)) & PageFlag.Code).toBe(0);
  });

  it('starts again when its memory is full', () => {
    const { ram, blocks } = cache();
    const start = blocks.generation;
    let made = 0;
    // The same bytes at more and more virtual addresses.
    while (blocks.generation === start) {
      const block = blocks.find(made * 4096, ram.offsetOf(RAM_BASE + 0x1000), false);
      expect(block).toBeLessThan(BlockMemory.End);
      made++;
    }
    expect(made).toBeGreaterThan(1000);
    const again = blocks.find(0, ram.offsetOf(RAM_BASE + 0x1000), false);
    expect(blocks.find(0, ram.offsetOf(RAM_BASE + 0x1000), false)).toBe(again);
  });
});

describe('code outside RAM', () => {
  it('jumps into RAM and is linked to nothing there', () => {
    // Directly below RAM, so that a jump reaches it and the block has an edge to be linked.
    const base = RAM_BASE - 0x1000;
    const jump = new Uint8Array(
      new Uint32Array([encodeInstruction('jal', { rd: 0, immediate: 0x1000 })]).buffer,
    );
    const device = new Rom('rom', 0x1000, jump, () => undefined);
    const { machine } = bareMachine(1 << 20, () => [{ base, device }]);
    loadWords(machine, RAM_BASE, [
      addImmediate(A0, 1),
      encodeInstruction('jal', { rd: 0, immediate: 8 }),
      addImmediate(A0, 100),
      JUMP_TO_ITSELF,
    ]);
    const [hart] = machine.harts;
    hart.pc = base;
    machine.run(20, { idle: 'skip' });
    expect(hart.readRegister(A0)).toBe(1);
    expect(hart.pc).toBe(RAM_BASE + 12);
  });
});

it('a hart’s share has its tables and blocks in places of their own', () => {
  expect(BlockMemory.JumpEntries).toBeLessThanOrEqual(BlockShare.Buckets);
  expect(BlockShare.Buckets + BUCKETS).toBeLessThanOrEqual(BlockShare.Nothing);
  expect(BlockShare.Nothing + BlockWord.Records).toBeLessThanOrEqual(BlockShare.Arena);
  const smallest = (BlockMemory.End - BlockMemory.Start) / MAXIMUM_HARTS;
  expect(BlockShare.Arena).toBeLessThan(smallest / 2);
});
