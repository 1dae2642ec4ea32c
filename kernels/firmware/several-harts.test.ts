/** What the firmware does with several harts: starting and stopping, interrupts, fences, sleep. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ElfFile } from '../../tools/elf/read-elf.ts';
import { QEMU } from '../../test/qemu-boot.ts';
import { describeWithWitness } from '../../test/witness.ts';
import {
  call,
  compileFirmware,
  END,
  HSM,
  INVALID_PARAM,
  IPI,
  KERNEL,
  RFENCE,
  runProgram,
  runProgramOnQemu,
  SUCCESS,
  TIME,
  type Run,
} from '../../test/firmware/supervisor-program.ts';

const HARTS = 3;
const INVALID_ADDRESS = -5;
const ALREADY_AVAILABLE = -6;
const STARTED = 0;
const STOPPED = 1;
const SUSPENDED = 4;
const ALL_HARTS = '-1';

const START = 0;
const STOP = 1;
const GET_STATUS = 2;
const SUSPEND = 3;

let firmware: ElfFile;

beforeAll(async () => {
  firmware = await compileFirmware();
});

/** Waits until the HSM status of hart 1 is as said. */
const awaitStatus = (status: number): string => `
1:  li a0, 1
    li a6, ${GET_STATUS}
    li a7, ${HSM}
    ecall
    li t0, ${status}
    bne a1, t0, 1b
`;
/** Waits until the word at a label is not zero. */
const awaitWord = (label: string): string => `
    la t0, ${label}
1:  lw t1, 0(t0)
    beqz t1, 1b
`;
/** Sets the word at a label, for another hart to see. */
const setWord = (label: string): string => `
    la t0, ${label}
    li t1, 1
    fence
    sw t1, 0(t0)
`;
/** Words that harts share. */
const WORDS = `
  .section .data
  .balign 4
seen: .word 0, 0, 0, 0
flag: .word 0
other: .word 0
mask: .word 0
  .section .text
`;
const STOP_SELF = `
    li a6, ${STOP}
    li a7, ${HSM}
    ecall
`;

/** A second hart that counts its software interrupts in `flag`. */
const COUNTING_HART = `
    second:
      li t0, 2
      csrw sie, t0
      ${setWord('other')}
    1:wfi
      csrr t0, sip
      andi t0, t0, 2
      beqz t0, 1b
      csrci sip, 2
      la t0, flag
      lw t1, 0(t0)
      addi t1, t1, 1
      sw t1, 0(t0)
      j 1b
`;
/** Waits until the other hart has counted so far. */
const awaitCount = (count: number): string => `
      la t0, flag
      li t2, ${count}
    1:lw t1, 0(t0)
      bne t1, t2, 1b
`;

/** Waits for the timer's interrupt, then puts it off. */
const TIMER = `
      li t0, 0x20
      csrw sie, t0
      csrr a0, time
      addi a0, a0, 1000
      csrr a1, timeh
      li a6, 0
      li a7, ${TIME}
      ecall
    1:wfi
      csrr a1, sip
      andi a1, a1, 0x20
      beqz a1, 1b
      call result
      li a0, -1
      li a1, -1
      ecall
      csrr a1, sip
      call result
      ${END}`;

type Runner = (source: string) => Pick<Run, 'code' | 'results'>;

function testsOf(run: Runner): void {
  describe('hart state management', () => {
    it('starts a hart with its number and a value, stops it, and starts it again', () => {
      const { results, code } = run(`
      ${call(HSM, GET_STATUS, '0')} ${call(HSM, GET_STATUS, '1')} ${call(HSM, GET_STATUS, '2')}
      ${call(HSM, START, '1', '&second', '0x1234')}
      ${awaitWord('flag')}
      ${call(HSM, GET_STATUS, '1')} ${call(HSM, START, '1', '&second', '0x1234')}
      la t0, seen
      lw a0, 0(t0)
      lw a1, 4(t0)
      call result
      lw a0, 8(t0)
      lw a1, 12(t0)
      call result
      ${setWord('other')} ${awaitStatus(STOPPED)}
      sw zero, flag, t0
      ${call(HSM, START, '1', '&second', '0x5678')}
      ${awaitWord('flag')}
      la t0, seen
      lw a0, 0(t0)
      lw a1, 4(t0)
      call result
      ${END}
    second:
      la t0, seen
      sw a0, 0(t0)
      sw a1, 4(t0)
      csrr t1, satp
      sw t1, 8(t0)
      csrr t1, sstatus
      andi t1, t1, 2
      sw t1, 12(t0)
      # What the next kernel on this hart must not find.
      li t1, 0x222
      csrw sie, t1
      ${setWord('flag')} ${awaitWord('other')} ${STOP_SELF}
      ${WORDS}`);
      expect(code).toBe(0);
      expect(results.slice(0, 9)).toEqual([
        [SUCCESS, STARTED],
        [SUCCESS, STOPPED],
        [SUCCESS, STOPPED],
        [SUCCESS, 0],
        [SUCCESS, STARTED],
        [ALREADY_AVAILABLE, 0],
        [1, 0x1234],
        [0, 0],
        [SUCCESS, 0],
      ]);
      expect(results[9]).toEqual([1, 0x5678]);
    });

    it('refuses harts that are not there, and addresses that are not the kernel’s', () => {
      const { results } = run(
        [
          call(HSM, GET_STATUS, `${HARTS}`),
          call(HSM, GET_STATUS, '-1'),
          call(HSM, START, `${HARTS}`, `${KERNEL}`),
          call(HSM, START, '1', '0x80000000'),
          call(HSM, START, '1', '0x8007fffe'),
          call(HSM, START, '1', '0x02000000'),
          // Nothing is there.
          call(HSM, START, '1', '0xf0000000'),
          call(HSM, START, '0', `${KERNEL}`),
          call(HSM, SUSPEND, '1'),
          call(HSM, SUSPEND, '0x80000000', '0x80000000'),
          END,
        ].join(''),
      );
      expect(results.slice(0, 10).map(([error]) => error)).toEqual([
        ...[INVALID_PARAM, INVALID_PARAM, INVALID_PARAM],
        ...[INVALID_ADDRESS, INVALID_ADDRESS, INVALID_ADDRESS, INVALID_ADDRESS],
        ...[ALREADY_AVAILABLE, INVALID_PARAM, INVALID_ADDRESS],
      ]);
    });

    it('puts a hart to sleep until an interrupt comes, and keeps its registers', () => {
      const { results, code } = run(`
      ${call(HSM, START, '1', '&second')} ${awaitStatus(SUSPENDED)}
      ${call(IPI, 0, '2', '0')} ${awaitWord('flag')}
      la t0, seen
      lw a0, 0(t0)
      lw a1, 4(t0)
      call result
      ${END}
    second:
      li t0, 2
      csrw sie, t0
      li s3, 99
      li a0, 0
      li a6, ${SUSPEND}
      li a7, ${HSM}
      ecall
      la t0, seen
      sw a0, 0(t0)
      sw s3, 4(t0)
      ${setWord('flag')} ${STOP_SELF}
      ${WORDS}`);
      expect(code).toBe(0);
      expect(results[2]).toEqual([SUCCESS, 99]);
    });

    it('lets a hart go on elsewhere after the sleep that keeps nothing', () => {
      const { results, code } = run(`
      ${call(HSM, START, '1', '&second')} ${awaitStatus(SUSPENDED)}
      ${call(IPI, 0, '1', '1')} ${awaitWord('flag')}
      la t0, seen
      lw a0, 0(t0)
      lw a1, 4(t0)
      call result
      ${END}
    second:
      li t0, 2
      csrw sie, t0
      csrw sstatus, t0
      li a0, 0x80000000
      la a1, awake
      li a2, 0x4321
      li a6, ${SUSPEND}
      li a7, ${HSM}
      ecall
    awake:
      csrr t1, sstatus
      andi t1, t1, 2
      add a0, a0, t1
      la t0, seen
      sw a0, 0(t0)
      sw a1, 4(t0)
      ${setWord('flag')} ${STOP_SELF}
      ${WORDS}`);
      expect(code).toBe(0);
      // The hart's number, and interrupts off.
      expect(results[2]).toEqual([1, 0x4321]);
    });
  });

  describe('interrupts between harts', () => {
    it('reach the harts of a mask, of all harts, and of a mask in memory', () => {
      const { results, code } = run(`
      ${call(HSM, START, '1', '&second')} ${awaitWord('other')}
      ${call(IPI, 0, '2', '0')} ${awaitCount(1)}
      ${call(IPI, 0, '1', '1')} ${awaitCount(2)}
      ${call(IPI, 0, '0', ALL_HARTS)} ${awaitCount(3)}
      csrr a0, sip
      li a1, 0
      call result
      # The legacy calls: to nobody's rubbish in a6, and a1 stays as it is.
      li a0, 0
      li a1, 7
      li a6, 55
      li a7, 3
      ecall
      call result
      li a7, 3
      ecall
      call result
      li t0, 0xfffffff2
      sw t0, mask, t1
      la a0, mask
      li a7, 4
      ecall
      call result
      ${awaitCount(4)}
      li a0, 0
      li a7, 4
      ecall
      call result
      ${awaitCount(5)}
      csrr a0, sip
      li a1, 0
      call result
      # A mask of nobody, and one that begins behind the last hart.
      ${call(IPI, 0, '0', '0')} ${call(IPI, 0, '1', '100')}
      ${END} ${COUNTING_HART} ${WORDS}`);
      expect(code).toBe(0);
      expect(results.slice(1, 4)).toEqual(Array(3).fill([SUCCESS, 0]));
      expect(results.slice(4, 11)).toEqual([
        [2, 0],
        [1, 7],
        [0, 7],
        [0, 7],
        [0, 7],
        [2, 0],
        [SUCCESS, 0],
      ]);
      expect(results[11][0]).toBe(INVALID_PARAM);
    });
  });

  describe('fences on other harts', () => {
    it('return when they are done, whoever is asleep, busy or stopped', () => {
      const fences = [
        call(RFENCE, 0, '7', '0'),
        call(RFENCE, 0, '0', ALL_HARTS),
        call(RFENCE, 1, '2', '0', '0'),
        `li a3, 0x3000\n${call(RFENCE, 1, '0', ALL_HARTS, '0x40001000')}`,
        `li a3, -1\n${call(RFENCE, 1, '0', ALL_HARTS, '0x40001000')}`,
        `li a3, 0x1000\n li a4, 5\n${call(RFENCE, 2, '6', '0', '0xfffff000')}`,
        `li a3, 0x2000\n li a4, 5\n${call(RFENCE, 2, '6', '0', '0xfffff000')}`,
        ...[5, 6, 7].map(
          (legacy) => `
        li a0, 0
        li a1, 0x1000
        li a2, 0x1000
        li a3, 3
        li a7, ${legacy}
        ecall
        li a1, 0
        call result`,
        ),
      ];
      const { results, code } = run(`
      ${call(HSM, START, '1', '&second')} ${awaitWord('other')}
      ${fences.join('')}
      ${call(RFENCE, 1, '1', '9')}
      ${END} ${COUNTING_HART} ${WORDS}`);
      expect(code).toBe(0);
      expect(results.slice(1, 11)).toEqual(Array(10).fill([SUCCESS, 0]));
      expect(results[11][0]).toBe(INVALID_PARAM);
    });

    it('may be asked for by two harts of each other', () => {
      const COUNT = 50;
      const askOther = (mask: number): string => `
      li s2, ${COUNT}
    1:li a0, ${mask}
      li a1, 0
      li a2, 0
      li a3, 0
      li a6, 1
      li a7, ${RFENCE}
      ecall
      bnez a0, 2f
      addi s2, s2, -1
      bnez s2, 1b
    2:
    `;
      const { results, code } = run(`
      ${call(HSM, START, '1', '&second')}
      ${askOther(2)} ${awaitStatus(STOPPED)}
      mv a0, s2
      lw a1, other
      call result
      ${END}
    second:
      ${askOther(1)}
      sw s2, other, t0
      ${STOP_SELF} ${WORDS}`);
      expect(code).toBe(0);
      expect(results[1]).toEqual([0, 0]);
    });
  });

  describe('a legacy mask that cannot be read', () => {
    it('is the caller’s fault, at its ecall', () => {
      const { results, code } = run(`
      li a0, 0xf0000000
      li a7, 4
    call_site:
      ecall
      csrr a0, sepc
      la a1, call_site
      addi a1, a1, 4
      call result
      # The firmware's memory is not the caller's either.
      li a0, 0x80040000
      li a7, 5
      ecall
      ${END}`);
      expect(code).toBe(0);
      const LOAD_ACCESS_FAULT = 5;
      expect(results[0]).toEqual([LOAD_ACCESS_FAULT, 0xf000_0000 | 0]);
      expect(results[1][0]).toBe(results[1][1]);
      expect(results[2]).toEqual([LOAD_ACCESS_FAULT, 0x8004_0000 | 0]);
    });
  });
}

describe('here', () => {
  testsOf((source) => runProgram(firmware, source, { harts: HARTS }));
});

describeWithWitness(QEMU, 'on QEMU', () => {
  testsOf((source) => runProgramOnQemu(firmware, source, 'rv32,h=off', HARTS));
});

describeWithWitness(QEMU, 'on QEMU without Sstc', () => {
  it('the timer is the CLINT’s', () => {
    const { results, code } = runProgramOnQemu(firmware, TIMER, 'rv32,h=off,sstc=off', HARTS);
    expect(code).toBe(0);
    const SUPERVISOR_TIMER = 0x20;
    expect(results[0]).toEqual([SUCCESS, SUPERVISOR_TIMER]);
    expect(results[1]).toEqual([SUCCESS, 0]);
  });
});
