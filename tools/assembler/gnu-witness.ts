/** For tests: the GNU assembler and linker as witnesses. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readElfObject } from '../elf/read-elf.ts';

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
 * A section of `source` as GNU as assembles it, without relaxation; with `compression` it knows
 * 16-bit instructions, and uses them unasked.
 */
export function assembleWithGnu(
  source: string,
  compression = false,
  section = '.text',
): Uint8Array {
  return withTemporaryDirectory((directory) => {
    assembleToFile(source, compression, 'out.o', directory);
    return extractSection('out.o', section, directory);
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

/** Longest name of an instruction or register that GNU as may have. */
const MAXIMUM_NAME = 16;

/** Every text in the assembler's own file that could be the name of an instruction or register. */
function candidateNames(): string[] {
  const path = runGnu('which', [GNU_ASSEMBLER], tmpdir()).trim();
  const text = readFileSync(path).toString('latin1');
  const names = new Set<string>();
  // A name may be the end of another: the file has `addi` in `c.addi` only.
  for (const [run] of text.matchAll(/[a-z0-9._ ]{1,40}(?=\0)/g)) {
    for (let from = Math.max(0, run.length - MAXIMUM_NAME); from < run.length; from += 1) {
      const name = run.slice(from);
      if (/^[a-z][a-z0-9._]*$/.test(name)) names.add(name);
    }
  }
  return [...names];
}

/** Instructions of 16 bits are taken where their names are written, and not used unasked. */
function withOwnOptions(statement: string): string {
  return statement.startsWith('c.') ? `.option rvc; ${statement}; .option norvc` : statement;
}

/** The messages of GNU as about statements, each assembled on a line of its own, by their index. */
export function gnuErrors(statements: readonly string[]): Map<number, string> {
  return withTemporaryDirectory((cwd) => {
    const lines = statements.map(withOwnOptions).join('\n');
    writeFileSync(join(cwd, 'in.s'), `.option norelax\n.option norvc\n${lines}\n`);
    const { stderr } = spawnSync(GNU_ASSEMBLER, [...ARCHITECTURE, 'in.s', '-o', 'out.o'], {
      cwd,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    const errors = stderr.matchAll(/^in\.s:(\d+): Error: (.*)$/gm);
    const OPTION_LINES = 2;
    return new Map([...errors].map(([, line, text]) => [Number(line) - 1 - OPTION_LINES, text]));
  });
}

/** The instructions that GNU as knows for our machine, pseudo-instructions among them. */
export function gnuMnemonics(): string[] {
  const names = candidateNames();
  const errors = gnuErrors(names.map((name) => `${name} 1,2,3,4,5,6,7,8`));
  return names.filter((_, index) => !/unrecognized opcode/.test(errors.get(index) ?? '')).sort();
}

/** The control and status registers that GNU as knows. */
export function gnuCsrNames(): string[] {
  const names = candidateNames();
  const errors = gnuErrors(names.map((name) => `csrr a0, ${name}`));
  return names.filter((_, index) => !errors.has(index)).sort();
}

/** The code of each statement as GNU as has it, in hexadecimal; or why it refuses it. */
export function assembleEachWithGnu(statements: readonly string[]): string[] {
  const errors = gnuErrors(statements);
  const accepted = statements.map(
    (text, index) => `label${index}: ${errors.has(index) ? '' : withOwnOptions(text)}`,
  );
  const elf = withTemporaryDirectory((cwd) => {
    assembleToFile(accepted.join('\n'), false, 'out.o', cwd);
    return readElfObject(new Uint8Array(readFileSync(join(cwd, 'out.o'))));
  });
  const text = elf.sections.find(({ name }) => name === '.text')?.bytes ?? new Uint8Array(0);
  const addresses = new Map(elf.symbols.map(({ name, address }) => [name, address]));
  return statements.map((_, index) => {
    const error = errors.get(index);
    if (error !== undefined) return `refused: ${error}`;
    const [start = 0, end = text.length] = [index, index + 1].map((at) =>
      addresses.get(`label${at}`),
    );
    return Buffer.from(text.subarray(start, end)).toString('hex');
  });
}
