/**
 * Small S-mode programs in the kernel's place, under the firmware on our machine. Extension and
 * function numbers are restated from the SBI 2.0 document.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { readDeviceTree, type ReadNode } from '../../machine/boards/device-tree-reader.ts';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { assemble, formatAssemblyError } from '../../tools/assembler/assemble.ts';
import { readElf, type ElfFile } from '../../tools/elf/read-elf.ts';
import { compileImage } from '../../tools/images/compile-image.ts';
import { parseImageDescription } from '../../tools/images/image-description.ts';
import { link } from '../../tools/linker/link.ts';

export const MEBIBYTE = 1024 * 1024;
export const KERNEL = 0x8040_0000;
/** Enough for every program here. */
export const BUDGET = 10_000_000;
/** Cycles in which the firmware has started, and the program not ended. */
export const START = 50_000;
/** By how much the firmware may make the device tree longer. */
const MAXIMUM_ADDED_BYTES = 256;
const bannerOf = (harts: number): string =>
  `Vitrine firmware 0.1.0: SBI 2.0 on hart 0${harts > 1 ? ` of ${harts}` : ''}\n` +
  'Kernel at 0x80400000 starts in S-mode with the device tree.\n';

export const SUCCESS = 0;
export const NOT_SUPPORTED = -2;
export const INVALID_PARAM = -3;

/** The firmware as its sources are now. */
export async function compileFirmware(): Promise<ElfFile> {
  const path = 'kernels/firmware/image.json';
  const description = parseImageDescription(readFileSync(path, 'utf8'), path);
  const result = await compileImage(process.cwd(), description);
  if (result.kind !== 'done') throw new Error(result.message);
  const { elf, error } = readElf(result.outputs[0].contents);
  if (elf === undefined) throw error;
  return elf;
}

/**
 * What each program starts with. `result` stores a0 and a1 in a table; `shutdown` ends the machine. A
 * trap stores its cause and address and goes on behind the instruction.
 */
const PRELUDE = `
  .globl _start
  .section .text
_start:
  la s1, results
  la t0, handler
  csrw stvec, t0
  j program
result:
  sw a0, 0(s1)
  sw a1, 4(s1)
  addi s1, s1, 8
  ret
shutdown:
  li a0, 0
  li a1, 0
  li a6, 0
  li a7, 0x53525354
  ecall
  j shutdown
  .balign 4
handler:
  csrr a0, scause
  csrr a1, stval
  sw a0, 0(s1)
  sw a1, 4(s1)
  addi s1, s1, 8
  csrr t0, sepc
  addi t0, t0, 4
  csrw sepc, t0
  sret
  .section .data
  .balign 8
results:
  .space 256
text:
  .ascii "hello"
  .balign 4
buffer:
  .space 16
  .section .text
program:
`;

export interface Run {
  readonly output: string;
  readonly code: number | undefined;
  /** The device tree as the firmware passed it on. */
  readonly deviceTree: ReadNode;
  /** The pairs that the program stored. */
  readonly results: readonly (readonly [error: number, value: number])[];
}

export interface RunOptions {
  /** Typed when the program runs. */
  readonly input?: string;
  readonly harts?: number;
}

/** Runs a program in the kernel's place until it shuts the machine down, or its budget is spent. */
export function runProgram(image: ElfFile, source: string, options: RunOptions = {}): Run {
  const { input = '', harts = 1 } = options;
  const assembled = assemble(PRELUDE + source, 'firmware.test.s');
  if (assembled.errors) throw new Error(assembled.errors.map(formatAssemblyError).join('\n'));
  const objects = [assembled.object];
  const linked = link({ objects, entry: '_start', textOrigin: KERNEL });
  if (linked.errors) throw new Error(JSON.stringify(linked.errors));
  const { segments, symbols } = linked.image;

  const sent: number[] = [];
  const { machine, uart, deviceTree } = createVirtMachine({
    ramBytes: 16 * MEBIBYTE,
    harts,
    serial: { transmit: (byte) => sent.push(byte) },
    kernelEntry: KERNEL,
  });
  for (const { physicalAddress, bytes } of image.segments) {
    machine.writePhysical(physicalAddress, bytes);
  }
  for (const { address, bytes } of segments) machine.writePhysical(address, bytes);
  // The firmware's start empties the receiver; the programs that read wait for this.
  machine.run(START, { idle: 'skip' });
  uart.offer(new TextEncoder().encode(input));
  const outcome = machine.run(BUDGET, { idle: 'skip' });

  const table = symbols.find(({ name }) => name === 'results');
  if (table === undefined) throw new Error('the program has no results');
  const bytes = new Uint8Array(256);
  machine.readPhysical(table.address, bytes);
  const view = new DataView(bytes.buffer);
  const results = Array.from(
    { length: 32 },
    (_, index) => [view.getInt32(index * 8, true), view.getInt32(index * 8 + 4, true)] as const,
  );
  const tree = new Uint8Array(deviceTree.blob.length + MAXIMUM_ADDED_BYTES);
  machine.readPhysical(deviceTree.address, tree);
  const output = String.fromCharCode(...sent).replaceAll('\r\n', '\n');
  const banner = bannerOf(harts);
  expect(output.slice(0, banner.length)).toBe(banner);
  return {
    output: output.slice(banner.length),
    code: outcome.reason === 'poweroff' ? outcome.code : undefined,
    deviceTree: readDeviceTree(tree.subarray(0, new DataView(tree.buffer).getUint32(4))),
    results,
  };
}

/** Instructions of an SBI call whose answer is stored. */
export const call = (extension: number, fid: number, a0 = '0', a1 = '0', a2 = '0'): string => `
  ${a0.startsWith('&') ? `la a0, ${a0.slice(1)}` : `li a0, ${a0}`}
  ${a1.startsWith('&') ? `la a1, ${a1.slice(1)}` : `li a1, ${a1}`}
  li a2, ${a2}
  li a6, ${fid}
  li a7, ${extension}
  ecall
  call result
`;
/** Takes more than START cycles. */
export const PAUSE = `
  li t0, ${START}
pause:
  addi t0, t0, -1
  bnez t0, pause
`;
export const END = '\n  j shutdown\n';

export const BASE = 0x10;
export const TIME = 0x5449_4d45;
export const SRST = 0x5352_5354;
export const DBCN = 0x4442_434e;
export const IPI = 0x0073_5049;
export const RFENCE = 0x5246_4e43;
export const HSM = 0x0048_534d;
export const PMU = 0x0050_4d55;
