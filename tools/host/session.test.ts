/** Small guests from their first instruction to their last, loaded and run as `vitrine boot` does. */
import { describe, expect, test } from 'vitest';
import { assemble } from '../assembler/assemble.ts';
import { readElf } from '../elf/read-elf.ts';
import { writeElf } from '../elf/write-elf.ts';
import { link } from '../linker/link.ts';
import type { LoadedBootFile } from './boot-files.ts';
import type { HostClock } from './host-clock.ts';
import type { Console, RunOutcome } from './run-loop.ts';
import { createSession, type SessionOptions } from './session.ts';
import { WakeSource } from './wake-source.ts';

const RAM = 0x8000_0000;

/** Every look at it takes a tenth of a millisecond, and nothing ever wakes a sleeper. */
const clock: HostClock = {
  now: () => (ticks += 0.1),
  sleep: () => Promise.resolve(),
};
let ticks = 0;

class FakeConsole implements Console {
  text = '';
  readonly isInteractive = false;
  readonly wantsToLeave = false;
  readonly signalExitCode = undefined;
  readonly inputEnded = true;

  constructor(private input: Uint8Array | undefined) {}

  get hasArrived(): boolean {
    return this.input !== undefined;
  }

  takeArrived(): Uint8Array | undefined {
    const { input } = this;
    this.input = undefined;
    return input;
  }

  put(byte: number): void {
    this.text += String.fromCharCode(byte);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

/** Assembles and links a guest that begins at `_start`. */
function guest(source: string, address = RAM): LoadedBootFile {
  const { object, errors } = assemble(`.globl _start\n${source}`, 'guest.s');
  if (object === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: address });
  if (image === undefined) throw new Error('the guest does not link');
  const { elf } = readElf(writeElf(image));
  const parts = image.segments.map(({ address: at, bytes, memorySize }) => {
    return { what: 'guest', address: at, bytes, memorySize };
  });
  return { file: { kind: 'elf', path: 'guest.elf', parts }, elf };
}

async function run(
  kernel: LoadedBootFile,
  input?: string,
  changes: Partial<SessionOptions> = {},
): Promise<{ outcome: RunOutcome; text: string; cycle: number }> {
  const console = new FakeConsole(
    input === undefined ? undefined : new TextEncoder().encode(input),
  );
  const session = createSession({
    ramBytes: 16 * 2 ** 20,
    kernel,
    firmware: undefined,
    initrd: undefined,
    bootargs: undefined,
    console,
    clock,
    wake: new WakeSource(),
    pace: 'free',
    exec: undefined,
    passMarks: false,
    maxCycles: 50_000_000,
    ...changes,
  });
  const outcome = await session.loop.run();
  return { outcome, text: console.text, cycle: session.guest.cycle };
}

const POWER_OFF = `
        li      t0, 0x100000
        li      t1, 0x5555
        sw      t1, 0(t0)
        j       .
`;

describe('a boot', () => {
  test('prints, powers off, and stops at that cycle', async () => {
    const { outcome, text, cycle } = await run(
      guest(`
_start: li      t0, 0x10000000
        li      t1, 'h'
        sb      t1, 0(t0)
        li      t1, 'i'
        sb      t1, 0(t0)
        ${POWER_OFF}`),
    );
    expect(outcome).toEqual({ kind: 'power-off', code: 0 });
    expect(text).toBe('hi');
    // Six instructions of the reset ROM, five here, lui and two for 0x5555, the store.
    expect(cycle).toBe(6 + 5 + 1 + 2 + 1);
  });

  test('reports the code of a failure', async () => {
    const source = '_start: li t0, 0x100000\n li t1, 0x73333\n sw t1, 0(t0)\n j .';
    expect((await run(guest(source))).outcome).toEqual({ kind: 'power-off', code: 7 });
  });

  test('echoes what is typed, by interrupt', async () => {
    const { text, outcome } = await run(
      guest(`
_start: la      t0, trap
        csrw    mtvec, t0
        li      s0, 0x10000000          # UART
        li      s1, 0x0c000000          # PLIC
        li      t0, 1
        sb      t0, 1(s0)               # IER.RDI
        sw      t0, 40(s1)              # priority of source 10
        li      t0, 1 << 10
        li      t1, 0x2000
        add     t1, s1, t1
        sw      t0, 0(t1)               # enabled for M-mode
        li      t0, 0x800
        csrs    mie, t0
        csrsi   mstatus, 8
wait:   wfi
        j       wait
        .balign 4
trap:   li      t0, 0x200004
        add     t0, s1, t0
        lw      t1, 0(t0)               # claim
        lbu     t2, 0(s0)
        sb      t2, 0(s0)
        sw      t1, 0(t0)               # complete
        li      t0, 'q'
        beq     t2, t0, quit
        mret
quit:   ${POWER_OFF}`),
      'a longer line than the FIFO: q',
    );
    expect(text).toBe('a longer line than the FIFO: q');
    expect(outcome).toEqual({ kind: 'power-off', code: 0 });
  });

  test('a guest that waits for nothing is left', async () => {
    const { outcome } = await run(guest('_start: wfi\n j _start'));
    expect(outcome).toEqual({ kind: 'starved' });
  });

  test('a reset loads everything anew', async () => {
    const source = `
_start: la      t0, first
        lw      t1, 0(t0)
        beqz    t1, again
        sw      zero, 0(t0)
        li      t0, 0x10000000
        li      t1, '.'
        sb      t1, 0(t0)
        li      t0, 0x100000
        li      t1, 0x7777
        sw      t1, 0(t0)
        j       .
again:  ${POWER_OFF}
        .section .data
first:  .word   1
`;
    // 18 cycles from one reset to the next.
    const { outcome, text, cycle } = await run(guest(source), undefined, { maxCycles: 40 });
    expect(outcome).toEqual({ kind: 'out-of-cycles' });
    expect({ text, cycle }).toEqual({ text: '..', cycle: 4 });
  });

  test('tells the guest its command line and where its initrd is', async () => {
    // Prints the device tree, a1, of `totalsize` bytes (big-endian, at offset 4).
    const source = `
_start: li      t0, 0x10000000
        lbu     t1, 6(a1)
        lbu     t2, 7(a1)
        slli    t1, t1, 8
        or      t1, t1, t2
        add     t1, t1, a1
next:   lbu     t2, 0(a1)
        sb      t2, 0(t0)
        addi    a1, a1, 1
        bne     a1, t1, next
        ${POWER_OFF}`;
    const initrd = { path: 'x.cpio', bytes: new Uint8Array(0x1234) };
    const { text } = await run(guest(source), undefined, { bootargs: 'quiet root=/dev/x', initrd });
    expect(text).toContain('quiet root=/dev/x\0');
    expect(text).toContain('linux,initrd-start');
    const bigEndian = (value: number): string =>
      String.fromCharCode(...[24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff));
    expect(text).toContain(bigEndian(RAM + 8 * 2 ** 20));
    expect(text).toContain(bigEndian(RAM + 8 * 2 ** 20 + 0x1234));
  });

  test('firmware learns where the kernel is', async () => {
    const firmware = guest(`
_start: li      t0, 0x10000000
        lw      t1, 8(a2)               # fw_dynamic_info.next_addr
        li      t2, 0x80400000
        bne     t1, t2, wrong
        jr      t1
wrong:  ebreak
`);
    const kernel = guest(`_start: ${POWER_OFF}`, 0x8040_0000);
    expect((await run(kernel, undefined, { firmware })).outcome.kind).toBe('power-off');
  });
});

describe('a guest that runs wild', () => {
  test('in machine mode', async () => {
    const source = `
_start: la      t0, handler
        csrw    mtvec, t0
        ebreak
        .balign 4
handler:
        .word   0
`;
    expect((await run(guest(source))).outcome).toEqual({
      kind: 'runaway',
      report: expect.stringMatching(
        /illegal instruction \(mcause 2\) at 0x800000[0-9a-f]{2} <handler>, the first instruction/,
      ) as string,
    });
  });

  test('in supervisor mode', async () => {
    const source = `
_start: li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        li      t0, -1
        csrw    medeleg, t0
        la      t0, handler
        csrw    stvec, t0
        li      t0, 0x800
        csrs    mstatus, t0
        la      t0, kernel
        csrw    mepc, t0
        mret
kernel: .word   0
        .balign 4
handler:
        lw      t0, 0(zero)
        j       handler
`;
    expect((await run(guest(source))).outcome).toEqual({
      kind: 'runaway',
      report: expect.stringMatching(
        /1000 traps to S-mode in a row, the last one load access fault \(scause 5\) at 0x[0-9a-f]+ <handler>/,
      ) as string,
    });
  });
});

describe('a test program', () => {
  test('starts at its entry, also where something else lies at the start of RAM', async () => {
    const source = `
      .globl tohost
      unimp
      unimp
    tohost:
      unimp
      unimp
    _start:
      la t0, tohost
      li t1, 1
      sw t1, 0(t0)
      sw zero, 4(t0)
      j .`;
    const { outcome } = await run(guest(source), undefined, {
      board: { flash: [undefined, undefined] },
    });
    expect(outcome).toEqual({ kind: 'power-off', code: 0 });
  });
});
