/**
 * Small S-mode programs in the kernel's place, under the firmware on our machine. Extension and
 * function numbers are restated from the SBI 2.0 document.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readDeviceTree, type ReadNode } from '../../machine/boards/device-tree-reader.ts';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { assemble, formatAssemblyError } from '../../tools/assembler/assemble.ts';
import { readElf, type ElfFile } from '../../tools/elf/read-elf.ts';
import { compileImage } from '../../tools/images/compile-image.ts';
import { parseImageDescription } from '../../tools/images/image-description.ts';
import { link } from '../../tools/linker/link.ts';
import { QEMU } from '../qemu-boot.ts';

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

interface Program {
  readonly segments: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** Where it stores pairs. */
  readonly resultsAddress: number;
}

const RAM_BASE = 0x8000_0000;
const RAM_BYTES = 16 * MEBIBYTE;
const RESULTS = 32;
const PAIR_BYTES = 8;

function assembleProgram(source: string): Program {
  const assembled = assemble(PRELUDE + source, 'firmware.test.s');
  if (assembled.errors) throw new Error(assembled.errors.map(formatAssemblyError).join('\n'));
  const objects = [assembled.object];
  const linked = link({ objects, entry: '_start', textOrigin: KERNEL });
  if (linked.errors) throw new Error(JSON.stringify(linked.errors));
  const { segments, symbols } = linked.image;
  const table = symbols.find(({ name }) => name === 'results');
  if (table === undefined) throw new Error('the program has no results');
  return { segments, resultsAddress: table.address };
}

function readResults(bytes: Uint8Array): Run['results'] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number): number => view.getInt32(index * 4, true);
  return Array.from(
    { length: RESULTS },
    (_, pair) => [word(2 * pair), word(2 * pair + 1)] as const,
  );
}

/** What the program printed, behind the firmware's greeting. */
function outputBehindBanner(console: string, harts: number): string {
  const output = console.replaceAll('\r\n', '\n');
  const banner = bannerOf(harts);
  expect(output.slice(0, banner.length)).toBe(banner);
  return output.slice(banner.length);
}

/** Runs a program in the kernel's place until it shuts the machine down, or its budget is spent. */
export function runProgram(image: ElfFile, source: string, options: RunOptions = {}): Run {
  const { input = '', harts = 1 } = options;
  const { segments, resultsAddress } = assembleProgram(source);
  const sent: number[] = [];
  const { machine, uart, deviceTree } = createVirtMachine({
    ramBytes: RAM_BYTES,
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

  const bytes = new Uint8Array(RESULTS * PAIR_BYTES);
  machine.readPhysical(resultsAddress, bytes);
  const tree = new Uint8Array(deviceTree.blob.length + MAXIMUM_ADDED_BYTES);
  machine.readPhysical(deviceTree.address, tree);
  return {
    output: outputBehindBanner(String.fromCharCode(...sent), harts),
    code: outcome.reason === 'poweroff' ? outcome.code : undefined,
    deviceTree: readDeviceTree(tree.subarray(0, new DataView(tree.buffer).getUint32(4))),
    results: readResults(bytes),
  };
}

/** Bounds a QEMU that hangs on a loaded machine. */
const HANG_MILLISECONDS = 120_000;

/** Bytes that lie at addresses, in one piece from `start` on. */
function flatten(start: number, parts: Program['segments']): Uint8Array {
  const end = Math.max(...parts.map(({ address, bytes }) => address + bytes.length));
  const flat = new Uint8Array(end - start);
  for (const { address, bytes } of parts) flat.set(bytes, address - start);
  return flat;
}

/** The same on QEMU, on a CPU of this name. */
export function runProgramOnQemu(
  image: ElfFile,
  source: string,
  cpu: string,
  harts: number,
): Pick<Run, 'output' | 'code' | 'results'> {
  const { segments, resultsAddress } = assembleProgram(source);
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-firmware-'));
  try {
    const [bios, kernel, ram] = ['bios', 'kernel', 'ram'].map((name) => join(folder, name));
    const firmware = image.segments.map(({ physicalAddress, bytes }) => ({
      address: physicalAddress,
      bytes,
    }));
    writeFileSync(bios, flatten(RAM_BASE, firmware));
    writeFileSync(kernel, flatten(KERNEL, segments));
    const memory = `memory-backend-file,id=ram,size=${RAM_BYTES},share=on,mem-path=${ram}`;
    const { status, stdout, stderr, signal } = spawnSync(
      QEMU,
      [
        ...['-machine', 'virt,memory-backend=ram', '-object', memory, '-m', `${RAM_BYTES}B`],
        ...['-cpu', cpu, '-smp', `${harts}`, '-bios', bios, '-kernel', kernel],
        ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
      ],
      { timeout: HANG_MILLISECONDS, killSignal: 'SIGKILL', encoding: 'latin1', input: '' },
    );
    if (status === null) throw new Error(`${QEMU} ended with ${signal}: ${stderr}\n${stdout}`);
    const at = resultsAddress - RAM_BASE;
    return {
      output: outputBehindBanner(stdout, harts),
      code: status,
      results: readResults(readFileSync(ram).subarray(at, at + RESULTS * PAIR_BYTES)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
