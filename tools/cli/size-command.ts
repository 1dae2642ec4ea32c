/** `vitrine size` */
import { Command, InvalidArgumentError } from 'commander';
import { readLineTable } from '../elf/dwarf/read-lines.ts';
import { readElf } from '../elf/read-elf.ts';
import { reportSizes, type SizeReport } from '../elf/size-report.ts';
import { readInputFile } from '../host/boot-files.ts';
import { InputError } from '../host/command-error.ts';
import { formatTable } from './table.ts';

interface SizeOptions {
  readonly json?: true;
  readonly top: number;
}

const DEFAULT_ROWS = 20;
const PERCENT = 100;

const EXAMPLES = `
Every byte that is loaded counts once: by section, by source file and by symbol. What has no symbol
(padding, data without names) is a row of its own, so that each table adds up to the total.

Examples:
  vitrine size build/micro.elf
  vitrine size --top 5 build/micro.elf build/firmware.elf
  vitrine size --json build/micro.elf`;

export function sizeCommand(): Command {
  return new Command('size')
    .description('what takes the space in executables, by section, source file and symbol')
    .argument('<file...>', 'ELF files, such as build/micro.elf')
    .option('--top <count>', 'rows of each table; the rest is one row', parseCount, DEFAULT_ROWS)
    .option('--json', 'everything, for programs')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], { json, top }: SizeOptions) => {
      const reports = files.map((file) => ({ file, ...readSizes(file) }));
      const text =
        json === true
          ? JSON.stringify(reports, undefined, 2)
          : reports.map(({ file, ...report }) => describe(file, report, top)).join('\n\n');
      process.stdout.write(`${text}\n`);
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError(`"${text}" is no number of rows: write 20.`);
}

function readSizes(file: string): SizeReport {
  const { elf, error } = readElf(readInputFile(file, 'ELF'));
  if (error !== undefined) throw new InputError(`${file}: ${error.message}`);
  // Debug information of a kind that we cannot read only costs the table of files.
  return reportSizes(elf, readLineTable(elf).lines);
}

function describe(file: string, report: SizeReport, top: number): string {
  const { sections, files, items, total } = report;
  const share = (bytes: number): string =>
    `${((PERCENT * bytes) / Math.max(total, 1)).toFixed(1)}%`;
  const table = (title: string, parts: readonly (readonly [string, number])[]): string => {
    const shown = parts.slice(0, top);
    const rest = parts.slice(top);
    const restBytes = rest.reduce((sum, [, bytes]) => sum + bytes, 0);
    const all = rest.length > 0 ? [...shown, [`${rest.length} more`, restBytes] as const] : shown;
    const rows = [...all, ['total', total] as const].map(([name, bytes]) => [
      name,
      String(bytes),
      share(bytes),
    ]);
    return formatTable([title, 'bytes', 'share'], rows);
  };
  return [
    `${file}: ${total} bytes`,
    table(
      'section',
      sections.map(({ name, bytes }) => [name, bytes]),
    ),
    table(
      'source file',
      files.map(({ name, bytes }) => [name === '' ? '(unknown)' : name, bytes]),
    ),
    table(
      'symbol',
      items.map(({ symbol, section, bytes }) => [
        symbol === '' ? `(no symbol in ${section})` : symbol,
        bytes,
      ]),
    ),
  ].join('\n\n');
}
