/** `vitrine bench` */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, Option } from 'commander';
import {
  benchmarkCompiler,
  type CompilerResult,
  type Figure,
  meanRatio,
  ratio,
} from '../bench/compiler-benchmark.ts';
import { SHAPES } from '../bench/workloads.ts';
import { benchmarkHistory, type HistoryResult } from '../bench/history-benchmark.ts';
import { benchmarkIdle, type IdleResult } from '../bench/idle-benchmark.ts';
import {
  benchmarkMachine,
  benchmarkTimed,
  GUEST_NAMES,
  RUNS,
  type GuestResult,
  type TimedResult,
} from '../bench/machine-benchmark.ts';
import { hasQemu } from '../bench/qemu-benchmark.ts';
import { InputError } from '../host/command-error.ts';
import { writeOutput } from '../host/output-file.ts';
import { formatTable } from './table.ts';

/** Instructions after which `bench history` measures. */
const HISTORY_COUNTS = [1e6, 1e7, 1e8, 1e9];

export function benchCommand(root: string): Command {
  const bench = new Command('bench')
    .description('measure how fast something is')
    .addHelpText('after', '\nExample:\n  vitrine bench machine');
  bench
    .command('machine')
    .description(
      `how many instructions a second the machine executes, beside QEMU where it is installed; median of ${RUNS} runs`,
    )
    .option('--json <file>', 'write the results to a file as well')
    .addOption(new Option('--guest <name>', 'measure this one alone').choices(GUEST_NAMES))
    .addHelpText('after', '\nExample:\n  vitrine bench machine --guest paging --json machine.json')
    .action(async ({ json, guest }: { json?: string; guest?: string }) => {
      const onGuest = (subject: string): void => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kmeasuring: ${subject}`);
      };
      const results = benchmarkMachine(root, onGuest, {
        runs: RUNS,
        onQemu: hasQemu(),
        guest,
      });
      const timed = benchmarkTimed(root, onGuest, { runs: RUNS, guest });
      if (guest === undefined) onGuest('idling');
      const idle = guest === undefined ? await benchmarkIdle(root) : undefined;
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      const idling = idle === undefined ? '' : `${describeIdle(idle)}\n`;
      process.stdout.write(`${table(results)}\n${idling}\n${timedTable(timed)}\n`);
      if (json !== undefined) writeJson(json, results, timed, idle);
    });
  bench
    .command('history')
    .description(
      'what snapshots cost, and how long it takes to go back, after so many instructions',
    )
    .option('--json <file>', 'write the results to a file as well')
    .addHelpText('after', '\nExample:\n  vitrine bench history --json history.json')
    .action(({ json }: { json?: string }) => {
      const results = benchmarkHistory(root, HISTORY_COUNTS, (instructions) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kmeasuring: ${instructions}`);
      });
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      process.stdout.write(`${historyTable(results)}\n`);
      if (json !== undefined) {
        const contents = { benchmark: 'history', node: process.versions.node, results };
        writeOutput(json, `${JSON.stringify(contents, undefined, 2)}\n`);
      }
    });
  bench
    .command('compiler')
    .description("how good compiled code is, beside riscv gcc's -O2 where it is installed")
    .option('--json <file>', 'write the results to a file as well')
    .addHelpText('after', '\nExample:\n  vitrine bench compiler --json compiler.json')
    .action(async ({ json }: { json?: string }) => {
      const results = await benchmarkCompiler(root, (name) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kmeasuring: ${name}`);
      });
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      process.stdout.write(`${compilerTable(results)}\n`);
      if (json !== undefined) {
        const contents = { benchmark: 'compiler', node: process.versions.node, results };
        writeOutput(json, `${JSON.stringify(contents, undefined, 2)}\n`);
      }
    });
  return bench;
}

const FIGURES: readonly Figure[] = ['instructions', 'cycles', 'bytes'];

function compilerTable(results: readonly CompilerResult[]): string {
  const text = (value: number | undefined): string[] =>
    value === undefined ? [] : [value.toFixed(2)];
  const rows = results.map((result) => [
    `${result.name}, ${result.shape}`,
    ...FIGURES.flatMap((figure) => [
      result.ours[figure].toLocaleString('en-US'),
      ...text(ratio(result, figure)),
    ]),
  ]);
  const besideGcc = results.every(({ gcc }) => gcc !== undefined);
  if (besideGcc) {
    for (const shape of SHAPES) {
      const means = FIGURES.map((figure) => meanRatio(results, shape, figure));
      rows.push([`geometric mean, ${shape}`, ...means.flatMap((mean) => ['', ...text(mean)])]);
    }
  }
  const header = [
    'workload',
    ...FIGURES.flatMap((name) => [name, ...(besideGcc ? ['to gcc'] : [])]),
  ];
  const beside = besideGcc
    ? "to gcc: ours for each of riscv gcc's -O2, from C with the same algorithm on the same data"
    : 'riscv64-unknown-elf-gcc is not installed: nothing to compare with';
  return `${formatTable(header, rows)}\n\nexecuted instructions; cycles of the preset u54; bytes of code\n${beside}`;
}

function historyTable(results: readonly HistoryResult[]): string {
  const header = [
    ...['instructions', 'snapshots', 'MiB', 'time to without', 'snapshot ms'],
    ...['back ms', 'back again ms', 'to the middle ms'],
  ];
  const rows = results.map((result) => [
    result.instructions.toLocaleString('en-US'),
    String(result.snapshots),
    (result.bytes / 2 ** 20).toFixed(1),
    result.slowdown.toFixed(2),
    result.snapshotMs.toFixed(2),
    result.backMs.toFixed(1),
    result.backAgainMs.toFixed(1),
    result.middleMs.toFixed(1),
  ]);
  return formatTable(header, rows);
}

function table(results: readonly GuestResult[]): string {
  const [reference] = results;
  const besideQemu = (mips: number, { qemu }: GuestResult): string[] =>
    qemu === undefined
      ? []
      : [qemu.plain, qemu.icount].flatMap((theirs) => [
          theirs.mips.toFixed(0),
          (mips / theirs.mips).toFixed(2),
        ]);
  const rows = results.map((result) => [
    result.subject,
    result.instructions.toLocaleString('en-US'),
    result.seconds.toFixed(3),
    result.mips.toFixed(0),
    (result.mips / reference.mips).toFixed(2),
    ...besideQemu(result.mips, result),
  ]);
  const header = [
    ...['guest', 'instructions', 'seconds', 'MIPS', `to ${reference.subject}`],
    ...(reference.qemu === undefined ? [] : ['QEMU', 'to QEMU', 'QEMU -icount', 'to it']),
  ];
  const models = cpus().map((processor) => processor.model.trim());
  const [model = 'unknown processor'] = models;
  const host = `Node ${process.versions.node}, ${models.length} × ${model}`;
  const theirs =
    reference.qemu === undefined
      ? 'QEMU (qemu-system-riscv32) is not installed: nothing to compare with'
      : 'QEMU in MIPS, without its start; -icount shift=0: a nanosecond for each instruction, as here';
  return `${formatTable(header, rows)}\n\nmedian of ${RUNS} runs; ${host}\n${theirs}`;
}

function describeIdle({ interrupts, seconds, load }: IdleResult): string {
  const rate = (interrupts / seconds).toFixed(0);
  const percent = (100 * load).toFixed(1);
  return `idle, --pace real: ${rate} timer interrupts a second take ${percent} % of a processor`;
}

function timedTable(results: readonly TimedResult[]): string {
  const [{ preset, megacycles: reference }] = results;
  const rows = results.map(({ subject, cycles, instructions, ...rates }) => [
    subject,
    cycles.toLocaleString('en-US'),
    (cycles / instructions).toFixed(2),
    rates.megacycles.toFixed(1),
    rates.summedMegacycles.toFixed(1),
    (rates.megacycles / reference).toFixed(2),
  ]);
  const header = [
    ...[`--cpu inorder:${preset}`, 'cycles', 'an instruction', 'million a second'],
    'of all harts',
    `to ${results[0].subject}`,
  ];
  return formatTable(header, rows);
}

function writeJson(
  path: string,
  results: readonly GuestResult[],
  timed: readonly TimedResult[],
  idle: IdleResult | undefined,
): void {
  const contents = { benchmark: 'machine', node: process.versions.node, results, timed, idle };
  try {
    writeFileSync(path, `${JSON.stringify(contents, undefined, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError(`${path} cannot be written (${reason})`, { cause: error });
  }
}
