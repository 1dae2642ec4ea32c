/** Going by cycles in the debugger, both ways, and what is on its way meanwhile. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PRESETS } from '../../machine/timing/inorder/parameters.ts';
import { startGuest, type SmallGuest } from './testing/small-guest.ts';

const LOOP = `
        .globl  _start
_start: la      a0, word        # first
        li      a3, 3
loop:   lw      a1, (a0)        # load
        add     a2, a2, a1      # use
        addi    a3, a3, -1      # count
        bnez    a3, loop        # again
        div     a4, a0, a1      # divide
        mv      a5, a4          # quotient
stop:   j       stop            # stop

        .balign 64
word:   .word   7
`;

const ROUNDS = `
        .globl  _start
_start: la      a0, word
        li      a3, 100
loop:   lw      a1, (a0)
        add     a2, a2, a1
        addi    a3, a3, -1
        bnez    a3, loop
        lw      a4, 1024(a0)    # miss
        add     a5, a4, a4
stop:   j       stop

        .balign 64
word:   .word   7
`;

const WORD = 7;

function stages(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines
      .filter((line) => /^(IF|ID|EX|MEM|WB) /.test(line))
      .map((line) => [line.slice(0, 3).trim(), line.slice(5).replace(/^80[0-9a-f]{6} +/, '')]),
  );
}

function written(guest: SmallGuest, name: string): number {
  const lines = guest.command('info writeback').join('  ');
  return parseInt(new RegExp(`\\b${name} +([0-9a-f]{8})`).exec(lines)?.[1] ?? '', 16);
}

test('a cycle moves each instruction on by a stage, and says why one waits', () => {
  const guest = startGuest(LOOP, 1, PRESETS.e31);
  guest.command('until loop');
  const { machine } = guest.session.guest;
  const start = machine.cycle;
  const seen = [0, 1, 2, 3].map(() => stages(guest.command('stepc')));
  expect(machine.cycle).toBe(start + 4);
  expect(seen.map(({ IF }) => IF)).toEqual([
    expect.stringMatching(/^add /),
    expect.stringMatching(/^addi .*waits: load-use$/),
    expect.stringMatching(/^addi /),
    expect.stringMatching(/^bnez /),
  ]);
  expect(seen.map(({ ID }) => ID)).toEqual([
    expect.stringMatching(/^lw /),
    expect.stringMatching(/^add .*waits: load-use$/),
    expect.stringMatching(/^add /),
    expect.stringMatching(/^addi /),
  ]);
  expect(seen[3].EX).toMatch(/^add /);
  expect(seen[3].WB).toMatch(/^lw /);
  expect(seen[3].MEM).toBe('-');
});

test('the guide shows what it prints', () => {
  const guest = startGuest(LOOP, 1, PRESETS.e31);
  guest.command('until loop');
  guest.command('stepc');
  const shown = ['(vitrine) stepc', ...guest.command('stepc')].join('\n');
  expect(readFileSync(new URL('../../docs/debugger.md', import.meta.url), 'utf8')).toContain(shown);
});

test('a diagram shows the loop of docs/machine.md as it is predicted there', () => {
  const guide = readFileSync(new URL('../../docs/machine.md', import.meta.url), 'utf8');
  const program = /`loop\.s`:\n\n((?: {4}.*\n)+)/.exec(guide)?.[1] ?? '';
  const guest = startGuest(program, 1, PRESETS.u54);
  const commands = ['continue 500', 'until loop', 'diagram 10'];
  for (const command of commands) expect(guide).toContain(`\`${command}\``);
  const [, , drawn] = commands.map((command) => guest.command(command));
  expect(guide).toContain(drawn.join('\n'));
  expect(drawn).toContainEqual(expect.stringMatching(/^8\w+ +bnez .* again after 5 cycles$/));
});

test('a diagram leaves out cycles in which nothing moves', () => {
  const guest = startGuest(ROUNDS, 1, PRESETS.u54);
  guest.command(`until ${guest.lineOf('miss')}`);
  const [head, ...rows] = guest.command('diagram 130');
  expect(head).toMatch(/ 5 +\.\. +120 /);
  expect(rows.find((row) => row.includes('lw '))).toMatch(/MEM MEM MEM +WB$/);
  expect(head.length).toBeLessThan(140);
});

test('back by cycles shows the same as on the way there', () => {
  const guest = startGuest(LOOP, 1, PRESETS.u54);
  guest.command('until loop');
  const shown = Array.from({ length: 12 }, () => guest.command('stepc'));
  for (let index = shown.length - 2; index >= 0; index--) {
    expect(guest.command('backc')).toEqual(shown[index]);
  }
  guest.command('stepc 11');
  expect(guest.command('backc 11')).toEqual(shown[0]);
  expect(guest.command('backc 1000000')[0]).toBe('here the history begins');
});

test('registers as of WB have what older instructions have done, and no more', () => {
  const guest = startGuest(LOOP, 1, PRESETS.e31);
  guest.command('until loop');
  const { machine } = guest.session.guest;
  const before = written(guest, 'a1');
  const values: number[] = [];
  const states: string[] = [];
  for (let cycle = 0; cycle < 8; cycle++) {
    guest.command('stepc');
    states.push(machine.describeState());
    values.push(written(guest, 'a1'));
    expect(machine.describeState()).toBe(states[cycle]);
  }
  // The load is in WB at the end of the fourth cycle: a1 is there from the fifth on.
  expect(guest.command('p $a1')[0]).toContain(`(${WORD})`);
  expect(values).toEqual([before, before, before, before, WORD, WORD, WORD, WORD]);
});

test('a quotient that is still worked out is said to be', () => {
  const guest = startGuest(LOOP, 1, PRESETS.e31);
  guest.command(`until ${guest.lineOf('quotient')}`);
  const lines = guest.command('stepc 2');
  expect(lines.at(-1)).toMatch(/^a4 can be used in EX in \d+ cycles: divide$/);
});

test('a breakpoint ends a way by cycles when its instruction is fetched', () => {
  const guest = startGuest(LOOP, 1, PRESETS.u54);
  guest.command(`b ${guest.lineOf('divide')}`);
  expect(guest.command('stepc 10000')[0]).toMatch(/^breakpoint 1:/);
  expect(guest.command('p $a3')[0]).toContain('(0)');
  expect(guest.command('stepc')[0]).toMatch(/^cycle \d+: /);
});

test('in the functional model a cycle is an instruction', () => {
  const guest = startGuest(LOOP);
  guest.command('until loop');
  expect(guest.command('stepc')).toHaveLength(1);
  expect(guest.line).toBe(guest.lineOf('use'));
  guest.command('sc 2');
  expect(guest.line).toBe(guest.lineOf('again'));
  guest.command('rsc');
  expect(guest.line).toBe(guest.lineOf('count'));
});

test('several harts pass a cycle together', () => {
  const guest = startGuest(LOOP, 2, PRESETS.u54);
  guest.command('until loop');
  const { machine } = guest.session.guest;
  guest.command('hart 1');
  const shown = Array.from({ length: 6 }, () => guest.command('stepc'));
  const cycle = machine.cycle;
  expect(guest.command('backc')).toEqual(shown[4]);
  guest.command('stepc');
  expect(machine.cycle).toBe(cycle);
  const state = machine.describeState();
  guest.command('info writeback');
  expect(machine.describeState()).toBe(state);
});
