import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { loadWords, RAM_BASE } from '../engine/testing/bare-machine.ts';
import { allowEverything, guest } from '../engine/testing/guest.ts';
import { Privilege } from './privilege.ts';
import { SUPERVISOR_STORM_TRAPS } from './trap-unit.ts';

const M_VECTOR = RAM_BASE + 0x400;
const S_VECTOR = RAM_BASE + 0x800;
const INTERRUPT = 0x8000_0000;
const ECALL = encodeInstruction('ecall');
const MRET = encodeInstruction('mret');
const SRET = encodeInstruction('sret');
const WFI = encodeInstruction('wfi');
const NOP = encodeInstruction('addi', { rd: 0, rs1: 0, immediate: 0 });
const ILLEGAL = 0;

/** A guest in a mode, with both vectors set; trap handlers are empty memory, hence illegal. */
function inMode(privilege: Privilege, words: readonly number[]) {
  const machine = guest(words);
  const { hart } = machine;
  allowEverything(hart);
  hart.writeCsr('mtvec', M_VECTOR);
  hart.writeCsr('stvec', S_VECTOR);
  hart.privilege = privilege;
  return machine;
}

describe('exceptions', () => {
  it.each([
    [Privilege.User, 8],
    [Privilege.Supervisor, 9],
    [Privilege.Machine, 11],
  ])('an ecall from mode %s traps to M-mode with cause %s', (privilege, cause) => {
    const { hart, step, csr } = inMode(privilege, [NOP, ECALL]);
    hart.writeCsr('mstatus', 0x8);
    step(2);
    expect(hart.pc).toBe(M_VECTOR);
    expect(hart.privilege).toBe(Privilege.Machine);
    expect([csr('mcause'), csr('mepc'), csr('mtval')]).toEqual([cause, RAM_BASE + 4, 0]);
    // MIE moves to MPIE, the old mode to MPP.
    expect(csr('mstatus')).toBe(0x80 | (privilege << 11));
  });

  it('goes to S-mode when it is delegated, and only from below M-mode', () => {
    for (const privilege of [Privilege.User, Privilege.Supervisor, Privilege.Machine]) {
      const { hart, step, csr } = inMode(privilege, [ILLEGAL]);
      hart.writeCsr('medeleg', 1 << 2);
      hart.writeCsr('mstatus', 0x2);
      step();
      if (privilege === Privilege.Machine) {
        expect([hart.pc, hart.privilege]).toEqual([M_VECTOR, Privilege.Machine]);
        expect(csr('mcause')).toBe(2);
      } else {
        expect([hart.pc, hart.privilege]).toEqual([S_VECTOR, Privilege.Supervisor]);
        expect([csr('scause'), csr('sepc'), csr('mcause')]).toEqual([2, RAM_BASE, 0]);
        // SIE moves to SPIE; SPP tells U from S.
        expect(csr('mstatus')).toBe(0x20 | (privilege << 8));
      }
    }
  });

  it('cost one cycle, in which nothing retires', () => {
    const { machine, step } = inMode(Privilege.Machine, [ECALL]);
    step();
    expect([machine.cycle, machine.instructionsRetired]).toEqual([1, 0]);
  });

  it('are counted by cause, with the changes of mode', () => {
    const { machine, step } = inMode(Privilege.User, [ECALL]);
    step();
    const { exceptions, modeSwitches } = machine.statistics;
    expect([exceptions[8], modeSwitches]).toEqual([1, 1]);
  });
});

describe('interrupts', () => {
  it.each([
    ['machine external before all', 0xaaa, 11],
    ['machine software before the timer', 0x0aa, 3],
    ['machine timer before the supervisor’s', 0x2a2, 7],
    ['supervisor external next', 0x222, 9],
    ['supervisor software next', 0x022, 1],
    ['supervisor timer last', 0x020, 5],
  ])('%s', (_, pending, cause) => {
    const { hart, wiring, step, csr } = inMode(Privilege.Machine, [NOP]);
    for (const pin of [3, 7, 11]) {
      wiring.harts[0].setPending(pin, (pending & (1 << pin)) !== 0);
    }
    hart.writeCsr('mip', pending);
    hart.writeCsr('mie', -1);
    hart.writeCsr('mstatus', 0x8);
    step();
    expect(csr('mcause')).toBe(INTERRUPT + cause);
    expect(csr('mepc')).toBe(RAM_BASE);
    expect(hart.pc).toBe(M_VECTOR);
  });

  it('go to their own slot in vectored mode; exceptions do not', () => {
    const { hart, step } = inMode(Privilege.Machine, [NOP]);
    hart.writeCsr('mtvec', M_VECTOR | 1);
    hart.writeCsr('mip', 2);
    hart.writeCsr('mie', 2);
    hart.writeCsr('mstatus', 0x8);
    step();
    expect(hart.pc).toBe(M_VECTOR + 4);
    step();
    expect(hart.pc).toBe(M_VECTOR);
  });

  it.each([
    [Privilege.Machine, 0x8, 0, true],
    [Privilege.Machine, 0x0, 0, false],
    [Privilege.Supervisor, 0x0, 0, true],
    [Privilege.User, 0x0, 0, true],
    [Privilege.Machine, 0xa, 2, false],
    [Privilege.Supervisor, 0x2, 2, true],
    [Privilege.Supervisor, 0x0, 2, false],
    [Privilege.User, 0x0, 2, true],
  ])('in mode %s with mstatus %s and mideleg %s: taken %s', (mode, mstatus, mideleg, taken) => {
    const { hart, step } = inMode(mode, [NOP]);
    hart.writeCsr('mideleg', mideleg);
    hart.writeCsr('mip', 2);
    hart.writeCsr('mie', 2);
    hart.writeCsr('mstatus', mstatus);
    step();
    expect(hart.pc !== RAM_BASE + 4).toBe(taken);
    if (taken) {
      expect(hart.privilege).toBe(mideleg === 2 ? Privilege.Supervisor : Privilege.Machine);
    }
  });

  it('strike right after the instruction that enables them', () => {
    const enable = encodeInstruction('csrrsi', { rd: 0, immediate: 8, csr: 0x300 });
    const { hart, step, csr } = inMode(Privilege.Machine, [enable, NOP, NOP]);
    hart.writeCsr('mip', 2);
    hart.writeCsr('mie', 2);
    step(2);
    expect([hart.pc, csr('mepc')]).toEqual([M_VECTOR, RAM_BASE + 4]);
  });

  it('strike at the very cycle at which an event raises them', () => {
    for (const due of [1, 2, 3, 4, 5, 6]) {
      const { hart, wiring, step, csr } = inMode(Privilege.Machine, new Array<number>(8).fill(NOP));
      hart.writeCsr('mie', 0x80);
      hart.writeCsr('mstatus', 0x8);
      const alarm = wiring.timebase.alarm('timer', () => {
        wiring.harts[0].setPending(7, true);
      });
      alarm.set(due);
      step(due + 1);
      expect(csr('mepc')).toBe(RAM_BASE + due * 4);
    }
  });
});

describe('returns', () => {
  it.each([
    [Privilege.User, 0x0000_0080, 0x0000_0088],
    [Privilege.Supervisor, 0x0002_0800, 0x0000_0080],
    [Privilege.Machine, 0x0002_1880, 0x0002_0088],
  ])('mret to mode %s: mstatus 0x%s becomes 0x%s', (mode, before, after) => {
    const { hart, step, csr } = inMode(Privilege.Machine, [MRET]);
    hart.writeCsr('mstatus', before);
    hart.writeCsr('mepc', RAM_BASE + 0x20);
    step();
    expect([hart.privilege, hart.pc, csr('mstatus')]).toEqual([mode, RAM_BASE + 0x20, after]);
  });

  it.each([
    [Privilege.User, 0x0002_0020, 0x0000_0022],
    [Privilege.Supervisor, 0x0000_0100, 0x0000_0020],
  ])('sret to mode %s: mstatus 0x%s becomes 0x%s', (mode, before, after) => {
    const { hart, step, csr } = inMode(Privilege.Supervisor, [SRET]);
    hart.writeCsr('mstatus', before);
    hart.writeCsr('sepc', RAM_BASE + 0x20);
    step();
    expect([hart.privilege, hart.pc, csr('mstatus')]).toEqual([mode, RAM_BASE + 0x20, after]);
  });

  const SFENCE = encodeInstruction('sfence.vma', { rs1: 0, rs2: 0 });
  const [TVM, TW, TSR] = [1 << 20, 1 << 21, 1 << 22];
  it.each([
    ['mret in S-mode', MRET, Privilege.Supervisor, 0, true],
    ['sret in U-mode', SRET, Privilege.User, 0, true],
    ['sret in S-mode with TSR', SRET, Privilege.Supervisor, TSR, true],
    ['sret in M-mode with TSR', SRET, Privilege.Machine, TSR, false],
    ['sfence.vma in U-mode', SFENCE, Privilege.User, 0, true],
    ['sfence.vma in S-mode with TVM', SFENCE, Privilege.Supervisor, TVM, true],
    ['sfence.vma in S-mode', SFENCE, Privilege.Supervisor, 0, false],
    ['wfi in U-mode', WFI, Privilege.User, 0, true],
    ['wfi in S-mode with TW', WFI, Privilege.Supervisor, TW, true],
    ['wfi in M-mode with TW', WFI, Privilege.Machine, TW, false],
  ])('%s: illegal %s', (_, word, mode, mstatus, illegal) => {
    const { hart, step } = inMode(mode, [word]);
    hart.writeCsr('mstatus', mstatus);
    step();
    expect(hart.pc === M_VECTOR).toBe(illegal);
  });
});

describe('wfi', () => {
  it('waits while nothing is enabled and pending, and then goes on', () => {
    const { hart, machine, wiring, step } = inMode(Privilege.Machine, [WFI, NOP]);
    hart.writeCsr('mie', 0x80);
    expect(step(100)).toEqual({ reason: 'waiting', nextEvent: Infinity });
    expect([machine.cycle, hart.pc]).toEqual([1, RAM_BASE + 4]);
    wiring.harts[0].setPending(11, true);
    expect(machine.isWaiting).toBe(true);
    wiring.harts[0].setPending(7, true);
    expect(machine.isWaiting).toBe(false);
    step(1);
    // MIE is clear: it wakes up without taking the interrupt.
    expect(hart.pc).toBe(RAM_BASE + 8);
  });

  it('does not wait when an enabled interrupt is pending already', () => {
    const { hart, step } = inMode(Privilege.Machine, [WFI, NOP]);
    hart.writeCsr('mie', 2);
    hart.writeCsr('mip', 2);
    expect(step(2)).toEqual({ reason: 'budget' });
    expect(hart.pc).toBe(RAM_BASE + 8);
  });
});

describe('a guest that runs wild', () => {
  it('is noticed when its M-mode handler traps at its first instruction', () => {
    const { step, machine } = inMode(Privilege.Machine, [ILLEGAL]);
    const result = step(1000);
    const expected = { reason: 'runaway', kind: 'machine-trap-loop', cause: 2, mode: 3 };
    expect(result).toMatchObject({ ...expected, pc: M_VECTOR });
    expect(machine.cycle).toBeLessThan(5);
  });

  it('is noticed when S-mode takes a thousand traps and retires nothing', () => {
    const { hart, step, machine } = inMode(Privilege.Supervisor, [ILLEGAL]);
    hart.writeCsr('medeleg', 1 << 2);
    expect(step(SUPERVISOR_STORM_TRAPS - 1)).toEqual({ reason: 'budget' });
    const result = step(1000);
    const expected = { reason: 'runaway', kind: 'supervisor-trap-storm', cause: 2, mode: 1 };
    expect(result).toMatchObject({ ...expected, pc: S_VECTOR });
    expect(machine.cycle).toBe(SUPERVISOR_STORM_TRAPS);
  });

  it('is not suspected while its handlers make progress', () => {
    const { hart, machine, step } = inMode(Privilege.Supervisor, [ILLEGAL]);
    hart.writeCsr('medeleg', 1 << 2);
    // The handler returns to the same illegal instruction, for ever.
    loadWords(machine, S_VECTOR, [SRET]);
    expect(step(20 * SUPERVISOR_STORM_TRAPS)).toEqual({ reason: 'budget' });
  });
});
