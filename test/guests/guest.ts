/** A guest in C and assembly: its sources, compiled with the cross compiler, and its image. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readElf, type ElfFile } from '../../tools/elf/read-elf.ts';

export const GCC = 'riscv64-unknown-elf-gcc';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const BOARD = join(FOLDER, 'board');
const ARCHITECTURE = {
  integer: ['-march=rv32imac_zicsr_zifencei', '-mabi=ilp32'],
  'floating point': ['-march=rv32imafdc_zicsr_zifencei', '-mabi=ilp32d'],
} as const;
const FLAGS = [
  ...['-O2', '-ffreestanding', '-nostdlib', '-static', '-Wall', '-Wextra', '-Werror'],
  ...['-Wl,--no-warn-rwx-segments', `-I${BOARD}`, '-T', join(BOARD, 'guest.ld')],
];

export interface Guest {
  readonly file: string;
  readonly elf: ElfFile;
}

const isSource = (name: string): boolean => name.endsWith('.c') || name.endsWith('.S');

/**
 * Compiles the guest in the folder of that name into `output`.
 * @throws Error with what the compiler says
 */
export function compileGuest(
  name: string,
  output: string,
  architecture: keyof typeof ARCHITECTURE = 'integer',
): Guest {
  const sources = [BOARD, join(FOLDER, name)].flatMap((folder) =>
    readdirSync(folder)
      .filter(isSource)
      .sort()
      .map((source) => join(folder, source)),
  );
  const file = join(output, `${name}.elf`);
  const args = [...ARCHITECTURE[architecture], ...FLAGS, '-o', file, ...sources, '-lgcc'];
  const { status, stderr } = spawnSync(GCC, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${GCC} cannot compile ${name}:\n${stderr}`);
  const { elf, error } = readElf(readFileSync(file));
  if (elf === undefined) throw error;
  return { file, elf };
}

/** Where the guest has put what the test compares, as addresses. */
export function signatureOf({ elf, file }: Guest): readonly [start: number, end: number] {
  const addressOf = (name: string): number => {
    const symbol = elf.symbols.find((candidate) => candidate.name === name);
    if (symbol === undefined) throw new Error(`${file} has no ${name}`);
    return symbol.address;
  };
  return [addressOf('begin_signature'), addressOf('end_signature')];
}
