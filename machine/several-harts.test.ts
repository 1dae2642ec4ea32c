/** Several harts: whose turn it is, what each sees of the others, and that no slicing shows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInstruction } from '../tools/assembler/encode.ts';
import {
  between,
  COUNTERS,
  finish,
  mappedTwice,
  PATCHED,
  RAM,
  RAM_BYTES,
  ROUNDS,
  start,
} from '../test/several-harts/guest.ts';
import { createVirtMachine } from './boards/virt.ts';
import { Random, machineInWorlds, ramOf, randomWorld } from './engine/testing/random-programs.ts';
import type { Machine, RunResult } from './machine.ts';
import { QUANTUM_CYCLES } from './timing/quantum.ts';

const BUDGET = 5_000_000;
const IDLE = { idle: 'skip' } as const;

const POWER_OFF = { reason: 'poweroff', code: 0 };

describe('turns', () => {
  const program = `
        la      t0, count
        bnez    a0, second
first:  lw      t1, (t0)
        addi    t1, t1, 1
        sw      t1, (t0)
        lw      a3, 4(t0)
        j       first
second: lw      a1, (t0)
        sw      a1, 4(t0)
        j       second
        .balign 4
count:  .word   0, 0
`;

  it('last a quantum, in the order of the harts', () => {
    const { machine, word } = start(2, program);
    machine.run(4, IDLE);
    // Hart 0 has had its whole turn, hart 1 has executed four instructions of its own.
    expect(machine.harts.map(({ cycle }) => cycle)).toEqual([QUANTUM_CYCLES, 4]);
    expect([machine.cycle, machine.currentHart]).toEqual([4, 1]);
    expect(word('count')).toBe(Math.floor((QUANTUM_CYCLES - 3 + 2) / 5));
    // Hart 1 sees at once what hart 0 has done; hart 0 sees nothing of hart 1 before its next turn.
    expect(machine.harts[1].readRegister(11)).toBe(word('count'));
    expect(machine.harts[0].readRegister(13)).toBe(0);
    machine.run(QUANTUM_CYCLES, IDLE);
    expect(machine.harts[0].readRegister(13)).not.toBe(0);
  });

  it('are over for every hart at the same cycle, which is when events fire', () => {
    const { machine } = start(3, program);
    const { clint } = { clint: machine.devices.find(({ base }) => base === 0x200_0000)?.device };
    // mtimecmp of hart 2: 3 ticks, which is cycle 300.
    clint?.write(0x4014, 4, 0);
    clint?.write(0x4010, 4, 3);
    machine.run(299, IDLE);
    expect(machine.harts.map(({ cycle }) => cycle)).toEqual([300, 300, 299]);
    expect(machine.harts[2].readCsr('mip')).toBe(0);
    machine.run(1, IDLE);
    machine.run(1, IDLE);
    expect(machine.harts.map(({ cycle }) => cycle)).toEqual([1300, 1300, 301]);
    expect(machine.harts.map((hart) => hart.readCsr('mip'))).toEqual([0x80, 0x80, 0x80]);
  });

  it('are shortened by an event that is set, but not for those who have had theirs', () => {
    const setTimer = (hart: number) => `
        li      t0, ${hart}
        bne     a0, t0, spin
        li      t0, 0x2004000
        sw      zero, 4(t0)
        li      t1, 2
        sw      t1, (t0)
spin:   j       spin
`;
    const first = start(2, setTimer(0));
    first.machine.run(1, IDLE);
    expect(first.machine.harts.map(({ cycle }) => cycle)).toEqual([200, 1]);
    const second = start(2, setTimer(1));
    second.machine.run(300, IDLE);
    expect(second.machine.harts.map(({ cycle }) => cycle)).toEqual([1000, 300]);
    expect(second.machine.harts[0].readCsr('mip')).toBe(0);
    second.machine.run(701, IDLE);
    expect(second.machine.harts[0].readCsr('mip')).toBe(0x80);
  });

  it('pass over harts that wait, and the machine waits when all do', () => {
    const { machine, at } = start(3, 'bnez a0, 2f\n.rept 10\nnop\n.endr\n2: wfi\nafter: j 2b\n');
    expect(machine.run(BUDGET, { idle: 'stop' })).toEqual({
      reason: 'waiting',
      nextEvent: Infinity,
    });
    expect(machine.harts.map(({ cycle }) => cycle)).toEqual([12, 12, 12]);
    expect(machine.harts.map(({ retired }) => retired)).toEqual([12, 2, 2]);
    expect(machine.instructionsRetired).toBe(16);
    expect(machine.harts.map(({ pc }) => pc)).toEqual(Array(3).fill(at('after')));
    expect(machine.isWaiting).toBe(true);
  });

  it('count every cycle of a hart once, as retired, trapped or waited', () => {
    const { machine } = start(4, COUNTERS + finish(4));
    machine.run(12_345, IDLE);
    for (const hart of machine.harts) {
      expect(hart.retired + hart.state.nonRetiringCycles).toBe(hart.cycle);
    }
  });
});

describe('atomics', () => {
  it.each([1, 2, 3, 8])('lose nothing between %s harts', (harts) => {
    const { run, machine, at } = start(harts, COUNTERS + finish(harts));
    expect(run()).toEqual(POWER_OFF);
    const words = [0, 4, 8, 12].map((at_) => machine.memory.read(at('counters') + at_, 4));
    const expected = harts * ROUNDS;
    expect(words).toEqual([expected, expected, 0, expected]);
  });

  const FAILS = 1;
  const SUCCEEDS = 0;
  it.each([
    ['nothing', '', SUCCEEDS],
    ['a load', 'lw t2, (s0)', SUCCEEDS],
    ['a store to another word', 'sw zero, 4(s0)', SUCCEEDS],
    ['a reservation of its own', 'lr.w t2, (s0)', SUCCEEDS],
    ['a store of another value', 'sw zero, (s0)', FAILS],
    ['a store of the same value', 'li t2, 5\nsw t2, (s0)', FAILS],
    ['a store of one byte of the same value', 'sb zero, 3(s0)', FAILS],
    [
      'a store that changes it and one that changes it back',
      'sw zero, (s0)\nli t2, 5\nsw t2, (s0)',
      FAILS,
    ],
    ['an atomic operation that changes nothing', 'amoor.w t2, zero, (s0)', FAILS],
    ['a conditional store', 'lr.w t2, (s0)\nsc.w t2, t2, (s0)', FAILS],
  ])('SC after %s by another hart', (_, action, expected) => {
    const { run, machine } = start(2, between(action));
    expect(run()).toEqual(POWER_OFF);
    expect(machine.harts[0].readRegister(15)).toBe(expected);
  });

  it.each([1, 2])('SC fails after a device has stored the same value, with %s harts', (harts) => {
    const source = `
        la      s0, word
        lr.w    t0, (s0)
stop:   sc.w    a5, t0, (s0)
        j       finish
${finish(harts)}
        .balign 4
word:   .word   5
`;
    for (const [offset, expected] of [
      [0, FAILS],
      [4, SUCCEEDS],
    ]) {
      const { run, machine, at, word } = start(harts, source);
      machine.addBreakpoint(at('stop'));
      expect(run()).toEqual({ reason: 'breakpoint' });
      machine.removeBreakpoint(at('stop'));
      machine.memory.write(at('word') + offset, 4, word('word'));
      machine.stepInstruction();
      expect(machine.harts[0].readRegister(15)).toBe(expected);
    }
  });

  it('go on at full speed in a page in which nobody has a reservation any more', () => {
    const { run, machine, at } = start(2, COUNTERS + finish(2));
    run();
    // Stores by hart 1 to the page that held hart 0's reservations stop being watched.
    const page = (at('counters') - RAM) >>> 12;
    const flags = new Uint8Array(machine.harts[0].state.words.buffer, 0x28_0000 + page, 1);
    for (let i = 0; i < 300; i++) machine.memory.write(at('counters') + 16, 4, i);
    expect(flags[0] & 16).toBe(0);
  });
});

describe('what one hart stores', () => {
  it('is executed by another that had decoded what was there', () => {
    const { run, machine } = start(2, PATCHED);
    expect(run()).toEqual(POWER_OFF);
    expect(machine.harts[1].readRegister(15)).toBe(2);
  });

  it('into page tables counts for another that had translated by them', () => {
    // Both run in S-mode on one table; hart 1 reads through 0x400000 until hart 0 maps it elsewhere.
    const { run, machine } = mappedTwice();
    expect(run()).toEqual(POWER_OFF);
    expect([16, 15].map((register) => machine.harts[1].readRegister(register))).toEqual([1, 2]);
  });

  it('into msip interrupts another', () => {
    const source = `
        la      t0, handler
        csrw    mtvec, t0
        csrwi   mie, 8
        csrwi   mstatus, 8
        bnez    a0, halt
        li      t0, 0x2000000
        li      t1, 1
        sw      t1, 4(t0)
        sw      t1, 8(t0)
        j       finish
handler: slli   t1, a0, 2
        li      t0, 0x2000000
        add     t0, t0, t1
        sw      zero, (t0)
        csrr    a5, mcause
        j       finish
${finish(3)}`;
    const { run, machine } = start(3, source);
    expect(run()).toEqual(POWER_OFF);
    expect(machine.harts.map((hart) => hart.readRegister(15))).toEqual([
      0, 0x8000_0003, 0x8000_0003,
    ]);
    expect(machine.statistics.interrupts[3]).toBe(2);
  });
});

describe('a person who looks on', () => {
  const source = 'nop\nnop\nbnez a0, 1f\nj .\n1: nop\nsecond: nop\nj 1b\n';

  it('stops the hart that comes to a breakpoint, and steps it', () => {
    const { machine, at } = start(2, source);
    machine.addBreakpoint(at('second'));
    expect(machine.run(BUDGET, IDLE)).toEqual({ reason: 'breakpoint' });
    expect(machine.currentHart).toBe(1);
    expect(machine.harts[1].pc).toBe(at('second'));
    machine.stepInstruction();
    expect(machine.harts[1].pc).toBe(at('second') + 4);
    expect(machine.run(BUDGET, { idle: 'skip', passBreakpoint: true })).toEqual({
      reason: 'breakpoint',
    });
    expect(machine.harts[1].pc).toBe(at('second'));
  });

  it('steps the hart of his choice, which takes the others along', () => {
    const { machine, at } = start(3, source);
    machine.stepInstruction(2);
    expect(machine.harts.map(({ cycle }) => cycle)).toEqual([QUANTUM_CYCLES, QUANTUM_CYCLES, 1]);
    machine.stepInstruction(2);
    expect(machine.harts.map(({ cycle }) => cycle)).toEqual([QUANTUM_CYCLES, QUANTUM_CYCLES, 2]);
    expect(machine.harts[2].pc).toBe(RAM + 8);
    machine.addBreakpoint(at('second'));
    expect(machine.stepInstruction(0)).toEqual({ reason: 'breakpoint' });
    expect(machine.currentHart).toBe(2);
  });

  it('leaves the state as it would be', async () => {
    const watched = start(3, COUNTERS + finish(3));
    const free = start(3, COUNTERS + finish(3));
    for (let steps = 0; steps < 2500; steps++) watched.machine.stepInstruction();
    watched.machine.run(20_000 - watched.machine.cycle, IDLE);
    free.machine.run(20_000, IDLE);
    expect(watched.machine.describeState()).toBe(free.machine.describeState());
    expect(await watched.machine.stateHash()).toBe(await free.machine.stateHash());
  });

  it('finds every hart in the state hash', async () => {
    const { machine } = start(8, source);
    const hash = await machine.stateHash();
    for (const hart of machine.harts) {
      hart.writeRegister(31, 1);
      expect(await machine.stateHash()).not.toBe(hash);
      hart.writeRegister(31, 0);
    }
    expect(await machine.stateHash()).toBe(hash);
  });

  it('is told of a guest that runs wild when none of its harts can go on', () => {
    const wild = 'csrw mtvec, zero\nunimp\n';
    const loops = start(2, `bnez a0, 1f\nj .\n1: ${wild}`);
    expect(loops.run(100_000)).toEqual({ reason: 'budget' });
    expect(loops.machine.harts.map(({ cycle }) => cycle)).toEqual([100_000, 100_000]);
    expect(start(2, wild).run()).toMatchObject({ reason: 'runaway', kind: 'machine-trap-loop' });
    const parked = start(2, `bnez a0, 1f\n${wild}\n1: csrwi mie, 8\nwfi\nj 1b\n`);
    expect(parked.run()).toMatchObject({ reason: 'runaway' });
  });
});

it.each([0, 9, 1.5])('there is no machine with %s harts', (harts) => {
  const serial = { transmit: () => undefined };
  expect(() => createVirtMachine({ ramBytes: RAM_BYTES, harts, serial })).toThrow(RangeError);
});

describe('slices of any lengths', () => {
  const RUNS = { numRuns: process.env.VITRINE_CAMPAIGN === 'full' ? 20_000 : 40, seed: 1 };
  const STEPS = 4000;
  const setting = fc.record({ seed: fc.integer(), harts: fc.integer({ min: 2, max: 5 }) });

  /** Runs both to the same cycle, one of them in random pieces, and compares all that there is. */
  function compare(straight: Machine, sliced: Machine, random: Random, steps: number): void {
    const whole = straight.run(steps, IDLE);
    let last: RunResult = { reason: 'budget' };
    while (sliced.cycle < straight.cycle && last.reason === 'budget') {
      if (random.chance(5)) sliced.stepInstruction();
      const left = straight.cycle - sliced.cycle;
      last = sliced.run(Math.min(left, 1 + random.below(random.pick([3, 100, 1500]))), IDLE);
    }
    if (whole.reason !== 'budget' && last.reason === 'budget') last = sliced.run(steps, IDLE);
    expect(last.reason).toBe(whole.reason);
    expect(sliced.describeState()).toBe(straight.describeState());
  }

  it('lead through the same states, for random programs on shared memory', () => {
    fc.assert(
      fc.property(setting, ({ seed, harts }) => {
        const worlds = Array.from({ length: harts }, (_, i) =>
          randomWorld(seed + i, encodeInstruction),
        );
        const [straight, sliced] = [machineInWorlds(worlds), machineInWorlds(worlds)];
        compare(straight, sliced, new Random(seed), STEPS);
        expect(Buffer.compare(ramOf(sliced), ramOf(straight))).toBe(0);
      }),
      RUNS,
    );
  });

  it('lead through the same states, for harts that wait, interrupt one another and set timers', () => {
    const source = `
        la      t0, handler
        csrw    mtvec, t0
        li      t0, 0x88
        csrw    mie, t0
        li      s0, 0x2000000
        la      s1, counters
        slli    s2, a0, 2
        add     s2, s2, s0
        slli    s3, a0, 3
        add     s3, s3, s0
        li      t0, 0x4000
        add     s3, s3, t0
        addi    s4, a0, 17
again:  li      t0, 1103515245
        mul     s4, s4, t0
        addi    s4, s4, 1234
        srli    t0, s4, 16
        andi    t1, t0, 12
        add     t1, t1, s0
        andi    t2, t0, 1
        sw      t2, (t1)
        amoadd.w zero, t2, (s1)
        andi    t3, t0, 63
1:      addi    t3, t3, -1
        bgez    t3, 1b
        srli    t0, s4, 24
        andi    t1, t0, 3
        bnez    t1, again
        li      t1, 0x200bff8
        lw      t1, (t1)
        andi    t0, t0, 15
        add     t1, t1, t0
        sw      zero, 4(s3)
        sw      t1, (s3)
        csrsi   mstatus, 8
        wfi
        csrci   mstatus, 8
        j       again
handler: sw     zero, (s2)
        li      t6, -1
        sw      t6, 4(s3)
        lr.w    t6, (s1)
        addi    t6, t6, 3
        sc.w    t5, t6, (s1)
        mret
        .balign 4
counters: .word 0
`;
    fc.assert(
      fc.property(setting, ({ seed, harts }) => {
        const [straight, sliced] = [start(harts, source), start(harts, source)];
        for (const { machine } of [straight, sliced]) {
          machine.harts.forEach((hart, i) => hart.writeRegister(8, seed + i));
        }
        compare(straight.machine, sliced.machine, new Random(seed), 30_000);
        expect(straight.word('counters')).toBe(sliced.word('counters'));
        expect(straight.word('counters')).not.toBe(0);
      }),
      { ...RUNS, numRuns: RUNS.numRuns / 4 },
    );
  });
});
