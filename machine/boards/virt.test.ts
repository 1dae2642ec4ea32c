/** Whole machines: small programs in assembly, run from the reset ROM to the finisher. */
import { describe, expect, it } from 'vitest';
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';
import { createVirtMachine, type VirtMachine } from './virt.ts';

const RAM_BASE = 0x8000_0000;
const MEBIBYTE = 1024 * 1024;
const CYCLES_PER_TICK = 100;
/** Enough for every program here; one that takes longer hangs. */
const BUDGET = 1_000_000;

/** Addresses and numbers that the programs use, from QEMU's hw/riscv/virt.c and the data sheets. */
const PRELUDE = `
  .equ UART, 0x10000000
  .equ FINISHER, 0x100000
  .equ MSIP, 0x2000000
  .equ MTIMECMP, 0x2004000
  .equ PLIC_PRIORITY_UART, 0xc000028
  .equ PLIC_ENABLE_S, 0xc002080
  .equ PLIC_CLAIM_S, 0xc201004
  .globl _start
  .text
  _start:
`;

/** Assembles a program that starts at the beginning of RAM. */
function programBytes(source: string): { address: number; bytes: Uint8Array }[] {
  const assembled = assemble(PRELUDE + source, 'virt.test.s');
  if (assembled.errors !== undefined) throw new Error(JSON.stringify(assembled.errors));
  const linked = link({ objects: [assembled.object], entry: '_start', textOrigin: RAM_BASE });
  if (linked.errors !== undefined) throw new Error(JSON.stringify(linked.errors));
  return linked.image.segments.map(({ address, bytes }) => ({ address, bytes }));
}

interface Loaded extends VirtMachine {
  /** What the guest has sent so far. */
  readonly output: () => string;
}

function load(source: string): Loaded {
  const sent: number[] = [];
  const virt = createVirtMachine({
    ramBytes: 16 * MEBIBYTE,
    harts: 1,
    serial: { transmit: (byte) => sent.push(byte) },
  });
  for (const { address, bytes } of programBytes(source)) {
    expect(virt.machine.writePhysical(address, bytes)).toBe(true);
  }
  return { ...virt, output: () => String.fromCharCode(...sent) };
}

const run = ({ machine }: VirtMachine, budget = BUDGET) => machine.run(budget, { idle: 'skip' });

const readWord = ({ machine }: VirtMachine, address: number): number => {
  const bytes = new Uint8Array(4);
  expect(machine.readPhysical(address, bytes)).toBe(true);
  return new DataView(bytes.buffer).getUint32(0, true);
};

const HELLO = `
    la t0, message
    li t1, UART
  1: lbu t2, 0(t0)
    beqz t2, 2f
    sb t2, 0(t1)
    addi t0, t0, 1
    j 1b
  2: li t0, FINISHER
    li t1, 0x5555
    sw t1, 0(t0)
  3: j 3b
    .section .rodata
  message: .asciz "hello, world\\n"
`;

/** Echoes every byte, from a supervisor's interrupt handler; a newline ends the run. */
const ECHO = `
    la t0, supervisor
    csrw mepc, t0
    la t0, handler
    csrw stvec, t0
    li t0, 1 << 9
    csrw mideleg, t0
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    li t0, 3 << 11
    csrc mstatus, t0
    li t0, 1 << 11
    csrs mstatus, t0
    mret
  supervisor:
    li t0, PLIC_PRIORITY_UART
    li t1, 1
    sw t1, 0(t0)
    li t0, PLIC_ENABLE_S
    li t1, 1 << 10
    sw t1, 0(t0)
    li s0, UART
    li t1, 1
    sb t1, 2(s0)
    sb t1, 1(s0)
    li t0, 1 << 9
    csrw sie, t0
    csrsi sstatus, 2
  1: wfi
    j 1b
    .align 2
  handler:
    li s1, PLIC_CLAIM_S
    lw s2, 0(s1)
    li t0, 10
    bne s2, t0, 9f
  2: lbu t1, 5(s0)
    andi t1, t1, 1
    beqz t1, 3f
    lbu t1, 0(s0)
    sb t1, 0(s0)
    li t2, 10
    bne t1, t2, 2b
    li t0, FINISHER
    li t1, 0x5555
    sw t1, 0(t0)
  3: sw s2, 0(s1)
    sret
  9: li t0, FINISHER
    li t1, 0x00073333
    sw t1, 0(t0)
    j 9b
`;

describe('a machine on the virt board', () => {
  it('prints hello and powers off', () => {
    const virt = load(HELLO);
    expect(run(virt)).toEqual({ reason: 'poweroff', code: 0 });
    expect(virt.output()).toBe('hello, world\n');
    expect(virt.guestErrors.count).toBe(0);
  });

  it('hands over hart id, device tree and fw_dynamic info in a0, a1 and a2', () => {
    const virt = load('1: j 1b');
    run(virt, 100);
    const [hart] = virt.machine.harts;
    const [a0, a1, a2] = [10, 11, 12].map((register) => hart.readRegister(register));
    expect(hart.pc).toBe(RAM_BASE);
    expect(a0).toBe(0);
    expect(a1).toBe(RAM_BASE + 14 * MEBIBYTE);
    expect(readWord(virt, a1)).toBe(0xedfe_0dd0); // the device tree's magic, big-endian
    expect(a2).toBe(0x1028);
  });

  it('reports a failure with its code, and one without a code as 1', () => {
    const fail = (code: number) => `
      li t0, FINISHER
      li t1, ${code} << 16 | 0x3333
      sw t1, 0(t0)
      1: j 1b
    `;
    expect(run(load(fail(42)))).toEqual({ reason: 'poweroff', code: 42 });
    expect(run(load(fail(0)))).toEqual({ reason: 'poweroff', code: 1 });
  });

  it('asks for a reset, after which the same program runs again', () => {
    const virt = load(HELLO.replace('0x5555', '0x7777'));
    expect(run(virt)).toEqual({ reason: 'reset' });
    const cycles = virt.machine.cycle;
    virt.machine.reset();
    expect(virt.machine.cycle).toBe(0);
    expect(run(virt)).toEqual({ reason: 'reset' });
    expect(virt.machine.cycle).toBe(cycles);
    expect(virt.output()).toBe('hello, world\nhello, world\n');
  });

  describe.each(['wfi', 'nop', 'divu t0, t0, t0'])('a timer interrupt during `%s`', (idle) => {
    const due = 30 * CYCLES_PER_TICK;
    const source = `
        la t0, handler
        csrw mtvec, t0
        li t0, MTIMECMP
        li t1, -1
        sw t1, 4(t0)
        li t1, ${due / CYCLES_PER_TICK}
        sw t1, 0(t0)
        sw zero, 4(t0)
        li t0, 1 << 7
        csrw mie, t0
        csrsi mstatus, 8
      1: ${idle}
        j 1b
        .align 2
      handler:
        csrr s0, mcycle
        csrr s1, mcause
        rdtime s2
        li t0, FINISHER
        li t1, 0x5555
        sw t1, 0(t0)
      2: j 2b
    `;

    it('arrives in the exact cycle', () => {
      const virt = load(source);
      expect(run(virt)).toEqual({ reason: 'poweroff', code: 0 });
      const [hart] = virt.machine.harts;
      expect(hart.readRegister(8)).toBe(due + 1); // the trap itself takes one
      expect(hart.readRegister(9)).toBe(0x8000_0007);
      expect(hart.readRegister(18)).toBe(due / CYCLES_PER_TICK);
    });

    it('arrives there whatever the slices', () => {
      const virt = load(source);
      let result = run(virt, 1);
      for (let slice = 1; result.reason === 'budget'; slice = (slice * 5) % 97) {
        result = run(virt, slice);
      }
      expect(result).toEqual({ reason: 'poweroff', code: 0 });
      expect(virt.machine.harts[0].readRegister(8)).toBe(due + 1);
    });
  });

  it('has the timer interrupt pending after power-on, since mtimecmp is 0', () => {
    const MTIP = 1 << 7;
    const virt = load('1: j 1b');
    expect(virt.machine.harts[0].readCsr('mip')).toBe(MTIP);
    virt.machine.reset();
    expect(virt.machine.harts[0].readCsr('mip')).toBe(MTIP);
  });

  it('takes a software interrupt raised through the CLINT', () => {
    const virt = load(`
        la t0, handler
        csrw mtvec, t0
        li t0, 1 << 3
        csrw mie, t0
        csrsi mstatus, 8
        li t0, MSIP
        li t1, 1
        sw t1, 0(t0)
      1: j 1b
        .align 2
      handler:
        csrr s0, mcause
        sw zero, 0(t0)
        csrr s1, mip
        li t0, FINISHER
        li t1, 0x5555
        sw t1, 0(t0)
      2: j 2b
    `);
    expect(run(virt)).toEqual({ reason: 'poweroff', code: 0 });
    expect(virt.machine.harts[0].readRegister(8)).toBe(0x8000_0003);
    expect(virt.machine.harts[0].readRegister(9) & (1 << 3)).toBe(0);
  });

  it("brings the UART's interrupt through the PLIC to supervisor mode", () => {
    const virt = load(ECHO);
    expect(run(virt)).toEqual({ reason: 'waiting', nextEvent: Infinity });
    virt.uart.offer(Buffer.from('a'));
    expect(run(virt)).toEqual({ reason: 'waiting', nextEvent: Infinity });
    expect(virt.output()).toBe('a');
    const long = 'more than the sixteen bytes of the FIFO\n';
    virt.uart.offer(Buffer.from(long));
    expect(run(virt)).toEqual({ reason: 'poweroff', code: 0 });
    expect(virt.output()).toBe(`a${long}`);
    expect(virt.guestErrors.count).toBe(0);
  });

  it('reaches the same state hash with slices of any length', async () => {
    const hashes = await Promise.all(
      [BUDGET, 1, 7, 1000].map(async (slice) => {
        const virt = load(ECHO);
        while (run(virt, slice).reason === 'budget');
        virt.uart.offer(Buffer.from('twenty bytes, surely\n'));
        while (run(virt, slice).reason === 'budget');
        expect(virt.output()).toBe('twenty bytes, surely\n');
        return virt.machine.stateHash();
      }),
    );
    expect(new Set(hashes).size).toBe(1);
  });

  it('goes on after an access to a register that is not there, and says so', () => {
    const virt = load(
      `li t0, MSIP\nli t2, 0x3000\nadd t2, t0, t2\nlw t1, 0(t2)\nsw t0, 0(t2)\n${HELLO}`,
    );
    expect(run(virt)).toEqual({ reason: 'poweroff', code: 0 });
    expect(virt.guestErrors.first).toEqual([
      { device: 'clint', access: 'read', offset: 0x3000, width: 4, problem: 'no such register' },
      {
        device: 'clint',
        access: 'write',
        offset: 0x3000,
        width: 4,
        value: 0x200_0000,
        problem: 'no such register',
      },
    ]);
  });

  it('refuses an impossible number of harts', () => {
    const build = (harts: number) => () =>
      createVirtMachine({ ramBytes: MEBIBYTE, harts, serial: { transmit: () => undefined } });
    for (const harts of [0, 9, 1.5, NaN]) expect(build(harts)).toThrow(RangeError);
  });
});
