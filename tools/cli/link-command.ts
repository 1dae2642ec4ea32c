/** `vitrine link`, and what it shares with `vitrine asm`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { writeExecutable } from '../elf/write-executable.ts';
import { readInputFile } from '../host/boot-files.ts';
import { InputError } from '../host/command-error.ts';
import { writeOutput } from '../host/output-file.ts';
import { link } from '../linker/link.ts';
import { hexadecimal } from '../linker/link-error.ts';
import {
  type InputFile,
  InputFileError,
  readInputs,
  usesGlobalPointer,
} from '../linker/read-inputs.ts';

export interface LinkOptions {
  readonly entry: string;
  readonly text: number;
  readonly data?: number;
  readonly relax: boolean;
}

const DEFAULT_OUTPUT = 'a.elf';

const EXAMPLES = `
Objects come from vitrine asm -c, riscv64-unknown-elf-gcc -c and as (-march=rv32… -mabi=ilp32…);
of archives (.a) only what is needed goes in; assembly (.s) is assembled on the way. What nothing
refers to is left out. The code is placed at the start of RAM, where the machine starts without
firmware; docs/assembly.md lists the symbols that start-up code may use.

Examples:
  vitrine link start.s main.o -o program.elf
  vitrine boot program.elf          runs it; main.o came from
  riscv64-unknown-elf-gcc -march=rv32imac_zicsr -mabi=ilp32 -O2 -c main.c`;

/** Options of every command that links. */
export function addLinkOptions(command: Command): Command {
  return command
    .option('-e, --entry <symbol>', 'where execution begins', '_start')
    .addOption(
      new Option('--text <address>', 'of the first instruction')
        .argParser(parseAddress)
        .default(RAM_BASE, hexadecimal(RAM_BASE)),
    )
    .option('--data <address>', 'below which no data lie; after the code by default', parseAddress)
    .option('--no-relax', 'leave every instruction as long as it is');
}

export function linkCommand(): Command {
  const command = new Command('link')
    .description('link objects of vitrine asm, gcc and as to an executable')
    .argument('<file...>', 'objects (.o), archives (.a), assembly (.s)')
    .option('-o, --output <file>', 'the executable', DEFAULT_OUTPUT);
  return addLinkOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: LinkOptions & { readonly output: string }) => {
      writeOutput(options.output, linkFiles(files, options));
    });
}

function parseAddress(text: string): number {
  const address = Number(text);
  if (/^(?:0x[\da-f]+|\d+)$/i.test(text) && address < 2 ** 32) return address;
  throw new InvalidArgumentError(`"${text}" is no address: write 0x80000000.`);
}

/** A file to link or assemble; sources include from their own folder. */
export function openInput(path: string): InputFile {
  const readBinary = (name: string): Uint8Array | undefined => {
    try {
      return readFileSync(join(dirname(path), name));
    } catch {
      return undefined;
    }
  };
  const readInclude = (name: string): string | undefined => {
    const bytes = readBinary(name);
    return bytes && new TextDecoder().decode(bytes);
  };
  return { name: path, contents: readInputFile(path, 'input'), readInclude, readBinary };
}

/**
 * The executable made of these files.
 * @throws InputError
 */
export function linkFiles(paths: readonly string[], options: LinkOptions): Uint8Array {
  const { entry, text, data, relax } = options;
  const inputs = withInputErrors(() => readInputs(paths.map(openInput)));
  const { image, errors } = link({
    ...inputs,
    entry,
    textOrigin: text,
    relax,
    hasGlobalPointer: usesGlobalPointer(inputs),
    ...(data === undefined ? {} : { dataFloor: data }),
  });
  if (errors !== undefined) {
    throw new InputError(errors.map(({ message }) => message).join('\nvitrine: '));
  }
  return writeExecutable(image, basename(paths[0] ?? '').replace(/\.\w+$/, ''));
}

/** Runs `read`, whose complaints are about what the person gave us. */
export function withInputErrors<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    throw new InputError(error.message, { cause: error });
  }
}
