import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../tools/assembler/encode.ts';
import type { Device } from './devices/device.ts';
import type { Wiring } from './bus/board.ts';
import { bareMachine, loadWords, RAM_BASE, SWITCH_ADDRESS } from './engine/testing/bare-machine.ts';
import { Access, Privilege } from './hart/privilege.ts';
import { guest } from './engine/testing/guest.ts';

const NOP = encodeInstruction('addi', { rd: 0, rs1: 0, immediate: 0 });
const WFI = encodeInstruction('wfi');
const LOOP = encodeInstruction('jal', { rd: 0, immediate: 0 });
const STORE = encodeInstruction('sw', { rs2: 10, rs1: 11, immediate: 0 });
const LOAD = encodeInstruction('lw', { rd: 12, rs1: 11, immediate: 0 });
const BELL = 0x1000_0000;

/** A device whose one register asks for a stop when written, and sets an alarm when it is read. */
function bell(wiring: Wiring): Device & { rung: number[] } {
  const rung: number[] = [];
  const alarm = wiring.timebase.alarm('bell', () => {
    rung.push(wiring.timebase.now);
    wiring.harts[0].setPending(7, true);
  });
  return {
    rung,
    declaration: {
      name: 'bell',
      source: 'test',
      compatible: [],
      size: 8,
      accessWidths: [4],
      registers: [],
      state: [{ name: 'due', type: 'cycle', doc: 'The alarm' }],
    },
    read: (offset) => {
      alarm.set(wiring.timebase.now + offset + 3);
      return wiring.timebase.now;
    },
    write: () => {
      wiring.requestStop();
    },
    reset: () => {
      alarm.clear();
    },
    saveState: () => ({ due: [alarm.due] }),
    restoreState: () => undefined,
  };
}

function withBell(words: readonly number[]) {
  const bells: ReturnType<typeof bell>[] = [];
  const bare = bareMachine(1 << 20, (wiring) => {
    const device = bell(wiring);
    bells.push(device);
    return [{ base: BELL, device }];
  });
  const machine = guest(words, bare);
  machine.hart.writeRegister(11, BELL);
  return { ...machine, rung: bells[0].rung };
}

describe('running', () => {
  it('ends with the budget, exactly', () => {
    const { machine, hart } = guest(new Array<number>(20).fill(NOP));
    for (const budget of [1, 2, 3, 5]) {
      const before = machine.cycle;
      expect(machine.run(budget, { idle: 'skip' })).toEqual({ reason: 'budget' });
      expect(machine.cycle).toBe(before + budget);
    }
    expect(hart.pc).toBe(RAM_BASE + 11 * 4);
    expect(machine.run(0, { idle: 'skip' })).toEqual({ reason: 'budget' });
    expect(machine.cycle).toBe(11);
  });

  it('stops right after the instruction during which a stop was asked for', () => {
    const { machine, hart, step } = withBell([NOP, STORE, NOP, NOP]);
    expect(step(100)).toEqual({ reason: 'stopped' });
    expect([machine.cycle, hart.pc]).toEqual([2, RAM_BASE + 8]);
    expect(step(1)).toEqual({ reason: 'budget' });
  });

  it('stays off once the guest has switched it off, until a reset', () => {
    const { machine, hart, step } = guest([STORE, LOOP]);
    hart.writeRegister(10, 7);
    hart.writeRegister(11, SWITCH_ADDRESS);
    expect(step(100)).toEqual({ reason: 'poweroff', code: 7 });
    expect(machine.cycle).toBe(1);
    expect(step(100)).toEqual({ reason: 'poweroff', code: 7 });
    machine.reset();
    expect(machine.cycle).toBe(0);
    expect(hart.readRegister(11)).toBe(0);
    expect(step(1)).toEqual({ reason: 'budget' });
  });

  it('reports a guest’s wish for a reset', () => {
    const { wiring, step } = guest([LOOP]);
    wiring.timebase
      .alarm('reset', () => {
        wiring.requestReset();
      })
      .set(5);
    expect(step(100)).toEqual({ reason: 'reset' });
  });

  it('tells devices the cycle of the instruction, and cuts the slice at their alarms', () => {
    const { machine, hart, rung, step } = withBell([NOP, NOP, LOAD, NOP, NOP, NOP, NOP, NOP]);
    hart.writeCsr('mie', 0x80);
    hart.writeCsr('mstatus', 0x8);
    hart.writeCsr('mtvec', RAM_BASE);
    step(6);
    expect(hart.readRegister(12)).toBe(2);
    expect(rung).toEqual([5]);
    expect([hart.readCsr('mepc'), machine.cycle]).toEqual([RAM_BASE + 20, 6]);
  });
});

describe('waiting', () => {
  it('skips to the next event, and counts the cycles but no instructions', () => {
    const { machine, hart, rung, step } = withBell([LOAD, WFI, NOP]);
    hart.writeCsr('mie', 0x80);
    expect(machine.run(6, { idle: 'skip' })).toEqual({ reason: 'budget' });
    expect(rung).toEqual([3]);
    // LOAD, WFI, one cycle of waiting, then NOP and two traps.
    expect(machine.cycle).toBe(6);
    expect(machine.instructionsRetired).toBe(3);
    expect(step(0).reason).toBe('budget');
  });

  it('ends at the budget while it skips', () => {
    const { machine, wiring } = guest([WFI]);
    wiring.timebase.alarm('late', () => undefined).set(1000);
    expect(machine.run(100, { idle: 'skip' })).toEqual({ reason: 'budget' });
    expect(machine.cycle).toBe(100);
    expect(machine.isWaiting).toBe(true);
  });

  it('says when the next event is due, and lets the host pass the time up to it', () => {
    const { machine, wiring } = guest([WFI]);
    wiring.timebase.alarm('late', () => undefined).set(1000);
    const waiting = { reason: 'waiting', nextEvent: 1000 };
    expect(machine.run(5000, { idle: 'stop' })).toEqual(waiting);
    expect(machine.cycle).toBe(1);
    machine.advanceIdle(400.7);
    expect(machine.cycle).toBe(400);
    machine.advanceIdle(100);
    expect(machine.cycle).toBe(400);
    machine.advanceIdle(99_999);
    expect(machine.cycle).toBe(1000);
    expect(machine.run(5000, { idle: 'stop' })).toEqual({ reason: 'waiting', nextEvent: Infinity });
    expect(machine.instructionsRetired).toBe(1);
  });

  it('returns at once when nothing can end the wait', () => {
    const { machine } = guest([WFI]);
    const waiting = { reason: 'waiting', nextEvent: Infinity };
    expect(machine.run(5000, { idle: 'skip' })).toEqual(waiting);
    expect(machine.cycle).toBe(1);
  });
});

describe('the state hash', () => {
  const program = [LOAD, NOP, WFI, LOOP];

  async function hashAfter(change: (machine: ReturnType<typeof withBell>) => void) {
    const machine = withBell(program);
    machine.step(2);
    change(machine);
    return machine.machine.stateHash();
  }

  it('is the same for the same state, whatever was cached', async () => {
    const hash = await hashAfter(() => undefined);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashAfter(() => undefined)).toBe(hash);
    const peeked = await hashAfter(({ machine, hart }) => {
      machine.translate(0, RAM_BASE, Access.Load);
      hart.readCsr('mstatus');
      machine.memory.read(RAM_BASE, 4);
    });
    expect(peeked).toBe(hash);
  });

  const changes: [string, (machine: ReturnType<typeof withBell>) => void][] = [
    ['a byte of RAM', ({ machine }) => machine.memory.write(RAM_BASE + 0xf_ffff, 1, 1)],
    ['a register', ({ hart }) => hart.writeRegister(31, 1)],
    ['the pc', ({ hart }) => (hart.pc = RAM_BASE)],
    ['a CSR', ({ hart }) => hart.writeCsr('sscratch', 1)],
    ['protection', ({ hart }) => hart.writeCsr('pmpaddr15', 1)],
    ['the mode', ({ hart }) => (hart.privilege = Privilege.User)],
    ['an interrupt pin', ({ wiring }) => wiring.harts[0].setPending(11, true)],
    ['a device and its alarm', ({ machine }) => machine.devices[1].device.read(4, 4)],
    ['the cycle', ({ step }) => step(1)],
  ];
  it.each(changes)('changes with %s', async (_, change) => {
    expect(await hashAfter(change)).not.toBe(await hashAfter(() => undefined));
  });

  it('is that of a new machine after a reset and the same images', async () => {
    const { machine } = withBell(program);
    const before = await machine.stateHash();
    machine.run(3, { idle: 'stop' });
    machine.reset();
    loadWords(machine, RAM_BASE, program);
    machine.harts[0].writeRegister(11, BELL);
    expect(await machine.stateHash()).toBe(before);
  });
});

describe('stepping', () => {
  it('executes one instruction, or takes one trap', () => {
    const { machine, hart } = guest([NOP, encodeInstruction('ecall')]);
    hart.writeCsr('mtvec', RAM_BASE + 0x100);
    machine.stepInstruction();
    expect(hart.pc).toBe(RAM_BASE + 4);
    machine.stepInstruction();
    expect(hart.pc).toBe(RAM_BASE + 0x100);
  });
});
