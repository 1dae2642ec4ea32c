/** `vitrine bench` */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command } from 'commander';
import { benchmarkMachine, RUNS, type GuestResult } from '../bench/machine-benchmark.ts';
import { InputError } from '../host/command-error.ts';
import { formatTable } from './table.ts';

export function benchCommand(root: string): Command {
  const bench = new Command('bench')
    .description('measure how fast something is')
    .addHelpText('after', '\nExample:\n  vitrine bench machine');
  bench
    .command('machine')
    .description(`how many instructions a second the machine executes; median of ${RUNS} runs`)
    .option('--json <file>', 'write the results to a file as well')
    .addHelpText('after', '\nExample:\n  vitrine bench machine --json machine.json')
    .action(({ json }: { json?: string }) => {
      const results = benchmarkMachine(root, (subject) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kmeasuring: ${subject}`);
      });
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      process.stdout.write(`${table(results)}\n`);
      if (json !== undefined) writeJson(json, results);
    });
  return bench;
}

function table(results: readonly GuestResult[]): string {
  const [reference] = results;
  const rows = results.map(({ subject, instructions, seconds, mips }) => [
    subject,
    instructions.toLocaleString('en-US'),
    seconds.toFixed(3),
    mips.toFixed(0),
    (mips / reference.mips).toFixed(2),
  ]);
  const header = ['guest', 'instructions', 'seconds', 'MIPS', `to ${reference.subject}`];
  const models = cpus().map((processor) => processor.model.trim());
  const [model = 'unknown processor'] = models;
  const host = `Node ${process.versions.node}, ${models.length} × ${model}`;
  return `${formatTable(header, rows)}\n\nmedian of ${RUNS} runs; ${host}`;
}

function writeJson(path: string, results: readonly GuestResult[]): void {
  const contents = { benchmark: 'machine', node: process.versions.node, results };
  try {
    writeFileSync(path, `${JSON.stringify(contents, undefined, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError(`${path} cannot be written (${reason})`, { cause: error });
  }
}
