/** The comparison as text and as JSON. */
import { formatTable } from '../cli/table.ts';
import type { KernelResult } from './compare.ts';
import { OOPS_PANIC, type CrashOutcome } from './crash.ts';
import type { Figure } from './figures.ts';
import type { Sample } from './sample.ts';
import { SUBJECTS, type Subject } from './subjects.ts';

type Count = 'instructions' | 'modeSwitches' | 'addressSpaceSwitches' | 'messages' | 'bytesCopied';

const COLUMNS: readonly (readonly [string, Count])[] = [
  ['instructions', 'instructions'],
  ['mode switches', 'modeSwitches'],
  ['satp writes', 'addressSpaceSwitches'],
  ['messages', 'messages'],
  ['bytes copied', 'bytesCopied'],
];

/** A table for each kernel's figures, side by side by subject, and what the numbers are. */
export function formatComparison(results: readonly KernelResult[]): string {
  return [
    formatFigures(results),
    '',
    ...notes(results),
    '',
    ...results.map(
      ({ name, textBytes }) => `${name}: ${number(textBytes)} bytes of code in supervisor mode`,
    ),
    '',
    ...results.flatMap(({ name, crash, panic }) => [
      ...formatCrash(name, crash),
      ...(panic === undefined ? [] : formatCrash(`${name}, ${OOPS_PANIC}`, panic)),
    ]),
  ].join('\n');
}

function formatFigures(results: readonly KernelResult[]): string {
  const header = ['', 'kernel', ...COLUMNS.map(([title]) => title)];
  const rows = SUBJECTS.flatMap((subject) =>
    results.map(({ name, figures }, index) => [
      index === 0 ? subject.name : '',
      name,
      ...COLUMNS.map(([, count]) => perUnit(subject, find(figures, subject).median[count])),
    ]),
  );
  return formatTable(header, rows);
}

function notes(results: readonly KernelResult[]): string[] {
  const overheads = results.map(({ name, overhead }) => `${overhead} under ${name}`).join(', ');
  const rounds = results.map(({ figures }) => figures[0].rounds);
  return [
    'Functional clock, 128 MiB, disk from build/disk.img. Each figure is of the round with the median',
    `of the instructions, of ${Math.max(...rounds)}. The instructions that measuring costs are taken off:`,
    `${overheads}.`,
    'Instructions, mode switches and writes of satp are the machine’s counts; the kernels count writes',
    'of satp too, with the same result. Messages and bytes are the kernels’ counts: a call and its answer',
    'are one message; bytes are those that the kernel copied from, to or between user memories.',
  ];
}

function formatCrash(name: string, crash: CrashOutcome): string[] {
  const { line, shown, copied, bytes, shellGoesOn } = crash;
  const outcome =
    copied === undefined || bytes === undefined
      ? 'the files cannot be read any more'
      : copied === bytes
        ? `the copy is whole, ${number(bytes)} bytes`
        : `the copy broke off at ${number(copied)} of ${number(bytes)} bytes`;
  return [
    `${name}: ${line}`,
    ...shown.map((text) => `  | ${text}`),
    `  ${outcome}; the shell ${shellGoesOn ? 'goes on' : 'is gone'}`,
  ];
}

/** What `--json` writes. Figures are of everything that was measured, not per unit. */
export function comparisonJson(results: readonly KernelResult[]): object {
  return {
    comparison: results.map(({ name, textBytes, overhead, figures, crash, panic }) => ({
      kernel: name,
      textBytes,
      overhead,
      figures: Object.fromEntries(figures.map((figure) => [figure.subject.key, entry(figure)])),
      crash,
      ...(panic === undefined ? {} : { panic }),
    })),
  };
}

function entry({ subject, rounds, median, fewest, most }: Figure): object {
  return { units: subject.units, rounds, fewest, most, ...median };
}

function find(figures: readonly Figure[], subject: Subject): { median: Sample } {
  const figure = figures.find((candidate) => candidate.subject === subject);
  if (figure === undefined) throw new RangeError(`no figure for ${subject.name}`);
  return figure;
}

function perUnit({ units }: Subject, count: number): string {
  const value = count / units;
  return Number.isInteger(value)
    ? number(value)
    : value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
