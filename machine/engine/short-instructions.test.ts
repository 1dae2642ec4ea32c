/** Instructions of 16 bits, and those of 32 bits that begin at any even address. */
import { describe, expect, it } from 'vitest';
import {
  encodeInstruction,
  type InstructionOperands,
  type Mnemonic,
} from '../../tools/assembler/encode.ts';
import { Rom } from '../devices/rom.ts';
import { Privilege } from '../hart/privilege.ts';
import { bareMachine, loadWords, RAM_BASE } from './testing/bare-machine.ts';
import { allowEverything, guest, type Guest } from './testing/guest.ts';

const A0 = 10;
const RA = 1;
const PAGE = 0x1000;
/** Where an instruction of 32 bits lies half in one page and half in the next. */
const ACROSS = RAM_BASE + PAGE - 2;
const LENGTH_MASK = 3;

const encode = (mnemonic: Mnemonic, operands: InstructionOperands = {}) =>
  encodeInstruction(mnemonic, operands);
const addLong = (rd: number, immediate: number) => encode('addi', { rd, rs1: rd, immediate });
const addShort = (rd: number, immediate: number) => encode('c.addi', { rd, immediate });
const LOOP = encode('c.j', { immediate: 0 });

/** Puts instructions of both lengths one after another. */
function place({ machine }: Pick<Guest, 'machine'>, at: number, code: readonly number[]): void {
  const halves = code.flatMap((instruction) =>
    (instruction & LENGTH_MASK) === LENGTH_MASK
      ? [instruction & 0xffff, instruction >>> 16]
      : [instruction],
  );
  machine.writePhysical(at, new Uint8Array(Uint16Array.from(halves).buffer));
}

function guestAt(at: number, code: readonly number[]): Guest {
  const made = guest([]);
  place(made, at, code);
  made.hart.pc = at;
  return made;
}

describe('code of both lengths', () => {
  const code = [
    addShort(A0, 1),
    addLong(A0, 100),
    addShort(A0, 2),
    addShort(A0, 3),
    addLong(A0, 200),
    LOOP,
  ];
  const places = [0, 2, 6, 8, 10, 14].map((offset) => RAM_BASE + offset);

  it('has its pc right after any number of instructions, in one block or in several', () => {
    for (let steps = 0; steps < places.length; steps++) {
      const whole = guestAt(RAM_BASE, code);
      whole.step(steps);
      expect(whole.hart.pc).toBe(places[steps]);
      expect(whole.machine.instructionsRetired).toBe(steps);
      whole.step(places.length - steps);
      expect(whole.hart.pc).toBe(RAM_BASE + 14);
      expect(whole.hart.readRegister(A0)).toBe(306);
    }
  });

  it('traps at the address of the instruction, in blocks of more than 32 of them too', () => {
    for (const before of [0, 1, 31, 32, 33, 62]) {
      const filler = Array.from({ length: before }, (_, i) =>
        i % 3 === 0 ? addLong(A0, 1) : addShort(A0, 1),
      );
      const { step, csr } = guestAt(RAM_BASE, [...filler, encode('ecall')]);
      step(before + 1);
      const bytes = filler.reduce((sum, each) => sum + ((each & LENGTH_MASK) === 3 ? 4 : 2), 0);
      expect([csr('mcause'), csr('mepc')]).toEqual([11, RAM_BASE + bytes]);
    }
  });

  it('links behind calls of both lengths', () => {
    const { hart, step } = guestAt(RAM_BASE, [
      encode('c.jal', { immediate: 6 }),
      encode('jal', { rd: RA, immediate: 0 }),
      encode('c.jr', { rs1: RA }),
    ]);
    step();
    expect([hart.pc, hart.readRegister(RA)]).toEqual([RAM_BASE + 6, RAM_BASE + 2]);
    step(2);
    expect([hart.pc, hart.readRegister(RA)]).toEqual([RAM_BASE + 2, RAM_BASE + 6]);
  });

  it.each([
    ['all zeros', 0x0000],
    ['a reserved encoding', 0x8002],
    ['c.flw while floating point is off', encode('c.flw', { rd: 8, rs1: 9, immediate: 4 })],
    ['c.fsdsp while floating point is off', encode('c.fsdsp', { rs2: 9, immediate: 8 })],
  ])('%s is illegal and gives its 16 bits', (_, half) => {
    const { step, csr } = guestAt(RAM_BASE, [addShort(A0, 1), half, 0xffff]);
    step(2);
    expect([csr('mcause'), csr('mepc'), csr('mtval')]).toEqual([2, RAM_BASE + 2, half]);
  });

  it('runs outside RAM, and from there across its border', () => {
    const base = RAM_BASE - PAGE;
    const bytes = new Uint8Array(PAGE);
    const view = new DataView(bytes.buffer);
    view.setUint16(PAGE - 6, addShort(A0, 1), true);
    view.setUint16(PAGE - 4, addShort(A0, 2), true);
    view.setUint16(PAGE - 2, addLong(A0, 100) & 0xffff, true);
    const device = new Rom('rom', PAGE, bytes, () => undefined);
    const made = bareMachine(1 << 20, () => [{ base, device }]);
    place(made, RAM_BASE, [addLong(A0, 100) >>> 16, LOOP]);
    const [hart] = made.machine.harts;
    hart.pc = RAM_BASE - 6;
    made.machine.run(4, { idle: 'skip' });
    expect([hart.readRegister(A0), hart.pc]).toEqual([103, RAM_BASE + 2]);
  });
});

describe('an instruction across pages', () => {
  it('is executed, again and again', () => {
    const back = encode('c.j', { immediate: -4 });
    const { hart, step } = guestAt(ACROSS, [addLong(A0, 1), back]);
    step(20);
    expect(hart.readRegister(A0)).toBe(10);
  });

  it.each([
    ['first', ACROSS, addLong(11, 1) & 0xffff, 11],
    ['second', ACROSS + 2, addLong(A0, 1000) >>> 16, A0],
  ])('changes with a store to its %s half', (_, at, half, register) => {
    const back = encode('c.j', { immediate: -8 });
    const { hart, step } = guestAt(ACROSS, [
      addLong(A0, 1),
      encode('sh', { rs1: 12, rs2: 13, immediate: 0 }),
      back,
    ]);
    hart.writeRegister(12, at);
    hart.writeRegister(13, half);
    step(4);
    const expected = register === A0 ? 1001 : 1;
    expect(hart.readRegister(register)).toBe(expected);
  });

  it('changes when either page is written by a device', () => {
    const guestOf = guestAt(ACROSS, [addLong(A0, 1), encode('c.j', { immediate: -4 })]);
    const { hart, step, machine } = guestOf;
    step(2);
    machine.memory.write(ACROSS + 2, 2, addLong(A0, 10) >>> 16);
    step(2);
    expect(hart.readRegister(A0)).toBe(11);
    machine.memory.write(ACROSS, 2, addLong(11, 1) & 0xffff);
    step(2);
    expect([hart.readRegister(A0), hart.readRegister(11)]).toEqual([11, 10]);
    machine.memory.write(ACROSS + 2, 2, addLong(A0, 7) >>> 16);
    step(2);
    expect(hart.readRegister(11)).toBe(17);
  });

  it('stops at the end of RAM, at its second half', () => {
    const end = RAM_BASE + (1 << 20);
    const { step, csr, machine } = guestAt(end - 2, []);
    machine.memory.write(end - 2, 2, addLong(A0, 1) & 0xffff);
    step();
    expect([csr('mcause'), csr('mepc'), csr('mtval')]).toEqual([1, end - 2, end]);
  });

  it('is stopped where protection begins in its middle', () => {
    const { hart, step, csr } = guestAt(RAM_BASE + 0x102, [addLong(A0, 1)]);
    hart.writeCsr('pmpaddr0', (RAM_BASE + 0x104) >>> 2);
    hart.writeCsr('pmpcfg0', 0x0f);
    hart.privilege = Privilege.Supervisor;
    step();
    const at = RAM_BASE + 0x102;
    expect([csr('mcause'), csr('mepc'), csr('mtval')]).toEqual([1, at, at + 2]);
  });
});

describe('an instruction across pages, translated', () => {
  const SATP = 0x8000_0000;
  const ALL = 0xcf;
  const entry = (address: number, flags: number) => (address >>> 12) * 1024 + flags;
  const [root, leaf, first, second, other] = [1, 2, 3, 4, 5].map((n) => RAM_BASE + n * PAGE);
  /** Virtual pages 1 and 2 hold the instruction. */
  const START = 2 * PAGE - 2;

  function translated(secondEntry: number): Guest {
    const made = guest([]);
    const { machine, hart } = made;
    allowEverything(hart);
    loadWords(machine, root, [entry(leaf, 1)]);
    loadWords(machine, leaf, [0, entry(first, ALL), secondEntry]);
    machine.memory.write(first + PAGE - 2, 2, addLong(A0, 1) & 0xffff);
    place(made, second, [addLong(A0, 1) >>> 16, encode('c.j', { immediate: -4 })]);
    place(made, other, [addLong(A0, 100) >>> 16, encode('c.j', { immediate: -4 })]);
    hart.writeCsr('satp', SATP | (root >>> 12));
    hart.privilege = Privilege.Supervisor;
    hart.pc = START;
    return made;
  }

  it('takes its halves from wherever the pages lie', () => {
    const { hart, step } = translated(entry(other, ALL));
    step(4);
    expect(hart.readRegister(A0)).toBe(200);
  });

  it('faults at its second half, which is not there', () => {
    const { step, csr, hart } = translated(0);
    step();
    expect([csr('mcause'), csr('mepc'), csr('mtval')]).toEqual([12, START, START + 2]);
    expect(hart.readRegister(A0)).toBe(0);
  });

  it('follows a change of the second page’s translation', () => {
    const { hart, step, machine } = translated(entry(second, ALL));
    step(4);
    machine.memory.write(leaf + 8, 4, entry(other, ALL));
    step(4);
    expect(hart.readRegister(A0)).toBe(2 + 200);
  });

  it('lies in one page twice, if that follows itself', () => {
    const made = translated(entry(first, ALL));
    const { hart, step, machine } = made;
    const tail = addLong(A0, 1) >>> 16;
    place(made, first, [tail, encode('c.j', { immediate: -4 })]);
    step(4);
    expect(hart.readRegister(A0)).toBe(2);
    machine.memory.write(first, 2, addLong(A0, 50) >>> 16);
    step(2);
    machine.memory.write(first + PAGE - 2, 2, addLong(11, 1) & 0xffff);
    step(2);
    machine.memory.write(first, 2, tail);
    step(2);
    expect([hart.readRegister(A0), hart.readRegister(11)]).toEqual([52, 51]);
  });
});

describe('a breakpoint', () => {
  it.each([
    ['a short instruction', RAM_BASE, RAM_BASE + 2],
    ['an instruction across pages', ACROSS - 2, ACROSS],
  ])('at %s stops there, and lets go on', (_, start, at) => {
    const { hart, machine } = guestAt(start, [
      addShort(A0, 1),
      at === ACROSS ? addLong(A0, 10) : addShort(A0, 10),
      encode('c.j', { immediate: at === ACROSS ? -6 : -4 }),
    ]);
    machine.run(9, { idle: 'skip' });
    machine.addBreakpoint(at);
    const { reason } = machine.run(100, { idle: 'skip' });
    expect([reason, hart.pc]).toEqual(['breakpoint', at]);
    expect(hart.readRegister(A0)).toBe(34);
    machine.stepInstruction();
    expect(hart.readRegister(A0)).toBe(44);
    expect(machine.run(100, { idle: 'skip' }).reason).toBe('breakpoint');
    machine.removeBreakpoint(at);
    expect(machine.run(100, { idle: 'skip' }).reason).toBe('budget');
  });

  it('in the middle of an instruction is none', () => {
    const { machine } = guestAt(RAM_BASE, [addLong(A0, 1), encode('c.j', { immediate: -4 })]);
    machine.addBreakpoint(RAM_BASE + 2);
    expect(machine.run(100, { idle: 'skip' }).reason).toBe('budget');
  });
});
