/** Going to and fro in the past of small machines, over random programs and random input. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../tools/assembler/assemble.ts';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { link } from '../../tools/linker/link.ts';
import { createVirtMachine } from '../boards/virt.ts';
import type { HostEnd } from '../devices/host-end.ts';
import { Random, machineInWorlds, ramOf, randomWorld } from '../engine/testing/random-programs.ts';
import { Privilege } from '../hart/privilege.ts';
import type { Machine } from '../machine.ts';
import { History } from './history.ts';
import { InputDoor } from './input.ts';
import { atBreakpoint, onEvent, onModeSwitch, onTrap, whenChanged } from './until.ts';

const RAM = 0x8000_0000;
const MEBIBYTE = 2 ** 20;
const MEMORY = 16 * MEBIBYTE;
const RUNS = { numRuns: process.env['VITRINE_CAMPAIGN'] === 'full' ? 5_000 : 40, seed: 1 };

const stateOf = (machine: Machine): string =>
  createHash('md5').update(machine.describeState()).update(ramOf(machine)).digest('hex');

/** Keeps what a guest prints, and goes back with it. */
class Printed implements HostEnd {
  readonly name = 'printed';
  text = '';

  save(): ReadonlyMap<number, Uint8Array> {
    return new Map([[0, new TextEncoder().encode(this.text)]]);
  }

  restore(picture: ReadonlyMap<number, Uint8Array>): void {
    this.text = new TextDecoder().decode(picture.get(0));
  }
}

interface Guest {
  readonly machine: Machine;
  readonly history: History;
  readonly printed: Printed;
  readonly at: (label: string) => number;
  readonly type: (text: string) => void;
}

function start(source: string, harts = 1): Guest {
  const { object, errors } = assemble(`.globl _start\n_start:\n${source}`, 'guest.s');
  if (object === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM });
  if (image === undefined) throw new Error('the guest does not link');
  const printed = new Printed();
  const transmit = (byte: number): void => {
    printed.text += String.fromCharCode(byte);
  };
  const { machine, uart } = createVirtMachine({ ramBytes: MEBIBYTE, harts, serial: { transmit } });
  for (const { address, bytes } of image.segments) machine.writePhysical(address, bytes);
  for (const hart of machine.harts) hart.pc = RAM;
  const door = new InputDoor(
    () => machine.instant,
    ({ bytes }) => {
      uart.offer(bytes);
    },
  );
  const history = new History(machine, door, { memoryBytes: MEMORY, followers: [printed] });
  return {
    machine,
    history,
    printed,
    at: (label) => {
      const symbol = image.symbols.find(({ name }) => name === label);
      if (symbol === undefined) throw new Error(`there is no label ${label}`);
      return symbol.address;
    },
    type: (text) => {
      door.offer({ kind: 'serial', bytes: new TextEncoder().encode(text) });
    },
  };
}

/** Prints what is typed, and counts in `turns` how often it has looked. */
const ECHO = `
        li      s0, 0x10000000
        la      s1, turns
loop:   lw      t0, (s1)
        addi    t0, t0, 1
        sw      t0, (s1)
        lbu     t1, 5(s0)
        andi    t1, t1, 1
        beqz    t1, loop
        lbu     t2, (s0)
got:    sb      t2, (s0)
        j       loop
        .balign 4
turns:  .word   0
`;

/** A timer interrupt every thousand ticks, between which the hart waits. */
const TICKS = `
        la      t0, tick
        csrw    mtvec, t0
        li      t0, 0x80
        csrw    mie, t0
        csrsi   mstatus, 8
        li      s1, 0
        call    later
wait:   wfi
        j       wait
tick:   addi    s1, s1, 1
        la      t0, count
        sw      s1, (t0)
        call    later
back:   mret
later:  li      t0, 0x0200bff8
        lw      t1, (t0)
        addi    t1, t1, 1000
        li      t0, 0x02004000
        sw      t1, (t0)
        sw      zero, 4(t0)
        ret
        .balign 4
count:  .word   0
`;

describe('a history', () => {
  it('of random programs leads to the states of a straight run, forwards and backwards', () => {
    const harts = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(fc.integer(), harts, (seed, count) => {
        const worlds = Array.from({ length: count }, (_, hart) =>
          randomWorld(seed + hart, encodeInstruction),
        );
        const random = new Random(seed);
        const machine = machineInWorlds(worlds);
        const states = new Map<number, string>([[0, stateOf(machine)]]);
        while (machine.cycle < 4000) {
          machine.run(1 + random.below(700), { idle: 'skip' });
          if (machine.isWaiting) break;
          states.set(machine.cycle, stateOf(machine));
        }
        const again = machineInWorlds(worlds);
        const door = new InputDoor(
          () => again.instant,
          () => undefined,
        );
        const history = new History(again, door, { memoryBytes: MEMORY });
        const moments = [...states.keys()];
        for (let jump = 0; jump < 10; jump++) {
          const cycle = random.pick(moments);
          history.runTo({ cycle });
          expect([again.cycle, stateOf(again)]).toEqual([cycle, states.get(cycle)]);
        }
      }),
      { ...RUNS, numRuns: RUNS.numRuns / 4 },
    );
  });

  it('with random input comes back to every state, on one hart and on several', () => {
    const schedule = fc.array(
      fc.record({ after: fc.integer({ min: 1, max: 5000 }), text: fc.string({ maxLength: 20 }) }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(schedule, fc.constantFrom(1, 2), (inputs, harts) => {
        const { machine, history, printed, type } = start(ECHO, harts);
        const seen: { cycle: number; state: string; text: string }[] = [];
        const look = () => ({ cycle: machine.cycle, state: stateOf(machine), text: printed.text });
        for (const { after, text } of inputs) {
          history.run(after, { idle: 'skip' });
          seen.push(look());
          type(text);
        }
        history.run(5000, { idle: 'skip' });
        seen.push(look());
        for (const expected of [...seen, ...seen.slice().reverse()]) {
          history.runTo({ cycle: expected.cycle });
          expect(look()).toEqual(expected);
        }
      }),
      RUNS,
    );
  });

  it('goes to a number of instructions', () => {
    const { machine, history } = start(TICKS);
    for (const instructions of [5000, 17, 4999, 0, 2500]) {
      expect(history.runTo({ instructions })).toEqual({ reason: 'budget' });
      expect(machine.instructionsRetired).toBe(instructions);
    }
  });

  it('steps back over what stepping forward has done, traps and waiting included', () => {
    const { machine, history } = start(TICKS);
    const states: string[] = [];
    for (let step = 0; step < 60; step++) {
      if (machine.isWaiting && machine.nextEvent > machine.cycle) {
        history.advanceIdle(machine.nextEvent);
      }
      states.push(String([machine.harts[0].pc, machine.harts[0].retired]));
      history.step();
    }
    while (states.length > 0) {
      expect(history.stepBack()).toBe('arrived');
      expect(String([machine.harts[0].pc, machine.harts[0].retired])).toBe(states.pop());
    }
    expect(history.stepBack()).toBe('beginning');
    expect(machine.cycle).toBe(0);
  });

  it('steps back by cycle', () => {
    const { machine, history } = start(TICKS);
    history.run(1234, { idle: 'skip' });
    const before = stateOf(machine);
    history.run(1, { idle: 'skip' });
    expect(history.stepCycleBack()).toBe('arrived');
    expect([machine.cycle, stateOf(machine)]).toEqual([1234, before]);
  });

  it('starts another future with new input, and forgets the old one', () => {
    const { history, printed, type, machine } = start(ECHO);
    history.run(1000, { idle: 'skip' });
    type('old');
    history.run(1000, { idle: 'skip' });
    expect(printed.text).toBe('old');
    history.runTo({ cycle: 900 });
    expect(printed.text).toBe('');
    history.runTo({ cycle: 2000 });
    expect(printed.text).toBe('old');
    history.runTo({ cycle: 950 });
    type('new');
    history.run(2000, { idle: 'skip' });
    expect(printed.text).toBe('new');
    history.runTo({ cycle: 1 });
    history.runTo({ cycle: machine.cycle + 5000 });
    expect(printed.text).toBe('new');
  });

  it('begins anew after a reset', () => {
    const { machine, history } = start(TICKS);
    history.run(5000, { idle: 'skip' });
    machine.reset();
    history.restart();
    history.run(10, { idle: 'skip' });
    expect(history.stepBack()).toBe('arrived');
    expect(machine.cycle).toBe(9);
    expect(history.snapshotCount).toBe(1);
  });
});

describe('going back until', () => {
  it('a breakpoint stands where it was met last', () => {
    const { machine, history, at, type } = start(ECHO);
    for (const text of ['a', 'b', 'c']) {
      history.run(777, { idle: 'skip' });
      type(text);
    }
    history.run(777, { idle: 'skip' });
    for (const letter of ['c', 'b', 'a']) {
      expect(history.reverseContinue(atBreakpoint([at('got')]))).toBe('arrived');
      expect(machine.harts[0].pc).toBe(at('got'));
      expect(String.fromCharCode(machine.harts[0].readRegister(7))).toBe(letter);
    }
    expect(history.reverseContinue(atBreakpoint([at('got')]))).toBe('beginning');
    expect(history.continueUntil(atBreakpoint([at('got')]))).toBeUndefined();
    expect(String.fromCharCode(machine.harts[0].readRegister(7))).toBe('a');
  });

  it('a word changed stands behind the store', () => {
    const { machine, history, at } = start(TICKS);
    const count = (): number | undefined => machine.memory.read(at('count'), 4);
    history.runTo({ cycle: 550_000 });
    const last = count() ?? 0;
    expect(last).toBeGreaterThan(3);
    for (let value = last; value > 0; value--) {
      expect(history.reverseContinue(whenChanged(at('count'), 4))).toBe('arrived');
      expect(count()).toBe(value);
      history.stepBack();
      expect(count()).toBe(value - 1);
    }
    expect(history.reverseContinue(whenChanged(at('count'), 4))).toBe('beginning');
  });

  it('a trap, an event and a change of the mode stand where they happened', () => {
    const { machine, history, at } = start(`
        la      t0, trap
        csrw    mtvec, t0
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 31
        csrw    pmpcfg0, t0
        la      t0, user
        csrw    mepc, t0
        mret
        .balign 4
trap:   csrr    t0, mepc
        addi    t0, t0, 4
        csrw    mepc, t0
        mret
user:   ecall
        nop
after:  j       after
`);
    history.run(500, { idle: 'skip' });
    expect(history.reverseContinue(onModeSwitch(Privilege.User))).toBe('arrived');
    expect([machine.harts[0].pc, machine.harts[0].privilege]).toEqual([at('user') + 4, 0]);
    expect(history.reverseContinue(onTrap())).toBe('arrived');
    expect([machine.harts[0].pc, machine.harts[0].privilege]).toEqual([at('trap'), 3]);
    expect(history.reverseContinue(onModeSwitch(Privilege.User))).toBe('arrived');
    expect([machine.harts[0].pc, machine.harts[0].privilege]).toEqual([at('user'), 0]);
    expect(history.reverseContinue(onTrap())).toBe('beginning');

    const ticking = start(TICKS);
    ticking.history.runTo({ cycle: 350_000 });
    expect(ticking.history.reverseContinue(onEvent('clint'))).toBe('arrived');
    expect(ticking.machine.harts[0].readRegister(9)).toBe(2);
    expect(ticking.history.reverseContinue(onEvent('nobody'))).toBe('beginning');
  });
});
