/** Objects of gcc and as beside ours: linked with compiled TypeScript, and beside GNU's own link. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { assemble } from '../assembler/assemble.ts';
import { runGnu, withTemporaryDirectory } from '../assembler/gnu-witness.ts';
import { compileSources } from '../compiler/frontend.ts';
import { TargetProgram } from '../compiler/testing/target-program.ts';
import { ElfError } from '../elf/elf-error.ts';
import { readObject } from '../elf/read-object.ts';
import { writeExecutable } from '../elf/write-executable.ts';
import { writeObject } from '../elf/write-object.ts';
import { link } from './link.ts';
import type { LinkedImage } from './linked-image.ts';
import type { ObjectFile } from './object.ts';
import { type InputFile, readInputs, usesGlobalPointer } from './read-inputs.ts';

const GCC = 'riscv64-unknown-elf-gcc';
const QEMU = 'qemu-system-riscv32';
const TEXT_ORIGIN = 0x80000000;
const SOURCES = fileURLToPath(new URL('testing/', import.meta.url));
const TARGET = ['-march=rv32imac', '-mabi=ilp32'];
const QEMU_BUDGET_MILLISECONDS = 20_000;

function compileC(source: string, ...flags: readonly string[]): ObjectFile {
  return withTemporaryDirectory((directory) => {
    writeFileSync(join(directory, 'c.c'), source);
    runGnu(GCC, [...TARGET, '-ffreestanding', '-c', 'c.c', ...flags], directory);
    return readObject(readFileSync(join(directory, 'c.o')), 'c.o');
  });
}

const C_SIDE = `
int typescript_add(int a, int b);
long long typescript_wide(long long a, int b, long long c);
int typescript_many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j);
int c_scale(int a, int b) { return 3 * a - b; }
long long c_wide(int a, long long b, long long c) { return b * a - c; }
int c_many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j;
}
int c_sum(const int *from, int count) { int sum = 0; while (count--) sum += *from++; return sum; }
int c_calls(int a, int b) { return typescript_add(a, b) * 10 + typescript_add(b, a); }
long long c_calls_wide(long long a, int b, long long c) { return typescript_wide(a, b, c) + 1; }
int c_calls_many(int a) { return typescript_many(a, 1, 2, 3, 4, 5, 6, 7, 8, 9); }
`;

const TYPESCRIPT_SIDE = `
export declare function c_scale(a: i32, b: i32): i32;
export declare function c_wide(a: i32, b: i64, c: i64): i64;
export declare function c_many(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32, i: i32, j: i32): i32;
export declare function c_sum(from: usize, count: i32): i32;
export declare function c_calls(a: i32, b: i32): i32;
export declare function c_calls_wide(a: i64, b: i32, c: i64): i64;
export declare function c_calls_many(a: i32): i32;
const numbers = memory.data<i32>([1, 20, 300, 4000]);
export function typescript_add(a: i32, b: i32): i32 { return a + 2 * b; }
export function typescript_wide(a: i64, b: i32, c: i64): i64 { return a * b + c; }
export function typescript_many(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32, i: i32, j: i32): i32 {
  return a - b + 2 * c - d + 3 * e - f + 4 * g - h + 5 * i - 6 * j;
}
export function to_c(a: i32, b: i32): i32 { return c_scale(a, b) + c_sum(numbers, 4); }
export function to_c_wide(a: i32, b: i64, c: i64): i64 { return c_wide(a, b, c) ^ 1; }
export function to_c_many(a: i32): i32 { return c_many(a, 1, 2, 3, 4, 5, 6, 7, 8, 9); }
export function there_and_back(a: i32, b: i32): i32 { return c_calls(a, b); }
export function there_and_back_wide(a: i64, b: i32, c: i64): i64 { return c_calls_wide(a, b, c); }
export function there_and_back_many(a: i32): i32 { return c_calls_many(a); }
`;

const ABORT =
  'export function abort(m: usize, f: usize, l: u32, c: u32): void { unreachable(); }\n';

async function compileTypeScript(): Promise<ObjectFile> {
  const files: Readonly<Record<string, string>> = {
    'demo/main.ts': TYPESCRIPT_SIDE,
    'demo/abort.ts': ABORT,
  };
  const { object, diagnostics } = await compileSources({
    entries: ['demo/main.ts'],
    root: SOURCES,
    memoryBase: 0x8010_0000,
    moduleName: 'demo',
    abort: 'demo/abort/abort',
    readFile: (path) => files[path] ?? null,
  });
  if (object === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return object;
}

function words(value: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}

describeWithWitness(GCC, 'C and TypeScript', () => {
  it.each(['-O0', '-O2', '-Os'])('call each other (%s)', async (level) => {
    const roots = [
      ...['to_c', 'to_c_wide', 'to_c_many'],
      ...['there_and_back', 'there_and_back_wide', 'there_and_back_many'],
    ];
    const c = compileC(C_SIDE, level, '-ffunction-sections');
    const program = new TargetProgram([await compileTypeScript(), c], roots);
    const call = (name: string, ...given: number[]): number | undefined => {
      const outcome = program.call(name, given);
      return outcome.trap === undefined ? outcome.low : undefined;
    };
    expect(call('to_c', 7, -5)).toBe(3 * 7 + 5 + 4321);
    expect(call('to_c_many', 100)).toBe(100 + 2 + 6 + 12 + 20 + 30 + 42 + 56 + 72 + 90);
    expect(call('there_and_back', 3, 4)).toBe((3 + 8) * 10 + 4 + 6);
    expect(call('there_and_back_many', 50)).toBe(50 - 1 + 4 - 3 + 12 - 5 + 24 - 7 + 40 - 54);
    const [b, d] = [0x1_2345_6789n, -0x7_0000_0001n];
    const wide = BigInt.asIntN(64, (b * -3n - d) ^ 1n);
    // A pair that does not begin at an even register is not moved up: all are named arguments.
    expect(program.call('to_c_wide', [-3, ...words(b), ...words(d)])).toMatchObject({
      low: words(wide)[0],
      high: words(wide)[1],
    });
    const back = BigInt.asIntN(64, b * 9n + d + 1n);
    expect(program.call('there_and_back_wide', [...words(b), 9, ...words(d)])).toMatchObject({
      low: words(back)[0],
      high: words(back)[1],
    });
  });
});

const START = readFileSync(join(SOURCES, 'start.s'), 'utf8');

/** The program of `testing/`, as files in `directory`, compiled there. */
function compileProgram(directory: string, flags: readonly string[]): InputFile[] {
  const c = ['main', 'other'].map((name) => join(SOURCES, `${name}.c`));
  runGnu(GCC, [...TARGET, ...flags, '-ffreestanding', '-fcommon', '-c', ...c], directory);
  const libgcc = runGnu(GCC, [...TARGET, '-print-libgcc-file-name'], directory).trim();
  const files = ['main.o', 'other.o', libgcc].map((name) => ({
    name,
    contents: readFileSync(join(directory, name).replace(/^.*(?=\/usr\/)/, '')),
  }));
  return [{ name: 'start.s', contents: new TextEncoder().encode(START) }, ...files];
}

function linkProgram(files: readonly InputFile[], relax: boolean): LinkedImage {
  const inputs = readInputs(files);
  const { image, errors } = link({
    ...inputs,
    entry: '_start',
    textOrigin: TEXT_ORIGIN,
    relax,
    hasGlobalPointer: usesGlobalPointer(inputs),
  });
  if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  return image;
}

function textSize(image: LinkedImage): number {
  return image.sections.find(({ name }) => name === '.text')?.size ?? 0;
}

/** What a program prints on QEMU until it powers off. */
function printedOnQemu(file: string): string {
  const options = ['-machine', 'virt', '-bios', 'none', '-display', 'none', '-monitor', 'none'];
  const { stdout, status } = spawnSync(QEMU, [...options, '-serial', 'stdio', '-kernel', file], {
    encoding: 'utf8',
    input: '',
    timeout: QEMU_BUDGET_MILLISECONDS,
    killSignal: 'SIGKILL',
  });
  expect(status).toBe(0);
  return stdout;
}

const GNU_SCRIPT = `ENTRY(_start) SECTIONS { . = ${TEXT_ORIGIN};
  .text : { *(.text.start) *(.text*) } .rodata : { *(.rodata* .srodata*) }
  .init_array : { __init_array_start = .; KEEP(*(.init_array*)) __init_array_end = .; }
  .data : { __global_pointer$ = . + 0x800; *(.data* .sdata*) } .bss : { *(.sbss* .bss* COMMON) } }`;

describeWithWitness(QEMU, 'a program in C and assembly', () => {
  it.each([
    ['-O0'],
    ['-O2', '-ffunction-sections'],
    ['-Os', '-fno-inline', '-fdata-sections', '-march=rv32im'],
  ])('prints the same as GNU ld has it (%s)', (...flags) => {
    withTemporaryDirectory((directory) => {
      const files = compileProgram(directory, flags);
      writeFileSync(join(directory, 'start.s'), START);
      writeFileSync(join(directory, 'guest.ld'), GNU_SCRIPT);
      const gnu = [...TARGET, ...flags, '-nostdlib', '-static', '-T', 'guest.ld', '-o', 'gnu.elf'];
      runGnu(GCC, [...gnu, 'start.s', 'main.o', 'other.o', '-lgcc'], directory);
      const expected = printedOnQemu(join(directory, 'gnu.elf'));
      expect(expected).toContain('three 00000004');
      const [long, short] = [false, true].map((relax) => linkProgram(files, relax));
      expect(textSize(short)).toBeLessThan(textSize(long));
      for (const image of [long, short]) {
        const file = join(directory, 'ours.elf');
        writeFileSync(file, writeExecutable(image, 'program'));
        expect(printedOnQemu(file)).toBe(expected);
      }
    });
  });

  it('is refused if its parts pass arguments differently', () => {
    const soft = compileC('int f(void) { return 1; }');
    const hard = compileC(
      'int f(void); int _start(void) { return f(); }',
      '-march=rv32imafdc_zicsr',
      '-mabi=ilp32d',
    );
    const { errors = [] } = link({
      objects: [hard, soft],
      entry: '_start',
      textOrigin: TEXT_ORIGIN,
    });
    expect(errors.map(({ message }) => message)).toEqual([
      'c.o passes arguments as ilp32d has it, c.o as ilp32: compile both with the same -mabi',
    ]);
  });

  it('is refused if it needs a global offset table or thread-local variables', () => {
    const pic = (): ObjectFile => compileC('extern int v; int f(void) { return v; }', '-fpic');
    expect(pic).toThrow(ElfError);
    expect(pic).toThrow(/relocation type 20 at \.text \+ 0x.*-fno-pic/);
    expect(() => compileC('_Thread_local int v; int f(void) { return v; }')).toThrow(
      /thread-local variables: images have none/,
    );
  });
});

describeWithWitness(QEMU, 'objects of vitrine asm', () => {
  it('are linked by GNU ld with objects of gcc', () => {
    withTemporaryDirectory((directory) => {
      const { object } = assemble(START, 'start.s');
      if (object === undefined) throw new Error('start.s has errors');
      writeFileSync(join(directory, 'start.o'), writeObject(object));
      compileProgram(directory, ['-O2']);
      writeFileSync(join(directory, 'guest.ld'), GNU_SCRIPT);
      const options = [...TARGET, '-nostdlib', '-static', '-T', 'guest.ld', '-o', 'gnu.elf'];
      execFileSync(GCC, [...options, 'start.o', 'main.o', 'other.o', '-lgcc'], { cwd: directory });
      expect(printedOnQemu(join(directory, 'gnu.elf'))).toContain('three 00000004');
    });
  });
});

describe('objects that are broken', () => {
  it('are reported with what is wrong, never with a crash', () => {
    const { object } = assemble('.globl f\nf: la a0, f\nret\n.data\n.word f', 'f.s');
    if (object === undefined) throw new Error('the source has errors');
    const file = writeObject(object);
    let refused = 0;
    for (let offset = 0; offset < file.length; offset += 1) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const changed = file.slice();
        changed[offset] = value;
        try {
          link({ objects: [readObject(changed, 'f.o')], entry: 'f', textOrigin: TEXT_ORIGIN });
        } catch (error) {
          if (!(error instanceof ElfError)) throw new Error(`byte ${offset}`, { cause: error });
          expect(error.message).not.toContain('\n');
          refused += 1;
        }
      }
    }
    expect(refused).toBeGreaterThan(50);
  });
});
