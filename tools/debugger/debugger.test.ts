/** Breakpoints, places, values and memory, on small guests. */
import { describe, expect, test } from 'vitest';
import { startGuest } from './testing/small-guest.ts';

const GUEST = `
        .globl  _start
_start: la      sp, stack
        li      a0, 42
        li      a1, -2
        li      a2, 0
loop:   addi    a2, a2, 1       # turning
        nop
        j       loop

        .balign 4
text:   .ascii  "Hi\\033[31m!"
        .byte   0
        .bss
        .balign 16
        .space  64
stack:
`;

describe('breakpoints', () => {
  test('by symbol, file and line, line and address mean the same place', () => {
    const guest = startGuest(GUEST);
    const line = guest.lineOf('loop');
    const address = `0x${guest.addressOf('loop').toString(16)}`;
    for (const place of [
      'loop',
      `guest.s:${line}`,
      `${line}`,
      `*${address}`,
      'guest:loop',
      address,
    ]) {
      expect(guest.command(`b ${place}`)[0]).toContain(address);
    }
    expect(guest.command('info breakpoints')).toHaveLength(6);
  });

  test('stop each time they are met, and count', () => {
    const guest = startGuest(GUEST);
    guest.command('b loop');
    for (let turn = 0; turn < 3; turn++) {
      expect(guest.command('c')[0]).toMatch(/^breakpoint 1: loop at guest\.s:/);
      expect(guest.command('p $a2')).toEqual([`$a2 = 0x0000000${turn} (${turn})`]);
    }
    expect(guest.command('info breakpoints')).toEqual([expect.stringMatching(/met 3 times$/)]);
  });

  test('are deleted one by one, and two at one place are two', () => {
    const guest = startGuest(GUEST);
    guest.command('b loop');
    guest.command(`b ${guest.lineOf('loop')}`);
    guest.command('delete 1');
    expect(guest.command('c')[0]).toMatch(/^breakpoint 2/);
    guest.command('delete');
    expect(guest.command('c 1000')[0]).toBe('the cycles are over');
    expect(guest.command('info b')).toEqual(['there is no breakpoint: b LOCATION sets one']);
  });

  test('on a line without code move to the next that has some, and say so', () => {
    const guest = startGuest(`
        .globl _start
_start: nop

# nothing here
        nop             # next
        j       .`);
    const line = guest.lineOf('next');
    expect(guest.command(`b ${line - 1}`)[0]).toBe(
      `line ${line - 1} has no code: line ${line} is taken`,
    );
    expect(() => guest.command('b 999')).toThrow('guest.s has no code at line 999 or after it');
  });
});

describe('what is asked for wrongly', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['b', 'a place is missing: SYMBOL, FILE:LINE, LINE or *ADDRESS'],
    ['b lop', 'no symbol "lop": did you mean loop?'],
    ['b *0x80000001', '0x80000001 is no instruction: they begin at multiples of 4'],
    ['b other.s:1', 'no code comes from a file "other.s": info files lists what there is'],
    ['delete 7', 'there is no breakpoint 7: info breakpoints lists them'],
    ['p 0x100000000', '0x100000000 has more than 32 bits'],
    ['p a0', 'no symbol "a0": write $a0'],
    ['p $a9', 'no register "$a9": info registers and info csrs list them'],
    ['p 1 2', '"1 2" is no value: write 0x80400000, $sp+16, or a symbol'],
    ['p', 'a value is missing: write 0x80400000, $sp+16, or a symbol'],
    ['x/5000 $sp', 'x shows 1 to 4096 elements, not 5000'],
    ['x/xx 0', '"/xx" is no format: write x/8xw (count; x d u i s; b h w)'],
    ['x', 'an address is missing: x/8xw $sp, x/s 0x80407000, x/4i kernel_main'],
    ['si many', '"many" is no number of instructions: write one from 1 on, or nothing'],
    ['n 5', 'next takes nothing after it, not "5"'],
    [
      'info everything',
      'info everything: registers, csrs, breakpoints, processes, images, files, pipeline',
    ],
    ['contineu', 'no command "contineu": did you mean continue?'],
    ['%', 'no command "%": help lists the commands'],
  ];
  test.each(wrong)('%s', (line, message) => {
    expect(() => startGuest(GUEST).command(line)).toThrow(message);
  });

  test('a name that begins several commands is not guessed', () => {
    expect(() => startGuest(GUEST).command('st')).toThrow(
      '"st" may be stepi or stepc or step: write more of it',
    );
  });
});

describe('values and memory', () => {
  test('print as what they are', () => {
    const guest = startGuest(GUEST);
    guest.command('until loop');
    const loop = guest.addressOf('loop').toString(16);
    expect(guest.command('p $a0')).toEqual(['$a0 = 0x0000002a (42)']);
    expect(guest.command('p $a1 + 1')).toEqual(['$a1 + 1 = 0xffffffff (4294967295, -1)']);
    expect(guest.command('p loop+8-4')[0]).toMatch(new RegExp(`\\(\\d+, -\\d+\\) <loop\\+0x4>$`));
    expect(guest.command('p $pc')[0]).toContain(loop);
    expect(guest.command('sym loop')).toEqual([`0x${loop}  guest  loop`]);
  });

  test('are shown in the format asked for, with guest text made harmless', () => {
    const guest = startGuest(GUEST);
    const address = guest.addressOf('text').toString(16);
    expect(guest.command('x/s text')).toEqual([`0x${address}  "Hi^[[31m!"`]);
    expect(guest.command('x/2xh text')).toEqual([`${address}  6948  5b1b`]);
    expect(guest.command('x/3ub text')).toEqual([`${address}  72  105  27`]);
    expect(guest.command('x/9 text')).toEqual([
      `${address}  48 69 1b 5b 33 31 6d 21 00                       |Hi.[31m!.|`,
    ]);
    expect(guest.command('x/2i _start')[0]).toMatch(/^=> 80000000 {2}auipc +sp,/);
    expect(guest.command('xp/1xw 0')).toEqual(['00000000  ????????']);
  });

  test('source is listed around the pc, then on', () => {
    const guest = startGuest(GUEST);
    guest.command('until loop');
    const [title, ...lines] = guest.command('list');
    expect(title).toBe('guest.s:');
    expect(lines.filter((line) => line.startsWith('->'))).toEqual([
      expect.stringMatching(/# turning$/),
    ]);
    expect(guest.command('list')[1]).toMatch(/^ +\d+ /);
  });
});
