/**
 * The `vitrine` command: `bin/vitrine.mjs` loads this once it is bundled. Every error that a person
 * can do something about is one line; anything else is a defect of Vitrine, and says so.
 */
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { CommandError, EXIT_FAILED, EXIT_USAGE } from '../host/command-error.ts';
import { asmCommand } from './asm-command.ts';
import { linkCommand } from './link-command.ts';
import { sizeCommand } from './size-command.ts';
import { benchCommand } from './bench-command.ts';
import { bootCommand } from './boot-command.ts';
import { buildCommand } from './build-command.ts';
import { compareCommand } from './compare-command.ts';
import { debugCommand } from './debug-command.ts';
import { mkfsCommand } from './mkfs-command.ts';
import { objdumpCommand } from './objdump-command.ts';
import { VITRINE_VERSION } from '../../userland/abi/version.ts';

/** The repository: the bundle lies in its folder `dist`. */
const root = fileURLToPath(new URL('..', import.meta.url));

const EXAMPLES = `
Examples:
  vitrine boot                      boot the microkernel; its console is this terminal
  vitrine boot --exec ls            run a command in it and leave
  vitrine boot kernel.elf           boot a kernel of your own
  vitrine compare                   measure the kernels
  vitrine debug                     step through it, from its first instruction on
  vitrine COMMAND --help            more about a command`;

/** commander says `error: …` and may add a suggestion on a second line. */
function oneLine(message: string): string {
  const text = message.replace(/^error: /, '').trim();
  return `vitrine: ${text.replaceAll(/\s*\n\s*/g, ' ')}\n`;
}

function createProgram(): Command {
  const program = new Command('vitrine');
  program
    .description('An operating system under glass: a RISC-V computer, its kernels and its tools.')
    .version(VITRINE_VERSION)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ outputError: (message, write) => write(oneLine(message)) });
  const commands = [
    bootCommand,
    debugCommand,
    buildCommand,
    mkfsCommand,
    objdumpCommand,
    asmCommand,
    linkCommand,
    sizeCommand,
    benchCommand,
    compareCommand,
  ];
  for (const command of commands) adopt(program, command(root));
  return program;
}

/** Adds a command with its own commands, all of which report errors as the program does. */
function adopt(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent);
  for (const inner of command.commands) inner.copyInheritedSettings(command);
  parent.addCommand(command);
}

let isOutputLost = false;

/**
 * If nobody reads our output any more (`vitrine … | head`), what is left to write is dropped; if it
 * cannot be written, the command has failed.
 */
function handleOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || isOutputLost) return;
  isOutputLost = true;
  process.stderr.write(
    `vitrine: standard output cannot be written (${error.code ?? error.message})\n`,
  );
  process.on('exit', () => {
    if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = EXIT_FAILED;
  });
}

function report(error: unknown): number {
  if (process.env['VITRINE_DEBUG'] === '1') console.error(error);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof CommandError) {
    process.stderr.write(`vitrine: ${error.message}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  const firstLine = message.split('\n')[0];
  process.stderr.write(
    `vitrine: internal error: ${firstLine} (VITRINE_DEBUG=1 shows where; please report it)\n`,
  );
  return EXIT_FAILED;
}

process.stdout.on('error', handleOutputError);
process.on('uncaughtException', (error) => {
  process.exit(report(error));
});
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
