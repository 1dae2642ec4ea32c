/** S-mode's timer, and the counters of events. */
import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { createVirtMachine } from '../boards/virt.ts';
import { allowEverything, guest } from '../engine/testing/guest.ts';
import { CSR_ADDRESSES, type CsrName } from './csr-addresses.ts';
import type { Hart } from './hart.ts';
import { Privilege } from './privilege.ts';

const RAM = 0x8000_0000;
const STCE = 0x8000_0000;
const STIP = 0x20;
const CLINT_MTIME = 0x200_bff8;
const CYCLES_PER_TICK = 100;
const A0 = 10;
const IDLE = { idle: 'skip' } as const;
const JUMP_TO_ITSELF = encodeInstruction('jal', { rd: 0, immediate: 0 });

const readCsr = (rd: number, name: CsrName) =>
  encodeInstruction('csrrs', { rd, rs1: 0, csr: CSR_ADDRESSES[name] });
const writeCsr = (name: CsrName, immediate: number) =>
  encodeInstruction('csrrwi', { rd: 0, immediate, csr: CSR_ADDRESSES[name] });

/** A hart that spins at the start of RAM on the `virt` board, whose clock ticks. */
function spinning() {
  const serial = { transmit: () => undefined };
  const { machine } = createVirtMachine({ ramBytes: 1 << 20, harts: 1, serial });
  machine.memory.write(RAM, 4, JUMP_TO_ITSELF);
  const [hart] = machine.harts;
  hart.pc = RAM;
  const pending = () => ((hart.readCsr('mip') ?? 0) & STIP) !== 0;
  const clint = machine.devices.find(({ base }) => base === 0x200_0000)?.device;
  return {
    machine,
    hart,
    pending,
    setTime: (ticks: number) => clint?.write(CLINT_MTIME - 0x200_0000, 4, ticks),
  };
}

function switchOn(hart: Hart, ticks: number): void {
  hart.writeCsr('menvcfgh', STCE);
  hart.writeCsr('stimecmph', 0);
  hart.writeCsr('stimecmp', ticks);
}

describe('stimecmp', () => {
  it('makes STIP pending in the cycle in which the time reaches it', () => {
    const { machine, hart, pending } = spinning();
    switchOn(hart, 3);
    machine.run(3 * CYCLES_PER_TICK, IDLE);
    expect(pending()).toBe(false);
    machine.run(1, IDLE);
    expect(pending()).toBe(true);
    hart.writeCsr('stimecmp', 4);
    expect(pending()).toBe(false);
    hart.writeCsr('stimecmp', 3);
    expect(pending()).toBe(true);
    hart.writeCsr('stimecmph', 1);
    expect(pending()).toBe(false);
  });

  it('follows a clock that software sets', () => {
    const { machine, hart, pending, setTime } = spinning();
    switchOn(hart, 1000);
    setTime(1000);
    expect(pending()).toBe(true);
    setTime(990);
    expect(pending()).toBe(false);
    machine.run(10 * CYCLES_PER_TICK + 1, IDLE);
    expect(pending()).toBe(true);
  });

  it('interrupts S-mode, when it is delegated', () => {
    const { machine, hart } = spinning();
    allowEverything(hart);
    switchOn(hart, 2);
    hart.writeCsr('mideleg', STIP);
    hart.writeCsr('mie', STIP);
    hart.writeCsr('stvec', RAM + 0x100);
    hart.privilege = Privilege.User;
    machine.run(2 * CYCLES_PER_TICK + 1, IDLE);
    expect([hart.readCsr('scause'), hart.privilege]).toEqual([0x8000_0005, Privilege.Supervisor]);
  });

  it('leaves STIP to M-mode while it is switched off, and to nobody while it is on', () => {
    const { hart, pending } = spinning();
    hart.writeCsr('stimecmp', 0);
    hart.writeCsr('mip', STIP);
    expect(pending()).toBe(true);
    switchOn(hart, 1000);
    expect(pending()).toBe(false);
    hart.writeCsr('mip', STIP);
    expect(pending()).toBe(false);
    hart.writeCsr('stimecmp', 0);
    hart.writeCsr('mip', 0);
    expect(pending()).toBe(true);
    hart.writeCsr('menvcfgh', 0);
    expect(pending()).toBe(false);
  });

  it.each([
    [STCE, 2, false],
    [0, 2, true],
    [STCE, 5, true],
  ])('with menvcfgh 0x%s and mcounteren %s: S-mode traps %s', (menvcfgh, mcounteren, traps) => {
    const { hart, step, csr } = guest([readCsr(A0, 'stimecmp')]);
    allowEverything(hart);
    hart.writeCsr('mtvec', RAM + 0x100);
    hart.writeCsr('menvcfgh', menvcfgh);
    hart.writeCsr('mcounteren', mcounteren);
    hart.privilege = Privilege.Supervisor;
    step();
    expect([hart.pc === RAM + 0x100, csr('mcause')]).toEqual([traps, traps ? 2 : 0]);
  });
});

describe('event counters', () => {
  const COUNTER = 'mhpmcounter3';

  it.each([
    [1, 5],
    [2, 4],
    [0, 0],
    [77, 0],
  ])('of event %s have counted %s after four instructions and a trap', (event, expected) => {
    const nop = encodeInstruction('addi', { rd: 0, rs1: 0, immediate: 0 });
    const { hart, step, csr } = guest([
      encodeInstruction('csrrw', { rd: 0, rs1: A0, csr: CSR_ADDRESSES.mhpmevent3 }),
      ...[nop, nop, nop, nop],
      encodeInstruction('ecall'),
    ]);
    hart.writeRegister(A0, event);
    hart.writeCsr('mtvec', RAM);
    step(6);
    expect(csr(COUNTER)).toBe(expected);
  });

  it('keep their value when they are held, and count the instruction that holds them', () => {
    const { hart, step } = guest([
      writeCsr('mhpmevent3', 2),
      writeCsr('mhpmcounter3', 10),
      writeCsr('mcountinhibit', 8),
      readCsr(11, COUNTER),
      readCsr(12, COUNTER),
      writeCsr('mcountinhibit', 0),
      readCsr(13, COUNTER),
      readCsr(14, COUNTER),
    ]);
    step(8);
    const read = [11, 12, 13, 14].map((register) => hart.readRegister(register));
    expect(read).toEqual([11, 11, 11, 12]);
  });
});
