/**
 * Runs compiled functions on the machine: no firmware, no devices, M-mode, translation off. Tests
 * compare what they do with the same module under Node's WebAssembly.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Machine } from '../../../machine/machine.ts';
import { STOPPED_TIME } from '../../../machine/hart/interrupts.ts';
import { HartWord } from '../../../machine/hart/state-layout.ts';
import { assemble } from '../../assembler/assemble.ts';
import { link } from '../../linker/link.ts';
import type { LinkedImage } from '../../linker/linked-image.ts';
import type { ObjectFile } from '../../linker/object.ts';
import { assembleRuntimeLibrary } from '../runtime/library.ts';

export const TEXT_ORIGIN = 0x8000_0000;
const RAM_BYTES = 0x40_0000;
/** Scratch memory for programs under test. */
export const ARENA = 0x8020_0000;
const STACK_TOP = 0x8040_0000;
const RA = 1;
const SP = 2;
const A0 = 10;
const FA0 = 10;
const ARGUMENT_REGISTERS = 8;
const EXCEPTION_BREAKPOINT = 3;

/** Where calls return to, and where traps end: both leave the machine waiting. */
const HARNESS = `
    .section .text.start, "ax", @progbits
    .globl _start
_start:
    la t0, trapped
    csrw mtvec, t0
    li t0, 0x2000               # mstatus.FS = Initial
    csrs mstatus, t0
    call __wasm_start
returned:
    csrw mie, zero
    wfi
    j returned
    .balign 4
trapped:
    csrw mie, zero
    wfi
    j trapped
    .globl __memory_size
__memory_size:
    li a0, 32832                # pages of 64 KiB up to the end of RAM
    ret
    .globl __memory_grow
__memory_grow:
    li a0, -1
    ret
    .globl returned
    .globl trapped
`;

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const library = assembleRuntimeLibrary((path) => readFileSync(repository + path, 'utf8'));

/** A trap that ended a call. */
export interface Trap {
  readonly cause: number;
  readonly pc: number;
}

export type CallOutcome =
  | {
      readonly low: number;
      readonly high: number;
      /** The bits of fa0. */
      readonly float: bigint;
      readonly trap?: undefined;
    }
  | { readonly trap: Trap };

/** The program did not finish in the given number of cycles. */
export class BudgetExceededError extends Error {
  override readonly name = 'BudgetExceededError';
}

let sharedMachine: Machine | undefined;

function machine(): Machine {
  sharedMachine ??= new Machine({ ramBytes: RAM_BYTES }, () => ({
    devices: [],
    timeSource: STOPPED_TIME,
    resetVector: TEXT_ORIGIN,
  }));
  return sharedMachine;
}

export class TargetProgram {
  readonly image: LinkedImage;
  private readonly machine = machine();
  private readonly addresses = new Map<string, number>();
  /** Instructions that the last call retired. */
  instructions = 0;

  /** Links and loads; runs the module's start function. `roots` must stay in the image. */
  constructor(objects: readonly ObjectFile[], roots: readonly string[], assembly = '') {
    const keep = roots.map((root) => `    .word ${root}`).join('\n');
    const source = `${HARNESS}\n${assembly}\n    .section .text.start\n${keep}\n`;
    const harness = assemble(source, 'harness.s');
    if (harness.object === undefined) {
      throw new Error(harness.errors.map((error) => error.message).join('\n'));
    }
    const result = link({
      objects: [harness.object, ...objects],
      libraries: library,
      entry: '_start',
      textOrigin: TEXT_ORIGIN,
    });
    if (result.image === undefined) {
      throw new Error(result.errors.map((error) => error.message).join('\n'));
    }
    this.image = result.image;
    for (const { name, address } of this.image.symbols) this.addresses.set(name, address);
    this.load();
  }

  /** Puts the image into memory again and runs the start function. */
  load(): void {
    this.machine.reset();
    this.machine.writePhysical(TEXT_ORIGIN, new Uint8Array(ARENA - TEXT_ORIGIN));
    for (const { address, bytes } of this.image.segments) {
      this.machine.writePhysical(address, bytes);
    }
    this.run(this.address('_start'), 10_000_000);
  }

  address(symbol: string): number {
    const address = this.addresses.get(symbol);
    if (address === undefined) throw new RangeError(`no symbol ${symbol}`);
    return address;
  }

  /**
   * Calls a function with argument words in the places of the ilp32 convention, and the bits of up
   * to eight floating-point arguments in fa0 … fa7.
   * @throws BudgetExceededError after `budget` cycles
   */
  call(
    symbol: string,
    words: readonly number[],
    budget = 10_000_000,
    floats: readonly bigint[] = [],
  ): CallOutcome {
    const hart = this.machine.harts[0];
    floats.forEach((bits, index) => hart.writeFloatRegister(FA0 + index, bits));
    const stack = new Uint8Array(64 * 4);
    const view = new DataView(stack.buffer);
    words.forEach((word, index) => {
      if (index < ARGUMENT_REGISTERS) hart.writeRegister(A0 + index, word >>> 0);
      else view.setUint32((index - ARGUMENT_REGISTERS) * 4, word >>> 0, true);
    });
    const sp = STACK_TOP - stack.length;
    this.machine.writePhysical(sp, stack);
    hart.writeRegister(SP, sp);
    hart.writeRegister(RA, this.address('returned'));
    return this.run(this.address(symbol), budget);
  }

  private run(pc: number, budget: number): CallOutcome {
    const hart = this.machine.harts[0];
    hart.pc = pc;
    hart.state.words[HartWord.Waiting] = 0;
    const before = this.machine.instructionsRetired;
    const { reason } = this.machine.run(budget, { idle: 'stop' });
    if (reason !== 'waiting') throw new BudgetExceededError(`ended by ${reason}`);
    this.instructions = this.machine.instructionsRetired - before;
    if (hart.pc >= this.address('trapped')) {
      const [cause, trapPc] = [hart.readCsr('mcause') ?? 0, hart.readCsr('mepc') ?? 0];
      return { trap: { cause, pc: trapPc } };
    }
    return {
      low: hart.readRegister(A0) | 0,
      high: hart.readRegister(A0 + 1) | 0,
      float: hart.readFloatRegister(FA0),
    };
  }

  readMemory(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (!this.machine.readPhysical(address, bytes)) throw new RangeError('not in RAM');
    return bytes;
  }

  writeMemory(address: number, bytes: Uint8Array): void {
    if (!this.machine.writePhysical(address, bytes)) throw new RangeError('not in RAM');
  }
}

export { EXCEPTION_BREAKPOINT };
