/** The compiler's workloads: what each is given, and how it runs on a bare machine. */
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { HartWord } from '../../machine/hart/state-layout.ts';
import { type InorderParameters, PRESETS } from '../../machine/timing/inorder/parameters.ts';
import type { ElfFile } from '../elf/read-elf.ts';

/** The shape in which a workload reaches memory. */
export const SHAPES = ['raw', 'checked'] as const;
export type Shape = (typeof SHAPES)[number];

/** A piece of work, `NAME.ts` and `NAME.c` in `userland/workloads`. */
export interface Workload {
  readonly name: string;
  /** What the first array holds. */
  readonly input: 'words' | 'text';
  /** The last argument: elements or rounds. */
  readonly count: number;
}

export const WORKLOADS: readonly Workload[] = [
  { name: 'list', input: 'words', count: 2000 },
  { name: 'matrix', input: 'words', count: 40 },
  { name: 'state', input: 'text', count: 16_000 },
  { name: 'crc', input: 'words', count: 16_000 },
  { name: 'text', input: 'text', count: 16_000 },
  { name: 'records', input: 'words', count: 256 },
  { name: 'quicksort', input: 'words', count: 4000 },
  { name: 'sha256', input: 'words', count: 16_000 },
  { name: 'copy', input: 'words', count: 16_003 },
  { name: 'ipc', input: 'words', count: 4000 },
];

/** Where workloads are linked. */
export const TEXT_ORIGIN = RAM_BASE;
/** Static data of those in TypeScript. */
export const STATIC_DATA = RAM_BASE + 0x10_0000;
const RAM_BYTES = 8 * 2 ** 20;
const STACK_TOP = RAM_BASE + RAM_BYTES;
const ARENA = RAM_BASE + 0x40_0000;
/** From one array to the next. */
const ARRAY_STRIDE = 0x4000;
/** Before the first element: the length in bytes stands in the word before it. */
const HEADER_BYTES = 4;
const ARRAY_BYTES = ARRAY_STRIDE - HEADER_BYTES;
const ARRAYS = 3;
const LIMIT_CYCLES = 100_000_000;
const SEED = 20_04;
const RA = 1;
const A0 = 10;
const WORDS_OF_TEXT = ['while', 'x1', '"a b\\"c"', '0x1f3', '42', '#note\n', 'Alpha', '(', '07'];

/** Where calls return to: the hart waits there for ever. */
export const HARNESS = `
    .section .text.start, "ax", @progbits
    .globl _start
_start:
    li sp, ${STACK_TOP}
    call __wasm_start
returned:
    csrw mie, zero
    wfi
    j returned
harness_end:
    .globl returned
    .globl harness_end
`;

export interface WorkloadRun {
  readonly instructions: number;
  /** Cycles of the in-order model `u54`. */
  readonly cycles: number;
  /** What the function returned, then the arrays: equal for whoever does the same work. */
  readonly result: number;
  readonly arrays: Uint8Array;
}

/** A fixed sequence of words that look random (xorshift32, Marsaglia 2003). */
function* randomWords(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

function inputBytes(input: Workload['input']): Uint8Array {
  const random = randomWords(SEED);
  const bytes = new Uint8Array(ARRAY_BYTES);
  const view = new DataView(bytes.buffer);
  if (input === 'words') {
    for (let at = 0; at + 4 <= bytes.length; at += 4) view.setUint32(at, random.next().value, true);
    return bytes;
  }
  let at = 0;
  while (at < bytes.length) {
    const word = WORDS_OF_TEXT[random.next().value % WORDS_OF_TEXT.length];
    for (const character of `${word} `.slice(0, bytes.length - at)) {
      bytes[at++] = character.charCodeAt(0);
    }
  }
  return bytes;
}

const arrayAddress = (index: number): number => ARENA + index * ARRAY_STRIDE + HEADER_BYTES;

function addressOf(image: ElfFile, name: string): number {
  const found = image.symbols.find((symbol) => symbol.name === name);
  if (found === undefined) throw new RangeError(`the workload's image has no symbol ${name}`);
  return found.address;
}

/** Bytes of a workload's functions and of those that they call. */
export function codeBytes(image: ElfFile): number {
  const text = image.sections.find(({ name }) => name === '.text');
  if (text === undefined) throw new RangeError("the workload's image has no .text");
  return text.address + text.size - addressOf(image, 'harness_end');
}

/**
 * Runs a workload in both clock models.
 * @param image a workload and `HARNESS`, whoever has compiled it
 * @throws Error if it traps, or does not end
 */
export function runWorkload(image: ElfFile, workload: Workload, shape: Shape): WorkloadRun {
  const functional = runOnce(image, workload, shape, undefined);
  return { ...functional, cycles: runOnce(image, workload, shape, PRESETS.u54).cycles };
}

function runOnce(
  image: ElfFile,
  { name, input, count }: Workload,
  shape: Shape,
  inorder: InorderParameters | undefined,
): WorkloadRun {
  const serial = { transmit: () => undefined };
  const { machine } = createVirtMachine({ ramBytes: RAM_BYTES, harts: 1, serial, inorder });
  for (const { physicalAddress, bytes } of image.segments) {
    if (!machine.writePhysical(physicalAddress, bytes))
      throw new RangeError(`0x${physicalAddress.toString(16)} is not inside RAM`);
  }
  const [hart] = machine.harts;
  const returned = addressOf(image, 'returned');
  const runFrom = (pc: number): void => {
    hart.pc = pc;
    hart.writeRegister(RA, returned);
    hart.state.words[HartWord.Waiting] = 0;
    const { reason } = machine.run(LIMIT_CYCLES, { idle: 'stop' });
    if (reason !== 'waiting' || hart.readCsr('mcause') !== 0) {
      throw new Error(`the workload ${name} (${shape}) did not end well: ${reason}`);
    }
  };
  runFrom(addressOf(image, '_start'));
  const length = new Uint8Array(HEADER_BYTES);
  new DataView(length.buffer).setUint32(0, ARRAY_BYTES, true);
  for (let index = 0; index < ARRAYS; index++) {
    machine.writePhysical(arrayAddress(index) - HEADER_BYTES, length);
    hart.writeRegister(A0 + index, arrayAddress(index));
  }
  machine.writePhysical(arrayAddress(0), inputBytes(input));
  hart.writeRegister(A0 + ARRAYS, count);
  const [instructions, cycle] = [machine.instructionsRetired, machine.cycle];
  runFrom(addressOf(image, `${name}_${shape}`));
  const arrays = new Uint8Array(ARRAYS * ARRAY_STRIDE);
  machine.readPhysical(ARENA, arrays);
  return {
    instructions: machine.instructionsRetired - instructions,
    cycles: machine.cycle - cycle,
    result: hart.readRegister(A0) >>> 0,
    arrays,
  };
}
