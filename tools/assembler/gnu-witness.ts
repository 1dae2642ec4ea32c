/** For tests: the GNU assembler and linker as witnesses. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const GNU_ASSEMBLER = 'riscv64-unknown-elf-as';
export const GNU_OBJDUMP = 'riscv64-unknown-elf-objdump';
export const GNU_READELF = 'riscv64-unknown-elf-readelf';
const GNU_LINKER = 'riscv64-unknown-elf-ld';
const GNU_OBJCOPY = 'riscv64-unknown-elf-objcopy';

/** What version 2.40 knows of our machine: all but Zicond. */
const ARCHITECTURE = [
  '-march=rv32imafdc_zicsr_zifencei_zihintpause_zba_zbb_zbc_zbkb_zbkx_zbs_zfh',
  '-mabi=ilp32',
];

/** Runs `use` with a directory of its own, which is removed afterwards. */
export function withTemporaryDirectory<Result>(use: (directory: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), 'vitrine-binutils-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a GNU tool prints; its messages become the error's text. */
export function runGnu(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 64 << 20,
  });
}

/** The bytes of one section of a file. */
function extractSection(file: string, section: string, cwd: string): Uint8Array {
  runGnu(GNU_OBJCOPY, ['-O', 'binary', '-j', section, file, 'section.bin'], cwd);
  return new Uint8Array(readFileSync(join(cwd, 'section.bin')));
}

/**
 * The `.text` of `source` as GNU as assembles it, without relaxation; with `compression` it knows
 * 16-bit instructions, and uses them unasked.
 */
export function assembleWithGnu(source: string, compression = false): Uint8Array {
  return withTemporaryDirectory((directory) => {
    assembleToFile(source, compression, 'out.o', directory);
    return extractSection('out.o', '.text', directory);
  });
}

function assembleToFile(source: string, compression: boolean, file: string, cwd: string): void {
  const options = `.option norelax\n.option ${compression ? 'rvc' : 'norvc'}\n`;
  writeFileSync(join(cwd, 'in.s'), `${options}${source}\n`);
  runGnu(GNU_ASSEMBLER, [...ARCHITECTURE, 'in.s', '-o', file], cwd);
}

/** What objdump prints for instructions given by their bits. */
export function disassembleWithGnu(
  words: readonly { readonly bits: number; readonly length: number }[],
  options: readonly string[],
): string {
  const source = words.map(({ bits, length }) => `.insn ${length}, 0x${bits.toString(16)}`);
  return withTemporaryDirectory((directory) => {
    assembleToFile(source.join('\n'), true, 'out.o', directory);
    return runGnu(GNU_OBJDUMP, ['-d', '-z', ...options, 'out.o'], directory);
  });
}

export interface SectionPlace {
  readonly name: string;
  readonly address: number;
}

/** Sources assembled and linked by GNU, with sections at given places: their contents by name. */
export function linkWithGnu(
  sources: readonly string[],
  places: readonly SectionPlace[],
): Map<string, Uint8Array> {
  return withTemporaryDirectory((directory) => {
    const objects = sources.map((source, index) => {
      assembleToFile(source, false, `${index}.o`, directory);
      return `${index}.o`;
    });
    const starts = places.map(
      ({ name, address }) => `--section-start=${name}=0x${address.toString(16)}`,
    );
    const options = ['-melf32lriscv', '--no-relax', '-e', '_start', ...starts];
    runGnu(GNU_LINKER, [...options, ...objects, '-o', 'out.elf'], directory);
    return new Map(places.map(({ name }) => [name, extractSection('out.elf', name, directory)]));
  });
}
