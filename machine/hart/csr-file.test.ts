import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { allowEverything, guest } from '../engine/testing/guest.ts';
import { RAM_BASE } from '../engine/testing/bare-machine.ts';
import { CSR_ADDRESSES, isCsrName, type CsrName } from './csr-addresses.ts';
import { CSR_FIELDS } from './csr-fields.ts';
import { Privilege } from './privilege.ts';

const ILLEGAL = 2;
const HANDLER = RAM_BASE + 0x100;
const A0 = 10;
const A1 = 11;

/** Runs one CSR instruction, with a1 as its operand; a0 takes the old value. */
function access(
  mnemonic: 'csrrw' | 'csrrs' | 'csrrc',
  name: CsrName,
  options: {
    value?: number;
    privilege?: Privilege;
    before?: Partial<Record<CsrName, number>>;
  } = {},
) {
  const rs1 = options.value === undefined ? 0 : A1;
  const word = encodeInstruction(mnemonic, { rd: A0, rs1, csr: CSR_ADDRESSES[name] });
  const machine = guest([word]);
  const { hart } = machine;
  allowEverything(hart);
  hart.writeCsr('mtvec', HANDLER);
  for (const [other, value] of Object.entries(options.before ?? {})) {
    expect(isCsrName(other) && hart.writeCsr(other, value)).toBe(true);
  }
  hart.writeRegister(A1, options.value ?? 0);
  hart.privilege = options.privilege ?? Privilege.Machine;
  machine.step();
  return { ...machine, trapped: hart.pc === HANDLER, old: hart.readRegister(A0), word };
}

describe('CSRs', () => {
  it.each<[CsrName, number]>([
    ['mstatus', 0x807e_79aa],
    ['mstatush', 0],
    ['misa', 0x4014_112d],
    ['medeleg', 0x0000_b3ff],
    ['mideleg', 0x0000_0222],
    ['mie', 0x0000_0aaa],
    ['mip', 0x0000_0222],
    ['mepc', 0xffff_fffe],
    ['sepc', 0xffff_fffe],
    ['mcause', 0xffff_ffff],
    ['mscratch', 0xffff_ffff],
    ['satp', 0xffff_ffff],
    ['mcounteren', 0xffff_ffff],
    ['scounteren', 0xffff_ffff],
    ['mcountinhibit', 0xffff_fffd],
    ['menvcfg', 1],
    ['senvcfg', 1],
    ['menvcfgh', 0xa000_0000],
    ['stimecmp', 0xffff_ffff],
    ['mhpmevent3', 0xffff_ffff],
    ['mhpmcounter31h', 0xffff_ffff],
    ['tselect', 0],
    ['tdata1', 0],
  ])('%s holds the bits 0x%s of all ones', (name, expected) => {
    const { csr, trapped } = access('csrrw', name, { value: -1 });
    expect(trapped).toBe(false);
    expect(csr(name).toString(16)).toBe(expected.toString(16));
  });

  it('keeps MPP when the mode that does not exist is written', () => {
    const { csr } = access('csrrw', 'mstatus', { value: 0x1000, before: { mstatus: 0x0800 } });
    expect(csr('mstatus')).toBe(0x0800);
  });

  it.each([
    [0x8000_0001, 0x8000_0001],
    [0x8000_0002, 0x8000_0040],
    [0x8000_0003, 0x8000_0040],
  ])('ignores a reserved vector mode: mtvec 0x%s', (value, expected) => {
    const { csr } = access('csrrw', 'mtvec', { value, before: { mtvec: 0x8000_0040 } });
    expect(csr('mtvec')).toBe(expected);
  });

  it('set, clear and swap, returning the old value', () => {
    const before = { mscratch: 0b1100 };
    expect(access('csrrw', 'mscratch', { value: 0b1010, before }).csr('mscratch')).toBe(0b1010);
    expect(access('csrrs', 'mscratch', { value: 0b1010, before }).csr('mscratch')).toBe(0b1110);
    expect(access('csrrc', 'mscratch', { value: 0b1010, before }).csr('mscratch')).toBe(0b0100);
    expect(access('csrrc', 'mscratch', { value: 0b1010, before }).old).toBe(0b1100);
  });

  it.each<CsrName>(['dcsr', 'mcontext', 'pmpcfg4', 'pmpaddr16', 'fcsr', 'mseccfg'])(
    '%s does not exist: touching it is illegal, with the instruction as mtval',
    (name) => {
      const { trapped, csr, word } = access('csrrs', name);
      expect(trapped).toBe(true);
      expect(csr('mcause')).toBe(ILLEGAL);
      expect(csr('mtval')).toBe(word);
    },
  );

  it('refuses to write a read-only register, but not to read it with csrrs x0', () => {
    expect(access('csrrs', 'mhartid').trapped).toBe(false);
    expect(access('csrrs', 'mhartid', { value: 0 }).trapped).toBe(true);
    expect(access('csrrw', 'cycle', { value: 1 }).trapped).toBe(true);
  });

  it.each<[CsrName, Privilege, boolean]>([
    ['mscratch', Privilege.Supervisor, true],
    ['sscratch', Privilege.Supervisor, false],
    ['sscratch', Privilege.User, true],
    ['sepc', Privilege.User, true],
    ['sepc', Privilege.Supervisor, false],
    ['mscratch', Privilege.Machine, false],
  ])('%s from mode %s: illegal %s', (name, privilege, trapped) => {
    expect(access('csrrs', name, { privilege }).trapped).toBe(trapped);
    const written = access('csrrw', name, { privilege, value: 4 });
    expect(written.trapped).toBe(trapped);
    expect(written.csr(name)).toBe(trapped ? 0 : 4);
    expect(written.csr('mtval')).toBe(trapped ? written.word : 0);
  });

  it('trade places with the register that is both operand and destination', () => {
    const word = encodeInstruction('csrrw', { rd: A0, rs1: A0, csr: CSR_ADDRESSES.mscratch });
    const { hart, step, csr } = guest([word]);
    hart.writeCsr('mscratch', 1);
    hart.writeRegister(A0, 2);
    step();
    expect([hart.readRegister(A0), csr('mscratch')]).toEqual([1, 2]);
  });

  it('shows S-mode the part of mstatus, mie and mip that is its own', () => {
    const before = { mstatus: 0x000c_19aa, mie: 0xaaa, mip: 0x222, mideleg: 0x202 };
    const { csr } = access('csrrs', 'mscratch', { before });
    expect(csr('sstatus')).toBe(0x000c_0122);
    expect(csr('sie')).toBe(0x202);
    expect(csr('sip')).toBe(0x202);
  });

  it('lets sip write SSIP alone, and only when it is delegated', () => {
    expect(access('csrrw', 'sip', { value: -1 }).csr('mip')).toBe(0);
    expect(access('csrrw', 'sip', { value: -1, before: { mideleg: 0x222 } }).csr('mip')).toBe(2);
  });

  it('reads SEIP as pin or software, and sets and clears software’s bit alone', () => {
    const program = [
      encodeInstruction('csrrs', { rd: A0, rs1: 0, csr: CSR_ADDRESSES.mip }),
      encodeInstruction('csrrs', { rd: A0, rs1: 0, csr: CSR_ADDRESSES.mip }),
      encodeInstruction('csrrsi', { rd: 0, immediate: 2, csr: CSR_ADDRESSES.mip }),
    ];
    const { wiring, step, csr } = guest(program);
    wiring.harts[0].setPending(9, true);
    step(3);
    expect(csr('mip')).toBe(0x202);
    wiring.harts[0].setPending(9, false);
    expect(csr('mip')).toBe(0x002);
  });

  it.each<[CsrName, number, number, Privilege, boolean]>([
    ['cycle', 0, 0, Privilege.Machine, false],
    ['cycle', 0, 1, Privilege.Supervisor, true],
    ['cycle', 1, 0, Privilege.Supervisor, false],
    ['cycle', 1, 0, Privilege.User, true],
    ['cycle', 1, 1, Privilege.User, false],
    ['time', 2, 2, Privilege.User, false],
    ['time', 5, 7, Privilege.User, true],
    ['instreth', 4, 4, Privilege.User, false],
    ['hpmcounter5', 1 << 5, 1 << 5, Privilege.User, false],
    ['hpmcounter5', 1 << 6, 1 << 5, Privilege.User, true],
  ])('%s with mcounteren %s, scounteren %s in mode %s: illegal %s', (name, m, s, mode, trapped) => {
    const before = { mcounteren: m, scounteren: s };
    expect(access('csrrs', name, { privilege: mode, before }).trapped).toBe(trapped);
  });

  it('traps S-mode’s access to satp when TVM is set', () => {
    const privilege = Privilege.Supervisor;
    const before = { mstatus: 1 << 20 };
    expect(access('csrrs', 'satp', { privilege, before }).trapped).toBe(true);
    expect(access('csrrs', 'satp', { privilege }).trapped).toBe(false);
    expect(access('csrrs', 'satp', { before }).trapped).toBe(false);
  });

  it('names fields of registers that exist, none of which overlap', () => {
    const names = guest([]).hart.csrNames();
    for (const [register, fields] of Object.entries(CSR_FIELDS)) {
      expect(names).toContain(register);
      let end = 0;
      for (const { name, lsb, width } of fields) {
        expect(lsb, `${register}.${name}`).toBeGreaterThanOrEqual(end);
        end = lsb + width;
      }
      expect(end).toBeLessThanOrEqual(32);
    }
  });
});

describe('counters', () => {
  const csr = (name: CsrName) => CSR_ADDRESSES[name];
  const read = (rd: number, name: CsrName) =>
    encodeInstruction('csrrs', { rd, rs1: 0, csr: csr(name) });
  const write = (name: CsrName, rs1: number) =>
    encodeInstruction('csrrw', { rd: 0, rs1, csr: csr(name) });
  const ecall = encodeInstruction('ecall');

  it('count cycles, and instructions that retire', () => {
    const { hart, step } = guest([read(10, 'cycle'), ecall]);
    hart.writeCsr('mtvec', RAM_BASE + 8);
    step(2);
    expect(hart.readRegister(10)).toBe(0);
    expect(hart.readCsr('cycle')).toBe(2);
    expect(hart.readCsr('instret')).toBe(1);
    expect(hart.retired).toBe(1);
  });

  it('read as written by the next instruction, across all 64 bits', () => {
    const program = [
      write('mcycleh', 11),
      write('mcycle', 12),
      read(13, 'mcycle'),
      read(14, 'mcycleh'),
      write('minstret', 11),
      read(15, 'instret'),
    ];
    const { hart, step } = guest(program);
    hart.writeRegister(11, 7);
    hart.writeRegister(12, 0xffff_ffff);
    step(program.length);
    expect(hart.readRegister(13)).toBe(0xffff_ffff);
    expect(hart.readRegister(14)).toBe(8);
    expect(hart.readRegister(15)).toBe(7);
  });

  it('stand still while they are inhibited, and go on from there', () => {
    const program = [
      encodeInstruction('csrrwi', { rd: 0, immediate: 5, csr: csr('mcountinhibit') }),
      read(10, 'mcycle'),
      read(11, 'mcycle'),
      read(12, 'minstret'),
      encodeInstruction('csrrwi', { rd: 0, immediate: 0, csr: csr('mcountinhibit') }),
      read(13, 'mcycle'),
      read(14, 'mcycle'),
    ];
    const { hart, step } = guest(program);
    step(program.length);
    const [first, second, retired, third, fourth] = [10, 11, 12, 13, 14].map((register) =>
      hart.readRegister(register),
    );
    expect(second).toBe(first);
    expect(retired).toBe(first);
    expect(third).toBe(first);
    expect(fourth).toBe(first + 1);
  });
});
