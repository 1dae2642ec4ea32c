/** For tests: a small executable with everything that ours have. */
import { assemble, formatAssemblyError } from '../assembler/assemble.ts';
import { link, type LinkedImage } from '../linker/link.ts';
import { writeExecutable } from './write-executable.ts';

export const SAMPLE_FILE = 'sample/boot.s';
export const SAMPLE_ORIGIN = 0x80000000;

export const SAMPLE_SOURCE = `        .section .text.boot, "ax"
        .globl _start
        .type _start, @function
_start: la      sp, stack_top
        call    main
        lw      t0, limit
halt:   wfi
        j       halt
        .size   _start, . - _start

        .section .text.main, "ax"
        .globl main
        .type main, @function
main:   li      a0, 3
        bnez    a0, 1f
        ebreak
1:      addi    a0, a0, -1
        ret
        .size   main, . - main

        .section .rodata
limit:  .word   64
        .section .data, "awR"
value:  .word   message
message: .asciz "hello"
        .bss
        .balign 16
stack:  .space  1024
stack_top:
`;

/** The sample, linked. */
export function sampleImage(): LinkedImage {
  const { object, errors } = assemble(SAMPLE_SOURCE, SAMPLE_FILE);
  if (errors !== undefined) throw new Error(errors.map(formatAssemblyError).join('\n'));
  const result = link({ objects: [object], entry: '_start', textOrigin: SAMPLE_ORIGIN });
  if (result.errors !== undefined) {
    throw new Error(result.errors.map(({ message }) => message).join('\n'));
  }
  return result.image;
}

/** The file of the sample. */
export function sampleExecutable(): Uint8Array {
  return writeExecutable(sampleImage(), 'sample');
}
