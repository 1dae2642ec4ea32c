/**
 * A guest on the bare board that consumes everything that comes from outside: bytes at the serial line
 * and the virtio console, frames, random bytes, the clocks, sectors of its disk; by polling and by
 * interrupts, on every hart. What each hart does, in which order, follows from a seed; all that it sees
 * is mixed into a register, from which its next stores, requests and messages follow. `!` typed at the
 * serial line makes it reset the machine.
 */
import { Random } from '../../machine/engine/testing/random-programs.ts';
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';
import type { Part } from '../../tools/host/boot-plan.ts';

export const RAM_BASE = 0x8000_0000;

const UART = 0x1000_0000;
const SLOTS = { disk: 0x1000_1000, net: 0x1000_2000, console: 0x1000_3000, entropy: 0x1000_4000 };
/** Each queue has this much: descriptors, available ring, used ring, buffers of 2 KiB. */
const QUEUE_BYTES = 0x8000;
const FIRST_QUEUE = RAM_BASE + 0x4_0000;
const BUFFERS = 0x2000;
const BUFFER_BYTES = 2048;
/** Where a queue's page of descriptors keeps how much of the used ring has been seen. */
const SEEN = 0x300;
const STACK_BYTES = 512;
const ACTIONS = 24;

interface Queue {
  readonly slot: number;
  readonly index: number;
  readonly place: number;
  /** Buffers that the device fills; 0: the guest sends from one. */
  readonly buffers: number;
}

const queue = (at: number, slot: number, index: number, buffers: number): Queue => {
  return { slot, index, buffers, place: FIRST_QUEUE + at * QUEUE_BYTES };
};

const QUEUES = {
  disk: queue(0, SLOTS.disk, 0, 0),
  net: queue(1, SLOTS.net, 0, 4),
  netOut: queue(2, SLOTS.net, 1, 0),
  console: queue(3, SLOTS.console, 0, 4),
  consoleOut: queue(4, SLOTS.console, 1, 0),
  entropy: queue(5, SLOTS.entropy, 0, 2),
};

/** Mixes a register into s11. */
const mix = (register: string): string => `
        xor     s11, s11, ${register}
        slli    t6, s11, 5
        srli    s11, s11, 27
        or      s11, s11, t6`;

/** Looks at a queue that the device fills: what is new is mixed, and its buffer offered again. */
const serve = ({ slot, index, place }: Queue): string => `
        li      a0, ${slot}
        li      a1, ${place}
        li      a2, ${index}
        call    serve`;

/** Sends one buffer with what s11 says, unless the one before is still on its way. */
const send = ({ slot, index, place }: Queue, parts: number): string => `
        li      a0, ${slot}
        li      a1, ${place}
        li      a2, ${index}
        li      a3, ${parts}
        call    send`;

const ARITHMETIC = ['add', 'sub', 'xor', 'mul', 'sltu', 'sll', 'srl', 'divu', 'remu'] as const;

function action(random: Random, hart: number, harts: number): string {
  const label = `l${hart}_${random.word()}`;
  switch (random.below(hart === 0 ? 16 : 9)) {
    case 0:
      return `
        li      s0, ${UART}
        lbu     t0, 5(s0)
        andi    t0, t0, 1
        beqz    t0, ${label}
        call    takeByte
${label}:`;
    case 1:
      return `
        li      s0, 0x101000
        lw      t0, (s0)${mix('t0')}`;
    case 2:
      return `
        li      s0, 0x200bff8
        lw      t0, (s0)${mix('t0')}`;
    case 3:
      return `
        csrr    t0, mcycle${mix('t0')}
        csrr    t0, minstret${mix('t0')}`;
    case 4:
      return `
        wfi`;
    case 5:
      return `
        li      t0, ${0x200_0000 + 4 * random.below(harts)}
        li      t1, 1
        sw      t1, (t0)`;
    case 6:
      return `
        la      t0, shared
        amo${random.pick(['add', 'xor', 'swap'])}.w t1, s11, (t0)${mix('t1')}`;
    case 7:
    case 8:
      return `
        la      t0, table
        andi    t1, s11, 0x7fc
        add     t0, t0, t1
        lw      t1, (t0)
        ${random.pick(ARITHMETIC)} t1, t1, s11
        sw      t1, (t0)${mix('t1')}`;
    case 9:
    case 10:
      return serve(QUEUES.net);
    case 11:
      return serve(QUEUES.console);
    case 12:
      return serve(QUEUES.entropy);
    case 13:
      return send(QUEUES.netOut, 1);
    case 14:
      return send(QUEUES.consoleOut, 1);
    default:
      return send(QUEUES.disk, 3);
  }
}

function setUp({ slot, index, place, buffers }: Queue): string {
  const describe = Array.from({ length: buffers }, (_, at) => [
    `li t1, ${place + BUFFERS + at * BUFFER_BYTES}`,
    `sw t1, ${16 * at}(a1)`,
    `li t1, ${BUFFER_BYTES}`,
    `sw t1, ${16 * at + 8}(a1)`,
    `li t1, 2`,
    `sh t1, ${16 * at + 12}(a1)`,
    `li t1, ${at}`,
    `sh t1, ${260 + 2 * at}(a1)`,
  ]).flat();
  return `
        li      a0, ${slot}
        li      a1, ${place}
        li      a2, ${index}
        call    setUp
${describe.map((line) => `        ${line}\n`).join('')}
        li      t1, ${buffers}
        sh      t1, 258(a1)`;
}

const queues: readonly Queue[] = Object.values(QUEUES);

/** The guest's source. */
function consumerSource(seed: number, harts: number): string {
  const random = new Random(seed);
  const bodies = Array.from({ length: harts }, (_, hart) => {
    const actions = Array.from({ length: ACTIONS }, () => action(random, hart, harts));
    return `
body${hart}:${actions.join('')}
        addi    s11, s11, 1
        j       body${hart}
`;
  });
  const diskPlace = QUEUES.disk.place;
  return `
        .globl  _start
_start: csrr    s10, mhartid
        la      sp, stacks
        addi    t0, s10, 1
        li      t1, ${STACK_BYTES}
        mul     t0, t0, t1
        add     sp, sp, t0
        la      t0, trap
        csrw    mtvec, t0
        li      s11, ${random.word()}
        xor     s11, s11, s10
        bnez    s10, waiting
        ${queues.map(setUp).join('')}
        ${Object.values(SLOTS)
          .map((slot) => `li t0, ${slot}\n li t1, 7\n sw t1, 0x70(t0)\n`)
          .join('')}
        ${queues
          .filter(({ buffers }) => buffers > 0)
          .map(({ slot, index }) => `li t0, ${slot}\n li t1, ${index}\n sw t1, 0x50(t0)\n`)
          .join('')}
        # The disk's request: header, sector, status.
        li      t0, ${diskPlace}
        li      t1, ${diskPlace + BUFFERS}
        sw      t1, (t0)
        li      t2, 16
        sw      t2, 8(t0)
        li      t2, 1 | 1 << 16
        sw      t2, 12(t0)
        addi    t1, t1, 16
        sw      t1, 16(t0)
        li      t2, 512
        sw      t2, 24(t0)
        li      t2, 1 | 2 << 16
        sw      t2, 28(t0)
        addi    t1, t1, 512
        sw      t1, 32(t0)
        li      t2, 1
        sw      t2, 40(t0)
        li      t2, 2
        sw      t2, 44(t0)
        # What is sent: a frame of 64 bytes behind its header, and four bytes.
        ${[
          [QUEUES.netOut.place, 74],
          [QUEUES.consoleOut.place, 4],
        ]
          .map(
            ([place, bytes]) =>
              `li t0, ${place}\n li t1, ${place + BUFFERS}\n sw t1, (t0)\n li t1, ${bytes}\n sw t1, 8(t0)\n`,
          )
          .join('')}
        li      t0, 0x0c000000
        ${[1, 2, 3, 4, 10, 11].map((source) => `li t1, ${1 + random.below(7)}\n sw t1, ${4 * source}(t0)\n`).join('')}
        li      t0, ${UART}
        li      t1, ${random.pick([0, 1, 0x41, 0xc1])}
        sb      t1, 2(t0)
        li      t1, ${random.pick([0, 1, 1])}
        sb      t1, 1(t0)
        la      t0, isReady
        li      t1, 1
        sw      t1, (t0)
waiting:
        la      t0, isReady
1:      lw      t1, (t0)
        beqz    t1, 1b
        # Each hart hears of some devices, of its timer, and of the others.
        li      t0, 0x0c002000
        slli    t1, s10, 8
        add     t0, t0, t1
        li      t1, ${random.pick([0xc1e, 0xc1e, 0x41e, 0x400])}
        sw      t1, (t0)
        call    setTimer
        li      t0, 0x888
        csrw    mie, t0
        csrsi   mstatus, 8
        ${bodies.map((_, hart) => `li t0, ${hart}\n beq s10, t0, body${hart}\n`).join('')}
        ${bodies.join('')}

setTimer:
        li      t0, 0x0200bff8
        lw      t1, (t0)
        andi    t0, s11, 0x7f
        add     t1, t1, t0
        addi    t1, t1, ${20 + random.below(200)}
        li      t0, 0x02004000
        sh3add  t0, s10, t0
        sw      t1, (t0)
        sw      zero, 4(t0)
        ret

takeByte:
        lbu     t0, (s0)${mix('t0')}
        li      t1, '!'
        beq     t0, t1, reset
        sb      t0, (s0)
        ret
reset:  li      t0, 0x100000
        li      t1, 0x7777
        sw      t1, (t0)
        j       reset

setUp:  li      t1, 0
        sw      t1, 0x70(a0)
        li      t1, 3
        sw      t1, 0x70(a0)
        li      t1, 4096
        sw      t1, 0x28(a0)
        add     t2, t1, a1
        sh      zero, 2(t2)
        sh      zero, 256(a1)
        sh      zero, 258(a1)
        sh      zero, ${SEEN}(a1)
        sw      a2, 0x30(a0)
        li      t1, 16
        sw      t1, 0x38(a0)
        li      t1, 4096
        sw      t1, 0x3c(a0)
        srli    t1, a1, 12
        sw      t1, 0x40(a0)
        ret

serve:  li      t0, 4096
        add     t0, t0, a1
        lhu     t1, 2(t0)
        lhu     t2, ${SEEN}(a1)
        beq     t1, t2, 1f
        andi    t1, t2, 15
        sh3add  t0, t1, t0
        addi    t2, t2, 1
        sh      t2, ${SEEN}(a1)
        lw      t3, 4(t0)
        lw      t4, 8(t0)${mix('t4')}
        slli    t0, t3, 4
        add     t0, t0, a1
        lw      t0, (t0)
        lw      t1, (t0)${mix('t1')}
        lw      t1, 12(t0)${mix('t1')}
        lw      t1, 24(t0)${mix('t1')}
        lhu     t0, 258(a1)
        andi    t1, t0, 15
        sh1add  t1, t1, a1
        sh      t3, 260(t1)
        addi    t0, t0, 1
        sh      t0, 258(a1)
        sw      a2, 0x50(a0)
1:      ret

send:   li      t0, 4096
        add     t0, t0, a1
        lhu     t1, 2(t0)
        lhu     t2, 258(a1)
        bne     t1, t2, 2f
        li      t3, ${BUFFERS}
        add     t3, t3, a1
        li      t4, 3
        bne     a3, t4, 1f
        # Reads or writes one of 16 sectors.
        lw      t4, 16(t3)${mix('t4')}
        andi    t4, s11, 1
        sw      t4, (t3)
        srli    t5, s11, 4
        andi    t5, t5, 15
        sw      t5, 8(t3)
        sw      zero, 12(t3)
        xori    t4, t4, 1
        slli    t4, t4, 1
        ori     t4, t4, 1
        sh      t4, 28(a1)
        beq     zero, zero, 3f
1:      sw      s11, 12(t3)
        sw      s11, 24(t3)
        beqz    a2, 3f
        sw      s11, (t3)
3:      andi    t1, t2, 15
        sh1add  t1, t1, a1
        sh      zero, 260(t1)
        addi    t2, t2, 1
        sh      t2, 258(a1)
        sw      a2, 0x50(a0)
2:      ret

        .balign 4
trap:   addi    sp, sp, -32
        sw      t0, (sp)
        sw      t1, 4(sp)
        sw      t2, 8(sp)
        sw      t6, 12(sp)
        sw      s0, 16(sp)
        sw      ra, 20(sp)
        csrr    t0, mcause${mix('t0')}
        bltz    t0, 1f
        csrr    t1, mepc
        addi    t1, t1, 4
        csrw    mepc, t1
        j       done
1:      andi    t0, t0, 15
        li      t1, 7
        beq     t0, t1, timer
        li      t1, 3
        beq     t0, t1, software
        li      t2, 0x0c200004
        slli    t1, s10, 13
        add     t2, t2, t1
        lw      t1, (t2)${mix('t1')}
        beqz    t1, done
        addi    sp, sp, -16
        sw      t1, (sp)
        sw      t2, 4(sp)
        li      t0, 10
        bne     t1, t0, 3f
        li      s0, ${UART}
2:      lbu     t0, 5(s0)
        andi    t0, t0, 1
        beqz    t0, 4f
        call    takeByte
        j       2b
3:      bgtu    t1, t0, 4f
        li      t0, 0x10000000
        slli    t1, t1, 12
        add     t0, t0, t1
        lw      t1, 0x60(t0)${mix('t1')}
        sw      t1, 0x64(t0)
4:      lw      t1, (sp)
        lw      t2, 4(sp)
        addi    sp, sp, 16
        sw      t1, (t2)
        j       done
timer:  call    setTimer
        j       done
software:
        li      t0, 0x02000000
        sh2add  t0, s10, t0
        sw      zero, (t0)
done:   lw      t0, (sp)
        lw      t1, 4(sp)
        lw      t2, 8(sp)
        lw      t6, 12(sp)
        lw      s0, 16(sp)
        lw      ra, 20(sp)
        addi    sp, sp, 32
        mret

        .data
        .balign 4
isReady:
        .word   0
shared: .word   0
table:  .zero   2048
stacks: .zero   ${STACK_BYTES * harts}
`;
}

/** The guest, as it is loaded. */
export function consumerParts(seed: number, harts: number): readonly Part[] {
  const { object, errors } = assemble(consumerSource(seed, harts), 'consumer.s');
  if (object === undefined)
    throw new Error(errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM_BASE });
  if (image === undefined) throw new Error('the guest does not link');
  return image.segments.map(({ address, bytes, memorySize }) => ({
    what: 'consumer.s',
    address,
    bytes,
    memorySize,
  }));
}
