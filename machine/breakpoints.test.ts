/** Breakpoints: where they stop the hart, and that they change nothing else. */
import { describe, expect, test } from 'vitest';
import { assemble } from '../tools/assembler/assemble.ts';
import { link } from '../tools/linker/link.ts';
import { createVirtMachine } from './boards/virt.ts';
import type { Machine, RunResult } from './machine.ts';

const RAM = 0x8000_0000;
const MEBIBYTE = 2 ** 20;

/** Assembles a guest at the start of RAM; it stands before its first instruction. */
function start(source: string): { machine: Machine; at: (label: string) => number } {
  const { object, errors } = assemble(`.globl _start\n${source}`, 'guest.s');
  if (object === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM });
  if (image === undefined) throw new Error('the guest does not link');
  const { machine } = createVirtMachine({
    ramBytes: MEBIBYTE,
    harts: 1,
    serial: { transmit: () => undefined },
  });
  for (const { address, bytes } of image.segments) machine.writePhysical(address, bytes);
  machine.addBreakpoint(RAM);
  expect(machine.run(1000, { idle: 'skip' })).toEqual({ reason: 'breakpoint' });
  machine.removeBreakpoint(RAM);
  return {
    machine,
    at: (label) => {
      const symbol = image.symbols.find(({ name }) => name === label);
      if (symbol === undefined) throw new Error(`there is no label ${label}`);
      return symbol.address;
    },
  };
}

const register = (machine: Machine, index: number): number =>
  machine.harts[0]?.readRegister(index) ?? NaN;
const pc = (machine: Machine): number => machine.harts[0]?.pc ?? NaN;
const go = (machine: Machine, budget = 10_000): RunResult =>
  machine.run(budget, { idle: 'skip', passBreakpoint: true });

const LOOP = `
_start: li      a0, 0
        li      a1, 0
loop:   addi    a0, a0, 1
middle: addi    a1, a1, 2
        j       loop
`;

describe('a breakpoint', () => {
  test('stops before its instruction, with no cycle gone', () => {
    const { machine, at } = start(LOOP);
    const begin = machine.cycle;
    machine.addBreakpoint(at('middle'));
    expect(go(machine)).toEqual({ reason: 'breakpoint' });
    expect([pc(machine), machine.cycle - begin]).toEqual([at('middle'), 3]);
    expect([register(machine, 10), register(machine, 11)]).toEqual([1, 0]);
  });

  test('is met again unless it is passed, and on every turn', () => {
    const { machine, at } = start(LOOP);
    machine.addBreakpoint(at('middle'));
    go(machine);
    const here = machine.cycle;
    expect(machine.run(10_000, { idle: 'skip' })).toEqual({ reason: 'breakpoint' });
    expect(machine.cycle).toBe(here);
    for (let turn = 1; turn <= 5; turn++) {
      expect(go(machine)).toEqual({ reason: 'breakpoint' });
      expect([register(machine, 10), register(machine, 11)]).toEqual([turn + 1, turn * 2]);
    }
  });

  test('set in code that has run already stops it; taken away, it does not', () => {
    const { machine, at } = start(LOOP);
    expect(go(machine, 3000)).toEqual({ reason: 'budget' });
    machine.addBreakpoint(at('middle'));
    expect(go(machine)).toEqual({ reason: 'breakpoint' });
    machine.removeBreakpoint(at('middle'));
    expect(go(machine, 3000)).toEqual({ reason: 'budget' });
  });

  test('does not hide the next one', () => {
    const { machine, at } = start(LOOP);
    machine.addBreakpoint(at('loop'));
    machine.addBreakpoint(at('middle'));
    const places = [1, 2, 3, 4].map(() => {
      expect(go(machine)).toEqual({ reason: 'breakpoint' });
      return pc(machine);
    });
    expect(places).toEqual([at('loop'), at('middle'), at('loop'), at('middle')]);
  });

  test('a single step executes what is at it', () => {
    const { machine, at } = start(LOOP);
    machine.addBreakpoint(at('middle'));
    go(machine);
    expect(machine.stepInstruction()).toEqual({ reason: 'budget' });
    expect([pc(machine), register(machine, 11)]).toEqual([at('middle') + 4, 2]);
  });

  test('leaves the state as a run without it has it', async () => {
    const watched = start(LOOP);
    const free = start(LOOP);
    watched.machine.addBreakpoint(watched.at('middle'));
    const end = 4321;
    while (watched.machine.cycle < end) go(watched.machine, end - watched.machine.cycle);
    go(free.machine, end - free.machine.cycle);
    expect(await watched.machine.stateHash()).toBe(await free.machine.stateHash());
  });

  test('in a trap handler is met before the handler begins', () => {
    const { machine, at } = start(`
_start: la      t0, trap
        csrw    mtvec, t0
        ecall
after:  j       after
        .balign 4
trap:   csrr    t1, mepc
        addi    t1, t1, 4
        csrw    mepc, t1
        mret
`);
    machine.addBreakpoint(at('trap'));
    machine.addBreakpoint(at('after'));
    expect(go(machine)).toEqual({ reason: 'breakpoint' });
    expect(pc(machine)).toBe(at('trap'));
    expect(go(machine)).toEqual({ reason: 'breakpoint' });
    expect(pc(machine)).toBe(at('after'));
  });
});
