/**
 * A guest that makes the accesses of a script to physical addresses, in machine mode, and prints
 * what it found: the same program on QEMU and here. So accesses are compared as processors make
 * them, of every width, misaligned and refused ones included.
 */
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';

export const RAM_BASE = 0x8000_0000;
/** RAM that scripts may use, for commands and buffers: from here to the end. */
export const PLAYGROUND = 0x8040_0000;
/** What either machine must have. */
export const POKE_RAM_BYTES = 0x80_0000;

export type PokeWidth = 1 | 2 | 4 | 8;

/** One step of a script. */
export type Poke =
  | { readonly kind: 'read'; readonly address: number; readonly width: PokeWidth }
  | {
      readonly kind: 'write';
      readonly address: number;
      readonly width: PokeWidth;
      readonly value: bigint;
    }
  /** Reads `mip` of hart 0. */
  | { readonly kind: 'pending' }
  /** Clears `mip.SSIP` of hart 0, and reads `mip` before. */
  | { readonly kind: 'clear' }
  /** Reads until `mask` of what is read is `value`; says at last whether that came. */
  | {
      readonly kind: 'await';
      readonly address: number;
      readonly width: 1 | 4;
      readonly mask: number;
      readonly value: number;
    };

/** What came of a step: a value, a trap's cause, or nothing for a write. */
export type Outcome = string;

const WORD_MASK = 0xffff_ffffn;
const HIGH_SHIFT = 32n;

// Codes of steps, indexes into the guest's table; reads are the base-2 logarithm of their width.
const END = 0;
const READ = 1;
const WRITE = 5;
const PENDING = 9;
const AWAIT = 10;
const AWAIT_BYTE = 11;
const CLEAR = 12;

/** `mip.SSIP` */
export const SSIP = 0x2;

const MARK = '== results ==';

const PROGRAM = (words: readonly number[]) => `
    .globl _start
  _start:
    csrw mie, zero
    csrr t0, mhartid
    beqz t0, first
  others:
    wfi
    j others
  first:
    la t0, trap
    csrw mtvec, t0
    li t0, 0x6000
    csrs mstatus, t0
    la s0, script
    la s1, results
    la s7, pair
  next:
    lw s2, 0(s0)
    lw s3, 4(s0)
    lw s4, 8(s0)
    lw s5, 12(s0)
    addi s0, s0, 16
    li s6, -1
    slli s2, s2, 2
    la t0, table
    add t0, t0, s2
    lw t0, 0(t0)
    jr t0
  read1:
    lbu s4, 0(s3)
    j narrow
  read2:
    lhu s4, 0(s3)
    j narrow
  read4:
    lw s4, 0(s3)
    j narrow
  read8:
    .word 0x0009b007  # fld ft0, 0(s3)
    .word 0x000bb027  # fsd ft0, 0(s7)
    lw s4, 0(s7)
    lw s5, 4(s7)
    j done
  write1:
    sb s4, 0(s3)
    j done
  write2:
    sh s4, 0(s3)
    j done
  write4:
    sw s4, 0(s3)
    j done
  write8:
    sw s4, 0(s7)
    sw s5, 4(s7)
    .word 0x000bb007  # fld ft0, 0(s7)
    .word 0x0009b027  # fsd ft0, 0(s3)
    j done
  pending:
    csrr s4, mip
    j narrow
  clear:
    csrrci s4, mip, ${SSIP}
    j narrow
  await:
    li t2, 2000000
  1:
    lw t0, 0(s3)
    and t0, t0, s4
    beq t0, s5, 2f
    addi t2, t2, -1
    bnez t2, 1b
    j 3f
  await1:
    li t2, 2000000
  1:
    lbu t0, 0(s3)
    and t0, t0, s4
    beq t0, s5, 2f
    addi t2, t2, -1
    bnez t2, 1b
  3:
    li s4, 0
    j narrow
  2:
    li s4, 1
  narrow:
    li s5, 0
  done:
    sw s6, 0(s1)
    sw s4, 4(s1)
    sw s5, 8(s1)
    addi s1, s1, 12
    j next

    .align 2
  trap:
    csrr s6, mcause
    la t0, done
    csrw mepc, t0
    mret

  # The UART may be in any state: as after power-on, but for what does not matter to printing.
  end:
    li s0, 0x10000000
    sb zero, 3(s0)
    sb zero, 4(s0)
    sb zero, 1(s0)
    sb zero, 2(s0)
    la s2, mark
  1:
    lbu t0, 0(s2)
    beqz t0, 2f
    call print
    addi s2, s2, 1
    j 1b
  2:
    la s2, results
  3:
    bgeu s2, s1, 6f
    lw t1, 0(s2)
    addi s2, s2, 4
    li t3, 8
  4:
    srli t0, t1, 28
    slli t1, t1, 4
    li t2, 10
    blt t0, t2, 5f
    addi t0, t0, 39
  5:
    addi t0, t0, 48
    call print
    addi t3, t3, -1
    bnez t3, 4b
    j 3b
  6:
    li t0, 10
    call print
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  7:
    j 7b
  print:
    lbu t4, 5(s0)
    andi t4, t4, 0x20
    beqz t4, print
    sb t0, 0(s0)
    ret

    .data
    .align 3
  pair:
    .word 0, 0
  table:
    .word end, read1, read2, read4, read8, write1, write2, write4, write8, pending, await, await1, clear
  mark:
    .asciz "\\n${MARK}\\n"
    .align 2
  script:
${wordLines(words)}
  results:
    .word 0
`;

const WORDS_PER_LINE = 16;

function wordLines(words: readonly number[]): string {
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += WORDS_PER_LINE) {
    lines.push(`    .word ${words.slice(at, at + WORDS_PER_LINE).join(', ')}`);
  }
  return lines.join('\n');
}

function encode(poke: Poke): number[] {
  switch (poke.kind) {
    case 'read':
      return [READ + Math.log2(poke.width), poke.address, 0, 0];
    case 'write':
      return [
        WRITE + Math.log2(poke.width),
        poke.address,
        Number(poke.value & WORD_MASK),
        Number((poke.value >> HIGH_SHIFT) & WORD_MASK),
      ];
    case 'pending':
      return [PENDING, 0, 0, 0];
    case 'clear':
      return [CLEAR, 0, 0, 0];
    case 'await':
      return [poke.width === 1 ? AWAIT_BYTE : AWAIT, poke.address, poke.mask, poke.value];
  }
}

/** The guest as a flat image for `RAM_BASE`; its results lie behind it, below `PLAYGROUND`. */
export function pokeImage(script: readonly Poke[]): Uint8Array {
  const words = [...script.flatMap(encode), END, 0, 0, 0];
  const assembled = assemble(PROGRAM(words), 'poke.s');
  if (assembled.errors !== undefined) throw new Error(JSON.stringify(assembled.errors[0]));
  const linked = link({ objects: [assembled.object], entry: '_start', textOrigin: RAM_BASE });
  if (linked.errors !== undefined) throw new Error(JSON.stringify(linked.errors[0]));
  const { segments } = linked.image;
  const last = segments[segments.length - 1];
  const image = new Uint8Array(last.address + last.bytes.length - RAM_BASE);
  for (const { address, bytes } of segments) image.set(bytes, address - RAM_BASE);
  return image;
}

const HEX_DIGITS = 8;
const CELLS = 3;
const NO_TRAP = 0xffff_ffff;

/** The outcomes in what the guest has printed. */
export function outcomesIn(output: string, script: readonly Poke[]): Outcome[] {
  const text = output.slice(output.lastIndexOf(MARK) + MARK.length).replaceAll(/\s/g, '');
  if (text.length !== script.length * CELLS * HEX_DIGITS) {
    throw new Error(`${script.length} pokes, and ${text.length} digits came back`);
  }
  const cell = (at: number) => Number(`0x${text.slice(at * HEX_DIGITS, (at + 1) * HEX_DIGITS)}`);
  return script.map((poke, at) =>
    describeOutcome(poke, cell(CELLS * at), cell(CELLS * at + 1), cell(CELLS * at + 2)),
  );
}

/** An outcome as text: the trap's cause or, of what reads, the value. */
export function describeOutcome(poke: Poke, cause: number, low: number, high: number): Outcome {
  if (cause !== NO_TRAP) return `trap ${cause}`;
  if (poke.kind === 'write') return '';
  return `0x${((BigInt(high) << HIGH_SHIFT) | BigInt(low)).toString(16)}`;
}

/** A step as text, for messages. */
export function describePoke(poke: Poke): string {
  const at = 'address' in poke ? ` 0x${poke.address.toString(16)}` : '';
  const width = 'width' in poke ? `${poke.width}` : '';
  const value = 'value' in poke ? ` 0x${poke.value.toString(16)}` : '';
  return `${poke.kind}${width}${at}${value}`;
}
