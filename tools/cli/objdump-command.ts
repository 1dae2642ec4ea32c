/** `vitrine objdump` */
import { Command } from 'commander';
import { functionNames, listFile, listFunction } from '../disassembler/listing.ts';
import { readLineTable } from '../elf/dwarf/read-lines.ts';
import { readElf, type ElfFile } from '../elf/read-elf.ts';
import { readInputFile } from '../host/boot-files.ts';
import { InputError } from '../host/command-error.ts';
import { SourceLines } from '../host/source-lines.ts';
import { nearest } from './nearest.ts';

/** Lines are written in pieces of about this many characters. */
const PIECE = 1 << 16;

export function objdumpCommand(root: string): Command {
  return new Command('objdump')
    .description('list the machine code of an ELF file, with symbols and source lines')
    .argument('<file>', 'ELF file, such as build/micro.elf')
    .argument('[function]', 'only this function: its full name, or what follows the last /')
    .option('--no-aliases', 'real instructions only: addi a0, a0, 0 instead of mv')
    .addHelpText('after', '\nExample:\n  vitrine objdump build/micro.elf main')
    .action(async (file: string, name: string | undefined, options: { aliases: boolean }) => {
      const { elf, error } = readElf(readInputFile(file, 'ELF'));
      if (error !== undefined) throw new InputError(`${file}: ${error.message}`);
      await print(list(root, file, elf, name, options.aliases));
    });
}

function list(
  root: string,
  file: string,
  elf: ElfFile,
  name: string | undefined,
  aliases: boolean,
): Iterable<string> {
  const { lines, error } = readLineTable(elf);
  if (error !== undefined) throw new InputError(`${file}: ${error.message}`);
  const options = { lines, aliases, readSourceLine: new SourceLines(root).read };
  if (name === undefined) return listFile(elf, options);
  const listing = listFunction(elf, name, options);
  if (listing !== undefined) return listing;
  const names = functionNames(elf).map((full) => full.slice(full.lastIndexOf('/') + 1));
  const meant = nearest(name, names);
  const hint = meant === undefined ? '' : `: did you mean ${meant}?`;
  throw new InputError(`${file} has no function "${name}"${hint}`);
}

/** Writes lines until they end, or until nobody reads them any more (`vitrine objdump … | head`). */
async function print(lines: Iterable<string>): Promise<void> {
  const { stdout } = process;
  let piece = '';
  const write = (): Promise<void> =>
    new Promise((resolve) => {
      stdout.write(piece, () => resolve());
      piece = '';
    });
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length >= PIECE) await write();
    if (stdout.errored !== null) return;
  }
  await write();
}
