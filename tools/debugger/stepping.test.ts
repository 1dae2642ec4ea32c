/** Steps: what they enter, what they pass over, and where they stop. */
import { describe, expect, test } from 'vitest';
import { startGuest } from './testing/small-guest.ts';

const CALLS = `
        .globl  _start
_start: la      sp, stack       # first
        li      a0, 3           # second
        call    outer           # call
        li      a1, 1           # after
        li      a2, 2           # last
stop:   j       stop

outer:  addi    sp, sp, -16
        sw      ra, 12(sp)
        call    inner           # nested
        addi    a0, a0, 1       # behind
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

inner:  addi    a0, a0, 10
        ret

# a0 + (a0 - 1) + … + 1, in a1
sum:    beqz    a0, none
        add     a1, a1, a0
        addi    sp, sp, -16
        sw      ra, 12(sp)
        addi    a0, a0, -1
        call    sum             # recursion
        lw      ra, 12(sp)      # unwinding
        addi    sp, sp, 16
none:   ret

        .bss
        .balign 16
        .space  1024
stack:
`;

describe('a step', () => {
  test('by line enters calls and comes back', () => {
    const guest = startGuest(CALLS);
    const visited = Array.from({ length: 5 }, () => {
      guest.command('s');
      return guest.line;
    });
    const lineOf = (mark: string): number => guest.lineOf(mark);
    expect(visited).toEqual([
      lineOf('second'),
      lineOf('call'),
      lineOf('outer'),
      lineOf('outer') + 1,
      lineOf('nested'),
    ]);
    guest.command('s');
    expect(guest.line).toBe(lineOf('inner'));
    guest.command('s');
    guest.command('s');
    expect(guest.line).toBe(lineOf('behind'));
  });

  test('over a call stops behind it, with what the call has done', () => {
    const guest = startGuest(CALLS);
    for (const expected of ['second', 'call', 'after', 'last']) {
      guest.command('n');
      expect(guest.line).toBe(guest.lineOf(expected));
    }
    expect(guest.command('p $a0')).toEqual(['$a0 = 0x0000000e (14)']);
  });

  test('over a call stops at a breakpoint inside it', () => {
    const guest = startGuest(CALLS);
    guest.command('b inner');
    guest.command('n');
    guest.command('n');
    expect(guest.command('n')[0]).toMatch(/^breakpoint 1: inner at guest\.s:/);
    expect(guest.command('info breakpoints')[0]).toMatch(/met 1 time$/);
  });

  test('over a recursive call stops at the same depth', () => {
    const guest = startGuest(CALLS);
    guest.command('b sum');
    guest.command('n');
    guest.session.debug.context.target.hart.pc = guest.addressOf('sum');
    guest.session.debug.context.target.hart.writeRegister(10, 4);
    guest.session.debug.context.target.hart.writeRegister(11, 0);
    guest.command('delete');
    while (guest.line !== guest.lineOf('recursion')) guest.command('n');
    const depth = guest.command('p $sp');
    guest.command('n');
    expect(guest.line).toBe(guest.lineOf('unwinding'));
    expect(guest.command('p $sp')).toEqual(depth);
    expect(guest.command('p $a1')).toEqual(['$a1 = 0x0000000a (10)']);
  });

  test('out of a function stops behind its call, from any depth', () => {
    const guest = startGuest(CALLS);
    guest.command('until inner');
    guest.command('out');
    expect(guest.line).toBe(guest.lineOf('behind'));
    guest.command('out');
    expect(guest.line).toBe(guest.lineOf('after'));
  });

  test('by instructions counts them', () => {
    const guest = startGuest(CALLS);
    const { machine } = guest.session.guest;
    const before = machine.instructionsRetired;
    guest.command('si 5');
    expect(machine.instructionsRetired - before).toBe(5);
  });

  test('is repeated by an empty line', () => {
    const guest = startGuest(CALLS);
    guest.command('n');
    guest.command('');
    expect(guest.line).toBe(guest.lineOf('call'));
  });
});

const TRAPS = `
        .globl  _start
_start: la      t0, trap
        csrw    mtvec, t0
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        la      t0, user
        csrw    mepc, t0
        csrw    mstatus, zero
        la      sp, stack
        mret                    # leaving

user:   li      a0, 1           # user
        ecall                   # trapping
        addi    a0, a0, 1       # back
stop:   j       stop

        .balign 4
trap:   csrr    t1, mepc        # handler
        addi    t1, t1, 4
        csrw    mepc, t1
        addi    a0, a0, 100
        mret

        .bss
        .balign 16
        .space  256
stack:
`;

describe('a trap to a higher mode', () => {
  test('is passed over by steps of lines', () => {
    for (const step of ['s', 'n']) {
      const guest = startGuest(TRAPS);
      guest.command('until user');
      guest.command(step);
      guest.command(step);
      expect(guest.line).toBe(guest.lineOf('back'));
      expect(guest.command('where')[0]).toMatch(/U-mode$/);
      expect(guest.command('p $a0')).toEqual(['$a0 = 0x00000065 (101)']);
    }
  });

  test('is followed by a step of an instruction', () => {
    const guest = startGuest(TRAPS);
    guest.command('until user');
    guest.command('si 2');
    expect(guest.line).toBe(guest.lineOf('handler'));
    expect(guest.command('p $mcause')).toEqual([
      '$mcause = 0x00000008  exception 8: environment call from U-mode',
    ]);
    guest.command('out');
    expect(guest.line).toBe(guest.lineOf('back'));
  });

  test('stops a step where a breakpoint is in its handler', () => {
    const guest = startGuest(TRAPS);
    guest.command('until user');
    guest.command('b trap');
    guest.command('n');
    expect(guest.command('n')[0]).toMatch(/^breakpoint 1: trap .*M-mode$/);
  });

  test('a step over the return to a lower mode stops there', () => {
    const guest = startGuest(TRAPS);
    guest.command(`until ${guest.lineOf('leaving')}`);
    guest.command('n');
    expect(guest.line).toBe(guest.lineOf('user'));
  });
});

describe('a guest', () => {
  test('that waits for nothing stops the command', () => {
    const guest = startGuest('.globl _start\n_start: wfi\n j _start');
    expect(guest.command('c')[0]).toMatch(/waits for input/);
  });

  test('that waits for the timer is stepped from its interrupt on', () => {
    const guest = startGuest(`
        .globl  _start
_start: la      t0, trap
        csrw    mtvec, t0
        li      t0, 0x2004000           # mtimecmp
        li      t1, 1000
        sw      zero, 4(t0)
        sw      t1, 0(t0)
        li      t1, 0x80
        csrw    mie, t1
        csrsi   mstatus, 8
        wfi                             # waiting
        nop
        .balign 4
trap:   j       trap
`);
    guest.command(`until ${guest.lineOf('waiting')}`);
    guest.command('si 2');
    expect(guest.line).toBe(guest.lineOf('trap'));
    expect(guest.command('p $mcause')[0]).toContain('interrupt 7: machine timer interrupt');
  });

  test('that has switched off can only be reset', () => {
    const guest = startGuest(
      '.globl _start\n_start: li t0, 0x100000\n li t1, 0x5555\n sw t1, 0(t0)\n j .',
    );
    expect(guest.command('c')).toEqual(['the guest has switched off with code 0']);
    expect(() => guest.command('c')).toThrow('reset starts it anew');
    guest.command('reset');
    expect(guest.command('c')).toEqual(['the guest has switched off with code 0']);
  });

  test('runs for as many cycles as it is told', () => {
    const guest = startGuest('.globl _start\n_start: j _start');
    const { cycle } = guest.session.guest;
    expect(guest.command('c 12345')[0]).toBe('the cycles are over');
    expect(guest.session.guest.cycle - cycle).toBe(12345);
  });

  test('is stopped when it has printed what is waited for', () => {
    const guest = startGuest(`
        .globl  _start
_start: li      t0, 0x10000000
        li      t1, 'a'
more:   sb      t1, 0(t0)
        addi    t1, t1, 1
        j       more
`);
    guest.command('wait def');
    expect(guest.session.console.takeLines()).toEqual(['abcdef']);
    guest.command('wait hi');
    expect(guest.session.console.takeLines()).toEqual(['ghi']);
  });
});
