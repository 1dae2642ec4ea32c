/** Guests with several harts: which one a person looks at. */
import { describe, expect, test } from 'vitest';
import { startGuest } from './testing/small-guest.ts';

const SOURCE = `
        .globl  _start
_start: bnez    a0, other
        li      a1, 1           # first
        li      a1, 2           # second
loop:   j       loop

other:  li      a2, 10          # other
again:  addi    a2, a2, 1       # again
        call    twice           # call
        addi    a2, a2, 1       # after
        j       again

twice:  slli    a3, a2, 1       # twice
        ret
`;

describe('of several harts', () => {
  test('the one that comes to a breakpoint is looked at', () => {
    const guest = startGuest(SOURCE, 2);
    expect(guest.command('hart').map((line) => line.slice(0, 12))).toEqual([
      '* hart 0  M ',
      '  hart 1  M ',
    ]);
    guest.command('b again');
    guest.command('c');
    expect(guest.line).toBe(guest.lineOf('again'));
    expect(guest.command('p $a2')).toEqual(['$a2 = 0x0000000a (10)']);
    expect(guest.command('hart')[1]).toContain('* hart 1  M  0x8000');
  });

  test('the one that is looked at is stepped, by line, over calls, and out of them', () => {
    const guest = startGuest(SOURCE, 2);
    guest.command('until other');
    const visited = ['s', 's', 'n', 's'].map((command) => {
      guest.command(command);
      return guest.line;
    });
    const lineOf = (mark: string) => guest.lineOf(mark);
    expect(visited).toEqual([
      lineOf('again'),
      lineOf('call'),
      lineOf('after'),
      lineOf('after') + 1,
    ]);
    guest.command('until twice');
    guest.command('out');
    expect(guest.line).toBe(lineOf('after'));
    expect(guest.session.debug.context.target.selected).toBe(1);
  });

  test('any can be chosen', () => {
    const guest = startGuest(SOURCE, 2);
    guest.command('hart 1');
    const before = guest.command('p $pc');
    guest.command('si');
    expect(guest.command('p $pc')).not.toEqual(before);
    guest.command('hart 0');
    expect(guest.command('p $a0')).toEqual(['$a0 = 0x00000000 (0)']);
    expect(() => guest.command('hart 2')).toThrow('the harts are 0 to 1');
  });
});
