/** `vitrine mkfs` */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../host/command-error.ts';
import { Ext2InputError } from '../images/ext2/errors.ts';
import { BLOCK_SIZES, DEFAULT_BLOCK_SIZE, type BlockSize } from '../images/ext2/options.ts';
import { readTree } from '../images/ext2/read-tree.ts';
import { buildExt2 } from '../images/ext2/writer.ts';
import { replaceFile } from '../images/replace-file.ts';
import { parseByteSize } from './quantities.ts';

interface MkfsOptions {
  readonly from: string;
  readonly size?: number;
  readonly blockSize: BlockSize;
  readonly label?: string;
}

const EXAMPLES = `
The same folder gives the same image: times are 0, permissions 755 or 644.

Examples:
  vitrine mkfs --from userland/disk disk.img
  vitrine mkfs --from folder --size 64M --block-size 1024 --label data disk.img
  vitrine boot micro --drive disk.img`;

export function mkfsCommand(): Command {
  return new Command('mkfs')
    .description('make an ext2 disk image of a folder')
    .argument('<image>', 'the file to write')
    .requiredOption('--from <folder>', 'what goes into the image')
    .option(
      '--size <size>',
      'of the image, as 64M; what the folder needs by default',
      parseByteSize,
    )
    .addOption(
      new Option('--block-size <bytes>', BLOCK_SIZES.join(' or '))
        .argParser(parseBlockSize)
        .default(DEFAULT_BLOCK_SIZE),
    )
    .option('--label <text>', 'name of the file system, at most 16 bytes')
    .addHelpText('after', EXAMPLES)
    .action((image: string, options: MkfsOptions) => {
      write(image, makeImage(options));
    });
}

function parseBlockSize(text: string): BlockSize {
  const found = BLOCK_SIZES.find((size) => String(size) === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`"${text}" is none of ${BLOCK_SIZES.join(' and ')}.`);
}

function makeImage({ from, size, blockSize, label }: MkfsOptions): Uint8Array {
  try {
    return buildExt2(readTree(from), {
      blockSize,
      ...(size === undefined ? {} : { size }),
      ...(label === undefined ? {} : { label }),
    });
  } catch (error) {
    if (!(error instanceof Ext2InputError)) throw error;
    throw new InputError(`mkfs: ${error.message}`, { cause: error });
  }
}

function write(path: string, image: Uint8Array): void {
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  if (folder?.isDirectory() !== true) {
    throw new InputError(`${path} cannot be written: ${dirname(path)} is no folder`);
  }
  try {
    replaceFile(path, image);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError(`${path} cannot be written (${code})`, { cause: error });
  }
}
