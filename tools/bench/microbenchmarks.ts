/**
 * What single things cost in the in-order clock model, measured by programs that do nothing else: the
 * difference between doing a thing so often and twice as often, so that what is around it drops out.
 */
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { PRESETS } from '../../machine/timing/inorder/parameters.ts';
import { assemble, formatAssemblyError } from '../assembler/assemble.ts';
import { link } from '../linker/link.ts';

const RAM_BYTES = 64 * 2 ** 20;
const LIMIT_CYCLES = 10_000_000;
const TIMES = 96;
const RESULT_REGISTER = 9;

export interface Microbenchmark {
  readonly subject: string;
  /** Cycles that one takes by the parameters of the preset `u54`. */
  readonly intended: number;
  /** How they come about. */
  readonly because: string;
  /** What comes before, once; a0 points to free memory. */
  readonly before?: string;
  /** The thing, written `times` times; the times are in t2. */
  readonly body: (times: number) => string;
}

const repeated = (text: string) => (times: number) => `${text}\n`.repeat(times);

/** Has a0 go round `count` words, `stride` bytes apart, each of which points to the next. */
function ring(count: number, stride: number): string {
  return `
    mv a1, a0
    li a2, ${count - 1}
    li a3, ${stride}
9:  add a4, a1, a3
    sw a4, 0(a1)
    mv a1, a4
    addi a2, a2, -1
    bnez a2, 9b
    sw a0, 0(a1)
    li a2, ${2 * count}
8:  lw a0, 0(a0)
    addi a2, a2, -1
    bnez a2, 8b`;
}

/** Has a1 point to one line after the other of 16 that share a set of L1. */
const NEXT_LINE = 'add a5, a5, a3\nand a5, a5, a4\nor a1, a0, a5';
const NEXT_LINE_BEFORE = 'li a3, 4096\nli a4, 0xffff\nli a5, 0';

const WORDS_PER_LINE = 16;
const CLEAR_LINE = Array.from({ length: WORDS_PER_LINE }, (_, i) => `sw zero, ${4 * i}(a1)`).join(
  '\n',
);

/** Data is translated from here on, by superpages that map memory to itself. */
const TRANSLATE = `
    la a1, root
    li a2, 0x200000cf
    li a3, 0x100000
    li a4, 16
    li a5, 2048
    add a5, a5, a1
7:  sw a2, 0(a5)
    add a2, a2, a3
    addi a5, a5, 4
    addi a4, a4, -1
    bnez a4, 7b
    li a2, -1
    csrw pmpaddr0, a2
    li a2, 0x1f
    csrw pmpcfg0, a2
    srli a1, a1, 12
    li a2, 0x80000000
    or a1, a1, a2
    csrw satp, a1
    li a1, 0x20800
    csrs mstatus, a1`;

/** The same in S-mode: fetches are translated as well. */
const SUPERVISE = `${TRANSLATE}
    li a1, -1
    csrw mcounteren, a1
    la a1, 7f
    csrw mepc, a1
    mret
    .align 2
7:`;

const JUMPED_PAGES = 48;

/** A round of jumps, each to another page and to another line of the cache. */
function jumpFromPageToPage(): string {
  const jumps = Array.from(
    { length: JUMPED_PAGES },
    (_, page) => `j 7f\n.balign 4096\n.zero ${64 * (page + 1)}\n7:`,
  );
  return `1: ${jumps.join('\n')}\naddi t2, t2, -1\nbeqz t2, 7f\nj 1b\n7:`;
}

export const MICROBENCHMARKS: readonly Microbenchmark[] = [
  {
    subject: 'dependent add',
    intended: 1,
    because: 'results are forwarded to the next instruction',
    body: repeated('addi a2, a2, 1'),
  },
  {
    subject: 'load of a word, and its use',
    intended: 3,
    because: 'two instructions; the word is there a cycle too late',
    body: repeated('lw a1, 0(a0)\nadd a2, a1, a1'),
  },
  {
    subject: 'load of a byte, and its use',
    intended: 4,
    because: 'one cycle more to extend it',
    body: repeated('lbu a1, 0(a0)\nadd a2, a1, a1'),
  },
  {
    subject: 'dependent multiplication',
    intended: 5,
    because: 'multiplyLatency',
    body: repeated('mul a2, a2, a2'),
  },
  {
    subject: 'six independent multiplications',
    intended: 6,
    because: 'the multiplier is pipelined',
    body: repeated(
      ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map((rd) => `mul ${rd}, s2, s3`).join('\n'),
    ),
  },
  {
    subject: 'division of 1000 by 1',
    intended: 12,
    because: 'divideShortest and ten bits of quotient',
    before: 'li a1, 1000\nli a2, 1',
    body: repeated('div a3, a1, a2'),
  },
  {
    subject: 'branch that is not taken',
    intended: 1,
    because: 'predicted',
    body: repeated('bnez zero, .'),
  },
  {
    subject: 'loop of an add and a taken branch',
    intended: 2,
    because: 'predicted, its target known',
    body: () => '1: addi t2, t2, -1\nbnez t2, 1b',
  },
  {
    subject: 'jump whose target is not known',
    intended: 4,
    because: 'one, and mispredictPenalty',
    body: repeated('j .+4'),
  },
  {
    subject: 'branch that is taken against the prediction',
    intended: 4,
    because: 'one, and mispredictPenalty; 96 branches take turns in 30 targets',
    body: repeated('beqz zero, .+4'),
  },
  {
    subject: 'loop of a call, a return, an add and a branch',
    intended: 4,
    because: 'the return stack knows where to go',
    body: () => '1: jal ra, 2f\naddi t2, t2, -1\nbnez t2, 1b\nj 3f\n2: ret\n3:',
  },
  {
    subject: 'store that hits L1',
    intended: 1,
    because: 'the store buffer sends one each cycle',
    body: repeated('sw a1, 0(a0)'),
  },
  {
    subject: 'store that misses L1 and hits L2, and where it goes',
    intended: 17,
    because: 'one and sharedLatency for each, when the store buffer is full; 16 lines take turns',
    before: NEXT_LINE_BEFORE,
    body: repeated(`${NEXT_LINE}\nsw zero, 0(a1)`),
  },
  {
    subject: 'the same, and a fence',
    intended: 27,
    because:
      'the store leaves 23 cycles after the first fetch; the fence ends fencePenalty − 1 later',
    before: NEXT_LINE_BEFORE,
    body: repeated(`${NEXT_LINE}\nsw zero, 0(a1)\nfence`),
  },
  {
    subject: 'line of 16 words, in no cache, that is cleared',
    intended: 132,
    because: 'one for each store; sharedLatency and memoryLatency for the first',
    before: 'mv a1, a0',
    body: () => `1: ${CLEAR_LINE}\naddi a1, a1, 64\naddi t2, t2, -1\nbnez t2, 1b`,
  },
  {
    subject: 'dependent load that hits L1',
    intended: 2,
    because: 'loadLatency',
    before: ring(4, 64),
    body: repeated('lw a0, 0(a0)'),
  },
  {
    subject: 'dependent load that misses L1 and hits L2',
    intended: 18,
    because: 'loadLatency and sharedLatency; 16 lines take turns in a set of 8',
    before: ring(16, 4096),
    body: repeated('lw a0, 0(a0)'),
  },
  {
    subject: 'dependent load from memory',
    intended: 118,
    because: 'and memoryLatency; 24 lines take turns in a set of 16 of L2',
    before: ring(24, 131_072),
    body: repeated('lw a0, 0(a0)'),
  },
  {
    subject: 'jump to a line that misses L1 and hits L2',
    intended: 20,
    because: 'one, sharedLatency and mispredictPenalty',
    body: repeated('j 7f\n.balign 4096\n7:'),
  },
  {
    subject: 'dependent load that misses the D-TLB',
    intended: 5,
    because: 'loadLatency and sharedTranslationLatency; 48 pages take turns in 32 entries',
    before: `${TRANSLATE}${ring(48, 4096 + 64)}`,
    body: repeated('lw a0, 0(a0)'),
  },
  {
    subject: 'dependent load that walks the page table',
    intended: 6,
    because: 'and one cycle to read a superpage’s entry, in L1',
    before: `${TRANSLATE}${ring(48, 4096 * 128 + 64)}`,
    body: repeated('lw a0, 0(a0)'),
  },
  {
    subject: 'round of 49 jumps to pages that miss the I-TLB',
    intended: 345,
    because: '49 × (1 + mispredictPenalty + sharedTranslationLatency), an add and a branch',
    before: SUPERVISE,
    body: jumpFromPageToPage,
  },
  {
    subject: 'write of a CSR',
    intended: 6,
    because: 'one, and csrWritePenalty; mscratch, mepc and the like: one',
    body: repeated('csrw mcounteren, zero'),
  },
  {
    subject: 'fence, with nothing to wait for',
    intended: 6,
    because: 'one, and fencePenalty',
    body: repeated('fence'),
  },
  {
    subject: 'ecall, a handler of four instructions, mret',
    intended: 15,
    because:
      'five and trapPenalty; mepc read, and two cycles later used; returnPenalty: 1 + 4, 1, 1 + 2, 1, 1 + 4',
    before: 'la a1, handler\ncsrw mtvec, a1',
    body: repeated('ecall'),
  },
];

/** Cycles that one takes. */
export function measure(benchmark: Microbenchmark): number {
  return (cyclesOf(benchmark, 2 * TIMES) - cyclesOf(benchmark, TIMES)) / TIMES;
}

/** Cycles of doing it so often, when it was done as often before. */
function cyclesOf({ subject, before = '', body }: Microbenchmark, times: number): number {
  const source = `
    .globl _start
_start:
    li a0, 0x80400000
    ${before}
    li s1, 2
again:
    li t2, ${times}
    csrr s4, cycle
    ${body(times)}
    csrr s5, cycle
    addi s1, s1, -1
    beqz s1, over
    j again
over:
    sub s1, s5, s4
    wfi
    j over
    .align 2
handler:
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    mret
    .section .bss
    .align 12
root:
    .zero 4096
`;
  const assembled = assemble(source, subject);
  if (assembled.errors !== undefined) {
    throw new Error(assembled.errors.map(formatAssemblyError).join('\n'));
  }
  const linked = link({ objects: [assembled.object], entry: '_start', textOrigin: RAM_BASE });
  if (linked.errors !== undefined) {
    throw new Error(linked.errors.map(({ message }) => `${subject}: ${message}`).join('\n'));
  }
  const { machine } = createVirtMachine({
    ramBytes: RAM_BYTES,
    harts: 1,
    serial: { transmit: () => undefined },
    inorder: PRESETS.u54,
  });
  for (const { address, bytes } of linked.image.segments) machine.writePhysical(address, bytes);
  const result = machine.run(LIMIT_CYCLES, { idle: 'stop' });
  if (result.reason !== 'waiting') throw new Error(`${subject} did not end: ${result.reason}`);
  return machine.harts[0].readRegister(RESULT_REGISTER);
}

/** The table in docs/machine.md. */
export function formatMicrobenchmarks(): string {
  const rows = MICROBENCHMARKS.map(
    (each) => `| ${each.subject} | ${each.intended} | ${measure(each)} | ${each.because} |`,
  );
  return ['| | intended | measured | |', '|---|---|---|---|', ...rows].join('\n');
}
