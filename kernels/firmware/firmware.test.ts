/** The firmware on our machine, under small S-mode programs in the kernel's place. */
import { beforeAll, describe, expect, it } from 'vitest';
import { cellsOf, findNode, readDeviceTree } from '../../machine/boards/device-tree-reader.ts';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import type { ElfFile } from '../../tools/elf/read-elf.ts';
import {
  BASE,
  BUDGET,
  call,
  compileFirmware,
  DBCN,
  END,
  HSM,
  INVALID_PARAM,
  IPI,
  KERNEL,
  MEBIBYTE,
  NOT_SUPPORTED,
  PAUSE,
  PMU,
  RFENCE,
  runProgram,
  SRST,
  SUCCESS,
  TIME,
  type Run,
} from '../../test/firmware/supervisor-program.ts';

let firmware: ElfFile;

beforeAll(async () => {
  firmware = await compileFirmware();
});

const run = (source: string, input = '', image = firmware): Run =>
  runProgram(image, source, { input });

describe('the hand-over', () => {
  it('enters S-mode with the hart id, the device tree and translation off', () => {
    const { results, code } = run(`
      # a0 and a1 are still as the firmware passed them.
      call result
      lw a0, -4(s1)
      lw a0, 0(a0)
      csrr a1, satp
      call result
      # S-mode cannot read machine registers: illegal instruction.
      csrr a0, mstatus
      # cycle, time and instret can be read.
      csrr a0, time
      csrr a0, cycle
      csrr a0, instret
      ${END}`);
    expect(code).toBe(0);
    expect(results[0][0]).toBe(0);
    expect(results[0][1] >>> 0).toBeGreaterThan(KERNEL);
    // The device tree's magic number, big-endian.
    expect(results[1]).toEqual([0xedfe_0dd0 | 0, 0]);
    expect(results[2][0]).toBe(2);
    expect(results[3]).toEqual([0, 0]);
  });

  it('says in the device tree which memory is its own, and changes nothing else', () => {
    const { deviceTree } = run(END);
    const reserved = findNode(deviceTree, '/reserved-memory');
    const own = findNode(deviceTree, '/reserved-memory/firmware@80000000');
    const cells = (value?: Uint8Array): number[] => cellsOf(value ?? new Uint8Array());
    expect(cells(reserved?.properties.get('#address-cells'))).toEqual([2]);
    expect(cells(reserved?.properties.get('#size-cells'))).toEqual([2]);
    expect(cells(own?.properties.get('reg'))).toEqual([0, 0x8000_0000, 0, 0x8_0000]);
    expect(own?.properties.has('no-map')).toBe(true);

    const { deviceTree: before } = createVirtMachine({
      ramBytes: 16 * MEBIBYTE,
      harts: 1,
      serial: { transmit: () => undefined },
      kernelEntry: KERNEL,
    });
    const original = readDeviceTree(before.blob);
    expect(deviceTree.children.slice(0, -1)).toEqual(original.children);
    expect(deviceTree.properties).toEqual(original.properties);
  });

  it('keeps its own memory and its timer from the kernel', () => {
    const { results, code } = run(`
      li t1, 0x80000000
      lw t2, 0(t1)
      li t1, 0x8007fffc
      sw zero, 0(t1)
      li t1, 0x80080000
      sw zero, 0(t1)
      li t1, 0x02004000
      sw zero, 0(t1)
      ${END}`);
    expect(code).toBe(0);
    expect(results.slice(0, 4)).toEqual([
      [5, 0x8000_0000 | 0],
      [7, 0x8007_fffc | 0],
      [7, 0x0200_4000],
      [0, 0],
    ]);
  });
});

describe('base extension', () => {
  it('says what it is and which extensions there are', () => {
    const probed = [BASE, TIME, SRST, DBCN, IPI, RFENCE, HSM, 0, 1, 2, 3, 4, 5, 6, 7, 8, PMU, 9];
    const { results } = run(
      call(BASE, 0) + probed.map((id) => call(BASE, 3, `${id}`)).join('') + call(BASE, 99) + END,
    );
    expect(results[0]).toEqual([SUCCESS, 0x0200_0000]);
    const present = [...Array<number>(16).fill(1), 0, 0];
    expect(results.slice(1, 19).map(([, value]) => value)).toEqual(present);
    expect(results[19][0]).toBe(NOT_SUPPORTED);
  });

  it('refuses what it has not', () => {
    const { results } = run(
      [IPI, TIME, SRST, DBCN, RFENCE, HSM, PMU, 0x12345].map((id) => call(id, 7)).join('') +
        [3, 4, 5, 6].map((hypervisorFence) => call(RFENCE, hypervisorFence)).join('') +
        END,
    );
    expect(results.slice(0, 12).map(([error]) => error)).toEqual(Array(12).fill(NOT_SUPPORTED));
  });

  it('changes no other register', () => {
    const { results } = run(`
      li a2, 22
      li a3, 33
      li t0, 44
      li s5, 55
      li gp, 66
      li tp, 77
      ${call(BASE, 0).replace('li a2, 0', '')}
      mv a0, a2
      mv a1, a3
      call result
      mv a0, t0
      mv a1, s5
      call result
      mv a0, gp
      mv a1, tp
      call result
      ${END}`);
    expect(results.slice(1, 4)).toEqual([
      [22, 33],
      [44, 55],
      [66, 77],
    ]);
  });
});

describe('debug console', () => {
  it('writes bytes of memory and single bytes', () => {
    const { output, results } = run(call(DBCN, 0, '5', '&text') + call(DBCN, 2, '0x21') + END);
    expect(output).toBe('hello!');
    expect(results[0]).toEqual([SUCCESS, 5]);
    expect(results[1]).toEqual([SUCCESS, 0]);
  });

  it('takes no memory that is not the kernel’s', () => {
    const { output, results } = run(
      [
        call(DBCN, 0, '4', '0x80000000'),
        call(DBCN, 0, '4', '0x8007fffe'),
        call(DBCN, 0, '0x90000000', '0x70000000'),
        call(DBCN, 0, '4', '0xfffffffe'),
        call(DBCN, 0, '4', '&text', '1'),
        // Nothing is there.
        call(DBCN, 0, '4', '0x40000000'),
        call(DBCN, 1, '4', '0x80000000'),
        END,
      ].join(''),
    );
    expect(output).toBe('');
    expect(results.slice(0, 7).map(([error]) => error)).toEqual(Array(7).fill(INVALID_PARAM));
  });

  it('reads what has arrived', () => {
    const source = `${PAUSE} ${call(DBCN, 1, '16', '&buffer')} ${call(DBCN, 0, '3', '&buffer')}
      ${call(DBCN, 1, '16', '&buffer')} ${END}`;
    const { output, results } = run(source, 'abc');
    expect(results[0]).toEqual([SUCCESS, 3]);
    expect(output).toBe('abc');
    expect(results[2]).toEqual([SUCCESS, 0]);
  });

  it('says where reading into nothing fails', () => {
    const { results } = run(PAUSE + call(DBCN, 1, '4', '0x40000000') + END, 'x');
    expect(results[0][0]).toBe(INVALID_PARAM);
  });
});

describe('timer', () => {
  it('raises the supervisor timer interrupt at its deadline, and clears it', () => {
    const { results, code } = run(`
      li t0, 0x20
      csrw sie, t0
      csrr s2, time
      addi a0, s2, 1000
      li a1, 0
      li a6, 0
      li a7, ${TIME}
      ecall
    1: wfi
      csrr t0, sip
      andi t0, t0, 0x20
      beqz t0, 1b
      csrr a0, time
      sub a0, a0, s2
      mv a1, t0
      call result
      li a0, -1
      li a1, -1
      ecall
      csrr a0, sip
      li a1, 0
      call result
      # The legacy call does the same and leaves a1 alone.
      csrr a0, time
      li a1, 0
      li a7, 0
      ecall
      csrr a1, sip
      call result
      ${END}`);
    expect(code).toBe(0);
    const [elapsed, pending] = results[0];
    expect(elapsed).toBeGreaterThanOrEqual(1000);
    expect(elapsed).toBeLessThan(1100);
    expect(pending).toBe(0x20);
    expect(results[1][0] & 0x20).toBe(0);
    expect(results[2]).toEqual([0, 0x20]);
  });
});

describe('the end', () => {
  it('powers off, with or without failure', () => {
    expect(run(call(SRST, 0, '0', '0') + END).code).toBe(0);
    expect(run(call(SRST, 0, '0', '1') + END).code).toBe(1);
    expect(run('li a7, 8\n ecall\n').code).toBe(0);
  });

  it('knows no other ends', () => {
    const { results } = run(call(SRST, 0, '3', '0') + call(SRST, 0, '0', '2') + END);
    expect(results.slice(0, 2).map(([error]) => error)).toEqual([INVALID_PARAM, INVALID_PARAM]);
  });
});

describe('legacy console', () => {
  it('writes and reads a character', () => {
    const getchar = 'li a1, 7\n li a7, 2\n ecall\n call result\n';
    const { output, results } = run(
      `${PAUSE} ${getchar} ${getchar} li a0, 0x41\n li a7, 1\n ecall\n ${END}`,
      'q',
    );
    expect(results[0]).toEqual([0x71, 7]);
    expect(results[1]).toEqual([-1, 7]);
    expect(output).toBe('A');
  });
});

describe('a defect of the firmware', () => {
  it('is reported, and ends the machine', () => {
    const handler = firmware.symbols.find(({ name }) => name === 'handle_trap')?.address ?? 0;
    expect(handler).toBeGreaterThan(0);
    const EBREAK = 0x0010_0073;
    const segments = firmware.segments.map((segment) => {
      const offset = handler - segment.physicalAddress;
      if (offset < 0 || offset >= segment.bytes.length) return segment;
      const bytes = segment.bytes.slice();
      new DataView(bytes.buffer).setUint32(offset, EBREAK, true);
      return { ...segment, bytes };
    });
    const { output, code } = run(call(BASE, 0) + END, '', { ...firmware, segments });
    const mepc = `0x${handler.toString(16)}`;
    expect(output).toBe(
      `firmware: unexpected trap: mcause 0x00000003, mepc ${mepc}, mtval 0x00000000\n`,
    );
    expect(code).toBe(1);
  });
});

describe('without a kernel', () => {
  it('says so and ends', () => {
    const sent: number[] = [];
    const { machine } = createVirtMachine({
      ramBytes: 16 * MEBIBYTE,
      harts: 1,
      serial: { transmit: (byte) => sent.push(byte) },
    });
    for (const { physicalAddress, bytes } of firmware.segments) {
      machine.writePhysical(physicalAddress, bytes);
    }
    expect(machine.run(BUDGET, { idle: 'skip' })).toMatchObject({ reason: 'poweroff', code: 1 });
    expect(String.fromCharCode(...sent)).toContain('firmware: there is no kernel to start');
  });
});
