/**
 * The microkernel on our machine. `test-programs` is one program with many tests: in the place of
 * init, it runs the one that the command line names and turns the machine off with success if all
 * its checks held.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import type { Machine } from '../../machine/machine.ts';
import { readElf, type ElfFile } from '../../tools/elf/read-elf.ts';
import { compileImage } from '../../tools/images/compile-image.ts';
import { writeCpio } from '../../tools/images/cpio.ts';
import { parseImageDescription } from '../../tools/images/image-description.ts';
import { describeWithWitness } from '../../test/witness.ts';

const MEBIBYTE = 1024 * 1024;
const KERNEL = 0x8040_0000;
/** As QEMU's `virt`: half of RAM, at most 128 MiB, behind the kernel. */
const initrdStart = (ramBytes: number): number => KERNEL + Math.min(ramBytes / 2, 128 * MEBIBYTE);

async function buildImage(folder: string): Promise<Uint8Array> {
  const path = `${folder}/image.json`;
  const description = parseImageDescription(readFileSync(path, 'utf8'), path);
  const result = await compileImage(process.cwd(), description);
  if (result.kind !== 'done') throw new Error(result.message);
  return result.outputs[0].contents;
}

function parse(bytes: Uint8Array): ElfFile {
  const { elf, error } = readElf(bytes);
  if (elf === undefined) throw error;
  return elf;
}

interface Outcome {
  readonly machine: Machine;
  readonly output: string;
  /** The machine's exit code; undefined if it did not end within the budget. */
  readonly code: number | undefined;
}

interface Boot {
  readonly initrd?: Uint8Array;
  readonly bootargs?: string;
  readonly ramBytes?: number;
  readonly kernel?: ElfFile;
  /** Changes the device tree before the machine starts. */
  readonly damage?: (tree: Uint8Array) => void;
  /** Cycles. */
  readonly budget?: number;
}

let firmware: ElfFile;
let kernel: ElfFile;
let program: Uint8Array;
let firmwareBytes: Uint8Array;
let kernelBytes: Uint8Array;

beforeAll(async () => {
  firmwareBytes = await buildImage('kernels/firmware');
  firmware = parse(firmwareBytes);
  kernelBytes = await buildImage('kernels/micro');
  kernel = parse(kernelBytes);
  program = await buildImage('kernels/micro/test-programs');
});

function boot(options: Boot): Outcome {
  const { initrd, bootargs, ramBytes = 16 * MEBIBYTE, budget = 100_000_000 } = options;
  const start = initrdStart(ramBytes);
  const sent: number[] = [];
  const { machine, deviceTree } = createVirtMachine({
    ramBytes,
    harts: 1,
    serial: { transmit: (byte) => sent.push(byte) },
    kernelEntry: KERNEL,
    ...(initrd === undefined ? {} : { initrd: { start, end: start + initrd.length } }),
    ...(bootargs === undefined ? {} : { bootargs }),
  });
  for (const { segments } of [firmware, options.kernel ?? kernel]) {
    for (const { physicalAddress, bytes } of segments) {
      expect(machine.writePhysical(physicalAddress, bytes)).toBe(true);
    }
  }
  if (initrd !== undefined) expect(machine.writePhysical(start, initrd)).toBe(true);
  if (options.damage !== undefined) {
    const tree = deviceTree.blob.slice();
    options.damage(tree);
    expect(machine.writePhysical(deviceTree.address, tree)).toBe(true);
  }
  const result = machine.run(budget, { idle: 'skip' });
  return {
    machine,
    output: String.fromCharCode(...sent).replaceAll('\r\n', '\n'),
    code: result.reason === 'poweroff' ? result.code : undefined,
  };
}

const archive = (contents: Uint8Array, path = 'boot/init'): Uint8Array =>
  writeCpio([{ path, contents, executable: true }]);

const BANNER = [
  'Vitrine firmware 0.1.0: SBI 2.0 on hart 0',
  'Kernel at 0x80400000 starts in S-mode with the device tree.',
  'Vitrine micro 0.1.0: 16 MiB RAM, 1 hart, 10000000 Hz timebase',
  '',
].join('\n');

describe('the microkernel', () => {
  const tests: readonly { name: string; megacycles: number; mebibytes?: number }[] = [
    { name: 'messages', megacycles: 10 },
    { name: 'lending', megacycles: 10 },
    { name: 'notifications', megacycles: 10 },
    { name: 'deadlines', megacycles: 50 },
    { name: 'handles', megacycles: 10 },
    { name: 'pointers', megacycles: 10 },
    { name: 'mapping', megacycles: 20 },
    { name: 'faults', megacycles: 50 },
    { name: 'restart', megacycles: 300 },
    { name: 'destruction', megacycles: 300 },
    // More handles to pages than the table has room for.
    { name: 'exhaustion', megacycles: 600, mebibytes: 32 },
    { name: 'ports', megacycles: 100 },
    { name: 'priorities', megacycles: 300 },
    { name: 'interrupts', megacycles: 50 },
    { name: 'speed', megacycles: 10 },
    { name: 'fuzz', megacycles: 2000 },
  ];

  it.each(tests)('keeps what it promises: $name', ({ name, megacycles, mebibytes = 16 }) => {
    const { output, code } = boot({
      initrd: archive(program),
      bootargs: name,
      ramBytes: mebibytes * MEBIBYTE,
      budget: megacycles * 1_000_000,
    });
    expect(output).toMatch(/passed\n$/);
    expect(code).toBe(0);
  });

  it('says what it is, and how the first process died', () => {
    const { output, code } = boot({ initrd: archive(program), bootargs: 'null-pointer' });
    expect(output.startsWith(BANNER)).toBe(true);
    expect(output.slice(BANNER.length)).toMatch(
      /^micro: init: store page fault at pc 0x0001[0-9a-f]{4}, stval 0x00000000, ra 0x[0-9a-f]{8}; it has no handler and ends\n$/,
    );
    expect(code).toBe(1);
  });

  it('has no more text than its design allows', () => {
    const text = kernel.sections.find(({ name }) => name === '.text');
    expect(text?.size).toBeGreaterThan(0);
    expect(text?.size).toBeLessThanOrEqual(48 * 1024);
  });

  it('maps no part of itself both writable and executable', () => {
    for (const { writable, executable } of kernel.segments) {
      expect(writable && executable).toBe(false);
    }
  });
});

/** A mapping of the page tables: 4 KiB, or 4 MiB with `pages` of 1024. */
interface Mapping {
  readonly virtual: number;
  readonly physical: number;
  readonly pages: number;
  /** The low eight bits of the entry: D A G U X W R V. */
  readonly flags: number;
}

/** All mappings of the address space that the machine was in (privileged architecture, Sv32). */
function readMappings(machine: Machine): Mapping[] {
  const readTable = (address: number): DataView => {
    const bytes = new Uint8Array(4096);
    expect(machine.readPhysical(address, bytes)).toBe(true);
    return new DataView(bytes.buffer);
  };
  const mappings: Mapping[] = [];
  const visit = (table: DataView, base: number, pages: number): void => {
    for (let index = 0; index < 1024; index++) {
      const entry = table.getUint32(index * 4, true);
      if ((entry & 1) === 0) continue;
      const virtual = base + index * pages * 4096;
      const physical = (entry >>> 10) * 4096;
      if ((entry & 0b1110) === 0) visit(readTable(physical), virtual, 1);
      else mappings.push({ virtual, physical, pages, flags: entry & 0xff });
    }
  };
  const satp = machine.harts[0].readCsr('satp') ?? 0;
  visit(readTable((satp & 0x3f_ffff) * 4096), 0, 1024);
  return mappings;
}

describe('the kernel’s half of an address space', () => {
  const R = 0b10;
  const W = 0b100;
  const X = 0b1000;
  const U = 0b1_0000;
  const G = 0b10_0000;
  const END_OF_RAM = 0x8000_0000 + 16 * MEBIBYTE;
  let mappings: readonly Mapping[];
  let kernels: readonly Mapping[];

  beforeAll(() => {
    const { machine, code } = boot({ initrd: archive(program), bootargs: 'messages' });
    expect(code).toBe(0);
    mappings = readMappings(machine);
    kernels = mappings.filter(({ virtual }) => virtual >= 0x8000_0000);
  });

  const at = (address: number): Mapping | undefined =>
    mappings.find(({ virtual, pages }) => address >= virtual && address < virtual + pages * 4096);
  const accessAt = (address: number): number => (at(address)?.flags ?? 0) & (R | W | X);

  it('is global and closed to user mode, and the rest is neither', () => {
    expect(kernels.length).toBeGreaterThan(0);
    for (const { flags } of kernels) expect(flags & (G | U)).toBe(G);
    const users = mappings.filter(({ virtual }) => virtual < 0x8000_0000);
    expect(users.length).toBeGreaterThan(0);
    for (const { flags } of users) expect(flags & (G | U)).toBe(U);
  });

  it('is RAM where it is, without the firmware, and a window on the interrupt controller', () => {
    const ram = kernels.filter(({ virtual }) => virtual < 0xf000_0000);
    for (const { virtual, physical, pages } of ram) {
      expect(physical).toBe(virtual);
      expect(virtual).toBeGreaterThanOrEqual(0x8008_0000);
      expect(virtual + pages * 4096).toBeLessThanOrEqual(END_OF_RAM);
    }
    const devices = kernels.filter(({ virtual }) => virtual >= 0xf000_0000);
    expect(devices.map(({ virtual, physical }) => [virtual, physical])).toEqual([
      [0xf000_0000, 0x0c00_0000],
      [0xf040_0000, 0x0c40_0000],
    ]);
  });

  it('has its text R-X, its constants R--, and all else RW-', () => {
    const section = (name: string) => {
      const found = kernel.sections.find((candidate) => candidate.name === name);
      if (found === undefined) throw new Error(`the kernel has no ${name}`);
      return found;
    };
    const text = section('.text');
    expect(accessAt(text.address)).toBe(R | X);
    expect(accessAt(text.address + text.size - 1)).toBe(R | X);
    expect(accessAt(section('.rodata').address)).toBe(R);
    expect(accessAt(section('.trap_sites').address)).toBe(R);
    expect(accessAt(section('.static').address)).toBe(R | W);
    for (const { virtual, flags } of kernels) {
      const isText = virtual >= text.address && virtual < text.address + text.size;
      if (!isText) expect(flags & X).toBe(0);
    }
  });

  it('has a page that is not mapped under its stack', () => {
    const guard = kernel.symbols.find(({ name }) => name === 'kernel_stack_guard')?.address;
    const top = kernel.symbols.find(({ name }) => name === 'kernel_stack_top')?.address;
    if (guard === undefined || top === undefined) throw new Error('the kernel has changed');
    expect(at(guard)).toBeUndefined();
    for (let page = guard + 4096; page < top; page += 4096) expect(accessAt(page)).toBe(R | W);
  });
});

describe('a kernel that cannot go on', () => {
  const panic = (options: Boot): string => {
    const { output, code } = boot(options);
    expect(code).toBe(1);
    return output.slice(output.indexOf('kernel panic: '));
  };

  it('wants an initrd', () => {
    expect(panic({})).toBe('kernel panic: no initrd: give one with --initrd\n');
  });

  it('wants a cpio archive', () => {
    expect(panic({ initrd: new Uint8Array(4096).fill(0x41) })).toBe(
      'kernel panic: the initrd is not a cpio archive (newc)\n',
    );
  });

  it('wants init in it', () => {
    const missing = 'kernel panic: the initrd has no boot/init, or is damaged\n';
    expect(panic({ initrd: archive(program, 'boot/other') })).toBe(missing);
    expect(panic({ initrd: archive(program).subarray(0, 2000) })).toBe(missing);
    const damaged = archive(program).slice();
    damaged.fill(0x58, 54, 62);
    expect(panic({ initrd: damaged })).toBe(missing);
  });

  it('wants init to be an executable', () => {
    const bad = 'kernel panic: boot/init in the initrd is not an ELF executable for RV32\n';
    expect(panic({ initrd: archive(new Uint8Array(10)) })).toBe(bad);
    expect(panic({ initrd: archive(program.subarray(0, 60)) })).toBe(bad);
    const wrongMachine = program.slice();
    wrongMachine[18] = 0x3e;
    expect(panic({ initrd: archive(wrongMachine) })).toBe(bad);
  });

  it('wants segments where a process can have them', () => {
    const outside = program.slice();
    const view = new DataView(outside.buffer);
    const firstHeader = view.getUint32(28, true);
    view.setUint32(firstHeader + 8, 0x8000_0000, true);
    expect(panic({ initrd: archive(outside) })).toBe(
      'kernel panic: init has a segment outside its file or user space\n',
    );
    view.setUint32(firstHeader + 8, 0x0010_0000, true);
    expect(panic({ initrd: archive(outside) })).toBe(
      'kernel panic: init has segments that overlap\n',
    );
  });

  it('wants enough memory', () => {
    const ramBytes = 14 * MEBIBYTE;
    expect(panic({ ramBytes })).toBe('kernel panic: no initrd: give one with --initrd\n');
    expect(panic({ ramBytes, initrd: archive(overlong(program)) })).toBe(
      'kernel panic: no memory for init\n',
    );
  });

  it('wants a device tree', () => {
    expect(panic({ damage: (tree) => tree.fill(0, 0, 4) })).toBe(
      'kernel panic: no valid device tree\n',
    );
    const truncated = panic({ damage: (tree) => tree.fill(0, 40) });
    expect(truncated).toMatch(/^kernel panic: [^\n]+\n$/);
  });

  it('comes to an end, whatever is wrong with the device tree', () => {
    const initrd = archive(program);
    let seed = 1;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % limit;
    };
    const outcomes = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const damage = (tree: Uint8Array): void => {
        for (let i = 0; i < 4; i++) tree[random(tree.length)] = random(256);
      };
      const { output, code } = boot({ initrd, bootargs: 'messages', damage });
      expect(code, output).toBeDefined();
      const end = /(passed|kernel panic: .*|failed:)\n(.*\n)*$/.exec(output)?.[1];
      expect(end, output).toBeDefined();
      outcomes.add(end ?? '');
    }
    expect(outcomes.has('passed')).toBe(true);
    expect(outcomes.size).toBeGreaterThan(1);
  });

  it('names the line of its own fault', () => {
    const { symbols, sections } = kernel;
    const place = symbols.find(({ name }) => name.endsWith('/startFirstProcess'));
    const sites = sections.find(({ name }) => name === '.trap_sites')?.bytes;
    if (place === undefined || sites === undefined) throw new Error('the kernel has changed');
    const table = new DataView(sites.buffer, sites.byteOffset, sites.byteLength);
    const end = place.address + place.size;
    let site = 16;
    while (table.getUint32(site, true) < place.address) site += 8;
    const pc = table.getUint32(site, true);
    const line = table.getUint16(site + 4, true);
    expect(pc).toBeLessThan(end);

    // In its place: sw zero, 0(zero).
    const broken = kernel.segments.map((segment) => {
      const offset = pc - segment.physicalAddress;
      if (offset < 0 || offset >= segment.bytes.length) return segment;
      const bytes = segment.bytes.slice();
      new DataView(bytes.buffer).setUint32(offset, 0x0000_2023, true);
      return { ...segment, bytes };
    });
    const report = panic({ initrd: archive(program), kernel: { ...kernel, segments: broken } });
    expect(report).toContain(
      `store page fault, pc 0x${pc.toString(16)}, scause 0x0000000f, stval 0x00000000`,
    );
    expect(report).toMatch(new RegExp(`, kernels/[a-z/-]+\\.ts:${line}\\n$`));
  });
});

const QEMU = 'qemu-system-riscv32';
/** Milliseconds; only for a hang. */
const QEMU_LIMIT = 60_000;

describeWithWitness(QEMU, 'the same images on QEMU', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-micro-'));
    writeFileSync(join(folder, 'firmware.elf'), firmwareBytes);
    writeFileSync(join(folder, 'micro.elf'), kernelBytes);
    writeFileSync(join(folder, 'initrd.cpio'), archive(program));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const bootOnQemu = (bootargs: string, harts: number) =>
    spawnSync(
      QEMU,
      [
        ...['-machine', 'virt', '-cpu', 'rv32,h=off', '-m', '16M', '-smp', `${harts}`],
        ...['-nographic', '-monitor', 'none', '-bios', 'firmware.elf', '-kernel', 'micro.elf'],
        ...['-initrd', 'initrd.cpio', '-append', bootargs],
      ],
      { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: QEMU_LIMIT },
    );

  // Those that no other load on the host can disturb: QEMU's time goes on while it waits for a core.
  it.each(['messages', 'lending', 'notifications', 'handles', 'pointers', 'mapping'])(
    'pass: %s',
    (name) => {
      const { stdout, status } = bootOnQemu(name, 1);
      expect(stdout.replaceAll('\r\n', '\n')).toBe(`${BANNER}passed\n`);
      expect(status).toBe(0);
    },
  );

  it('leave further harts alone', () => {
    const { stdout, status } = bootOnQemu('messages', 3);
    expect(stdout).toContain('SBI 2.0 on hart 0');
    expect(stdout).toContain('3 harts, one in use');
    expect(stdout).toMatch(/passed\r\n$/);
    expect(status).toBe(0);
  });

  it('report a failure as a failure', () => {
    expect(bootOnQemu('null-pointer', 1).status).toBe(1);
  });
});

/** An executable whose data claims more memory than there is. */
function overlong(executable: Uint8Array): Uint8Array {
  const bytes = executable.slice();
  const view = new DataView(bytes.buffer);
  const { segments } = parse(executable);
  const index = segments.findIndex(({ writable }) => writable);
  expect(index).toBeGreaterThan(0);
  view.setUint32(view.getUint32(28, true) + index * 32 + 20, 0x0200_0000, true);
  return bytes;
}
