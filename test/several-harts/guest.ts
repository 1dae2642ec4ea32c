/** Guests with several harts, in assembly. */
import { createVirtMachine } from '../../machine/boards/virt.ts';
import type { Machine, RunResult } from '../../machine/machine.ts';
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';

export const RAM = 0x8000_0000;
export const RAM_BYTES = 2 ** 20;
/** Far more than any of these guests takes. */
const BUDGET = 5_000_000;

export interface Guest {
  readonly machine: Machine;
  readonly at: (label: string) => number;
  /** The word at a label. */
  readonly word: (label: string) => number;
  readonly run: (budget?: number) => RunResult;
}

/** A guest at the start of RAM on the `virt` board; every hart begins at `_start`, a0 = its number. */
export function start(harts: number, source: string): Guest {
  const { object, errors } = assemble(`.globl _start\n_start:\n${source}`, 'guest.s');
  if (object === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM });
  if (image === undefined) throw new Error('the guest does not link');
  const serial = { transmit: () => undefined };
  const { machine } = createVirtMachine({ ramBytes: RAM_BYTES, harts, serial });
  for (const { address, bytes } of image.segments) machine.writePhysical(address, bytes);
  for (const hart of machine.harts) {
    hart.pc = RAM;
    hart.writeRegister(10, hart.state.index);
  }
  const at = (label: string): number => {
    const symbol = image.symbols.find(({ name }) => name === label);
    if (symbol === undefined) throw new Error(`there is no label ${label}`);
    return symbol.address;
  };
  return {
    machine,
    at,
    word: (label) => machine.memory.read(at(label), 4) ?? NaN,
    run: (budget = BUDGET) => machine.run(budget, { idle: 'skip' }),
  };
}

/** Hart 0 powers off when all harts have counted themselves in at `done`. */
export const finish = (harts: number) => `
finish: la      t0, done
        li      t1, 1
        amoadd.w zero, t1, (t0)
        bnez    a0, halt
1:      lw      t1, (t0)
        li      t2, ${harts}
        bne     t1, t2, 1b
        li      t0, 0x100000
        li      t1, 0x5555
        sw      t1, (t0)
halt:   wfi
        j       halt
        .balign 4
done:   .word   0
`;

/** How often each hart adds to each counter. */
export const ROUNDS = 300;

/** Each hart adds to one counter with LR and SC, to another with AMO, and takes a lock around a third. */
export const COUNTERS = `
        la      s0, counters
        li      s1, ${ROUNDS}
loop:   lr.w    t0, (s0)
        addi    t0, t0, 1
        sc.w    t1, t0, (s0)
        bnez    t1, loop
        li      t0, 1
        addi    t2, s0, 4
        amoadd.w zero, t0, (t2)
        addi    t2, s0, 8
1:      amoswap.w.aq t1, t0, (t2)
        bnez    t1, 1b
        lw      t1, 12(s0)
        nop
        addi    t1, t1, 1
        sw      t1, 12(s0)
        amoswap.w.rl zero, zero, (t2)
        addi    s1, s1, -1
        bnez    s1, loop
        j       finish
        .balign 4
counters: .word 0, 0, 0, 0
`;

/** Hart 0 reserves, lets hart 1 do something, and stores; a5 says whether that failed. */
export const between = (action: string) => `
        la      s0, word
        la      s1, turn
        bnez    a0, other
        lr.w    t0, (s0)
        li      t1, 1
        sw      t1, (s1)
1:      lw      t1, (s1)
        addi    t1, t1, -2
        bnez    t1, 1b
        sc.w    a5, t0, (s0)
        j       finish
other:  lw      t1, (s1)
        beqz    t1, other
        ${action}
        li      t1, 2
        sw      t1, (s1)
        j       finish
${finish(2)}
        .balign 4
word:   .word   5, 5
turn:   .word   0
`;
/** Hart 1 executes what hart 0 then replaces, again and again; its a5 says what it executed last. */
export const PATCHED = `
        la      s0, patch
        bnez    a0, other
        la      t0, flag
1:      lw      t1, (t0)
        beqz    t1, 1b
        lw      t1, fresh
        sw      t1, (s0)
        li      t1, 2
        sw      t1, (t0)
        j       finish
other:  call    patch
        la      t0, flag
        li      t1, 1
        sw      t1, (t0)
2:      call    patch
        lw      t1, flag
        addi    t1, t1, -2
        bnez    t1, 2b
        fence.i
        call    patch
        j       finish
        .balign 4
patch:  addi    a5, zero, 1
        ret
fresh:  addi    a5, zero, 2
flag:   .word   0
${finish(2)}`;

/**
 * Both harts run in S-mode on one table. Hart 1 reads through 0x400000 until hart 0 has mapped that
 * elsewhere: its a6 has what it read first, a5 what it read last.
 */
const MAPPED_TWICE = `
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        la      t0, root
        srli    t0, t0, 12
        li      t1, 0x80000000
        or      t0, t0, t1
        csrw    satp, t0
        li      t0, 0x1800
        csrc    mstatus, t0
        li      t0, 0x800
        csrs    mstatus, t0
        la      t0, super
        csrw    mepc, t0
        mret
super:  bnez    a0, other
        li      t1, 1500
1:      addi    t1, t1, -1
        bnez    t1, 1b
        la      t0, leaf
        la      t1, page2
        srli    t1, t1, 2
        ori     t1, t1, 0xcf
        sw      t1, (t0)
        j       finish
other:  li      t0, 0x400000
        lw      a6, (t0)
2:      lw      a5, (t0)
        beq     a5, a6, 2b
        j       finish
${finish(2)}
        .balign 4096
page1:  .word   1
        .balign 4096
page2:  .word   2
        .balign 4096
leaf:   .zero   4096
root:   .zero   4096
`;

/** The same, with its tables set up. */
export function mappedTwice(): Guest {
  const guest = start(2, MAPPED_TWICE);
  const { machine, at } = guest;
  const set = (table: string, index: number, target: number, flags: number) => {
    machine.memory.write(at(table) + index * 4, 4, ((target >>> 12) << 10) | flags);
  };
  set('root', RAM >>> 22, RAM, 0xcf);
  set('root', 0, 0, 0xcf);
  set('root', 1, at('leaf'), 1);
  set('leaf', 0, at('page1'), 0xcf);
  return guest;
}
