/** `vitrine asm` */
import { Command } from 'commander';
import { writeObject } from '../elf/write-object.ts';
import { writeOutput } from '../host/output-file.ts';
import { assembleInput } from '../linker/read-inputs.ts';
import {
  addLinkOptions,
  type LinkOptions,
  linkFiles,
  openInput,
  withInputErrors,
} from './link-command.ts';

interface AsmOptions extends LinkOptions {
  readonly output?: string;
  readonly compile?: true;
}

const EXAMPLES = `
The syntax, directives and pseudo-instructions are those of GNU as; docs/assembly.md has a table.
Without -c the result is an executable that begins at _start, in machine mode, at the start of RAM.

Examples:
  vitrine asm hello.s               writes hello.elf
  vitrine boot hello.elf            runs it
  vitrine asm -c hello.s            writes hello.o, for vitrine link or riscv64-unknown-elf-ld`;

export function asmCommand(): Command {
  const command = new Command('asm')
    .description('assemble a source in GNU syntax to an executable, or with -c to an object')
    .argument('<file>', 'assembly source, such as hello.s')
    .option('-o, --output <file>', 'what to write; FILE.elf or FILE.o by default')
    .option('-c, --compile', 'write a relocatable object, not linked');
  return addLinkOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: AsmOptions) => {
      const isObject = options.compile === true;
      const output = options.output ?? file.replace(/\.\w*$|$/, isObject ? '.o' : '.elf');
      if (!isObject) {
        writeOutput(output, linkFiles([file], options));
        return;
      }
      writeOutput(output, writeObject(withInputErrors(() => assembleInput(openInput(file)))));
    });
}
