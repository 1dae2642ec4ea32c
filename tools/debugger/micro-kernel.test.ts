/** What the debugger reads from the microkernel, against what the compiler says is there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../images/build.ts';
import { MICRO_FILES, RELEASE } from '../images/folders.ts';
import { layoutsFile } from '../images/layouts-file.ts';
import { readBootFile, readInitrd } from '../host/boot-files.ts';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { GuestMemory } from './guest-memory.ts';
import { type ImageLayouts, readLayouts } from './layouts.ts';
import { MicroKernel } from './micro-kernel.ts';
import { createDebugSession } from './session.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MEBIBYTE = 2 ** 20;
const BOOT_CYCLES = 3_000_000;

interface ReadSymbols {
  readonly constants: readonly string[];
  readonly classes: Readonly<Record<string, readonly string[]>>;
}

function isReadSymbols(value: unknown): value is ReadSymbols {
  return typeof value === 'object' && value !== null && 'constants' in value && 'classes' in value;
}

/** kernels/micro/debugger-symbols.json */
function readSymbols(): ReadSymbols {
  const path = `${ROOT}/kernels/micro/debugger-symbols.json`;
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isReadSymbols(value)) throw new Error(`${path} is not what it should be`);
  return value;
}

const sink = { isTTY: false, write: () => true };

let layouts: ImageLayouts;
beforeAll(async () => {
  await build({ root: ROOT, terminal: sink, goal: 'everything' });
  const read = readLayouts(`${ROOT}/${RELEASE}/${layoutsFile('micro')}`);
  if (read === undefined) throw new Error('the kernel has no layouts');
  layouts = read;
});

describe('the symbols that the debugger reads', () => {
  test('are in the kernel', () => {
    const { constants, classes } = readSymbols();
    expect(Object.keys(layouts.constants)).toEqual(expect.arrayContaining([...constants]));
    for (const [name, fields] of Object.entries(classes)) {
      const known = layouts.classes[name].fields.map((field) => field.name);
      expect(known, name).toEqual(expect.arrayContaining([...fields]));
    }
  });

  test('are all that it needs', () => {
    const { constants, classes } = readSymbols();
    const listed = {
      constants: Object.fromEntries(constants.map((name) => [name, layouts.constants[name]])),
      classes: Object.fromEntries(
        Object.entries(classes).map(([name, fields]) => {
          const { size, fields: all } = layouts.classes[name];
          return [name, { size, fields: all.filter((field) => fields.includes(field.name)) }];
        }),
      ),
    };
    const session = createDebugSession({
      ramBytes: 128 * MEBIBYTE,
      kernel: { name: 'micro', ...readBootFile(`${ROOT}/${MICRO_FILES.kernel}`, 'kernel') },
      firmware: {
        name: 'firmware',
        ...readBootFile(`${ROOT}/${MICRO_FILES.firmware}`, 'firmware'),
      },
      initrd: readInitrd(`${ROOT}/${MICRO_FILES.initrd}`),
      bootargs: undefined,
      userImages: () => [],
      layouts,
      readSource: () => undefined,
    });
    const { machine } = session.guest;
    const memory = new GuestMemory(machine);
    const kernel = new MicroKernel(memory, listed);
    expect(kernel.processes()).toEqual([]);
    machine.run(BOOT_CYCLES, { idle: 'skip' });
    const processes = kernel.processes();
    expect(processes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['init', 'console', 'process']),
    );
    expect(processes.map(({ id }) => id)).toEqual(processes.map((_, index) => index + 1));
    // A driver whose device is not there was never loaded.
    const loaded = processes.filter(({ state }) => state === 'running');
    for (const { root, name } of loaded) {
      // Every program begins with its text at 0x10000, and nothing is at 0.
      expect(memory.translate(0x1_0000, root), name).toBeGreaterThan(0x8000_0000);
      expect(memory.translate(0, root), name).toBeUndefined();
    }
  });
});

describe('a kernel’s memory', () => {
  test('may hold anything: reading processes ends', () => {
    const { machine } = createVirtMachine({
      ramBytes: 8 * MEBIBYTE,
      harts: 1,
      serial: { transmit: () => undefined },
    });
    const page = new Uint8Array(4096);
    for (let seed = 1; seed <= 40; seed++) {
      let state = seed;
      for (let address = 0x8048_0000; address < 0x8049_0000; address += page.length) {
        const words = new Uint32Array(page.buffer);
        for (const index of words.keys()) {
          state = Math.imul(state, 1_664_525) + 1_013_904_223;
          // Small numbers, and addresses that lead back here.
          words[index] = (state & 3) === 0 ? 0x8048_0000 + (state >>> 16) : (state >>> 8) & 63;
        }
        machine.writePhysical(address, page);
      }
      const processes = new MicroKernel(new GuestMemory(machine), layouts).processes();
      expect(processes.length).toBeLessThan(1_000_000);
    }
  });
});
