/** Going back in the debugger: by instruction, by line, to where something happened last. */
import { expect, test } from 'vitest';
import { startGuest } from './testing/small-guest.ts';

const COUNTING = `
        .globl  _start
_start: li      s0, 0           # first
        la      s1, count
loop:   addi    s0, s0, 1       # loop
        sw      s0, (s1)        # store
        call    inner           # call
        li      t0, 5
        blt     s0, t0, loop    # again
stop:   j       stop            # stop

inner:  addi    a0, s0, 10      # inner
        ret                     # return

        .balign 4
count:  .word   0
`;

test('an instruction back undoes what the instruction has done', () => {
  const guest = startGuest(COUNTING);
  guest.command('until stop');
  guest.command('back');
  expect(guest.line).toBe(guest.lineOf('again'));
  guest.command('back 3');
  expect(guest.line).toBe(guest.lineOf('inner'));
  expect(guest.command('p $a0')).toEqual(['$a0 = 0x0000000e (14)']);
  guest.command('si');
  expect(guest.command('p $a0')).toEqual(['$a0 = 0x0000000f (15)']);
});

test('a line back ends at its first instruction', () => {
  const guest = startGuest(COUNTING);
  guest.command('until stop');
  const visited = Array.from({ length: 4 }, () => {
    guest.command('rs');
    return guest.line;
  });
  expect(visited).toEqual([
    guest.lineOf('again'),
    guest.lineOf('again') - 1,
    guest.lineOf('return'),
    guest.lineOf('inner'),
  ]);
});

test('going back until a breakpoint meets it in the opposite order, then the beginning', () => {
  const guest = startGuest(COUNTING);
  guest.command('b inner');
  for (let round = 1; round <= 3; round++) guest.command('c');
  for (const value of [2, 1]) {
    expect(guest.command('rc')[0]).toMatch(/^breakpoint 1: inner at guest\.s:/);
    expect(guest.command('p $s0')[0]).toMatch(`(${value})`);
  }
  expect(guest.command('rc')[0]).toBe('here the history begins');
  guest.command('c');
  expect(guest.command('p $s0')[0]).toMatch('(1)');
});

test('going back until a word changed stands behind the store', () => {
  const guest = startGuest(COUNTING);
  guest.command('until stop');
  for (const value of [5, 4]) {
    guest.command('rc changed count');
    expect(guest.command('p $s0')[0]).toMatch(`(${value})`);
    expect(guest.line).toBe(guest.lineOf('call'));
  }
});

test('goto leads to a cycle and to a number of instructions, both ways', () => {
  const guest = startGuest(COUNTING);
  const { guest: machine } = guest.session;
  const start = machine.cycle;
  guest.command('until stop');
  const end = machine.cycle;
  guest.command(`goto ${start + 3}`);
  expect(machine.cycle).toBe(start + 3);
  guest.command(`goto i${end - 1}`);
  expect(guest.line).toBe(guest.lineOf('again'));
});

test('what makes no sense is said', () => {
  const guest = startGuest(COUNTING);
  expect(() => guest.command('rc changed')).toThrow('changed needs an address');
  expect(() => guest.command('rc changed 16')).toThrow('there is no RAM at 0x10');
  expect(() => guest.command('rc when')).toThrow('it goes back to trap');
  expect(() => guest.command('goto x')).toThrow('"x" is no number of cycles');
});

test('a long way back is gone in pieces, and may be given up between two', () => {
  const guest = startGuest(COUNTING);
  const { machine } = guest.session.guest;
  guest.command('until stop');
  const stopped = machine.cycle;
  guest.command('continue 6000000');
  const { motion } = guest.session.debug.execute('rc trap');
  expect(motion?.travels).toBe(true);
  expect(motion?.advance(Infinity).kind).toBe('more');
  motion?.finish();
  expect(machine.cycle).toBeLessThan(stopped + 6_000_000);
  // Nothing of it is left in the machine, and its future is what it was.
  guest.command(`goto ${stopped + 5_000_000}`);
  expect(guest.line).toBe(guest.lineOf('stop'));
  expect(machine.cycle).toBe(stopped + 5_000_000);
  guest.command('goto 0');
  guest.command('until stop');
  expect(machine.cycle).toBe(stopped);
});
