/** `vitrine compare` */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { measureKernel, type Comparand, type KernelResult } from '../compare/compare.ts';
import { comparisonJson, formatComparison } from '../compare/report.ts';
import { readLayouts } from '../debugger/layouts.ts';
import { readBootFile } from '../host/boot-files.ts';
import { InputError } from '../host/command-error.ts';
import { layoutsFile } from '../images/layouts-file.ts';
import { MICRO_FILES, RELEASE } from '../images/folders.ts';
import { readBootInputs } from './boot-inputs.ts';
import { nearest } from './nearest.ts';

/** What there is to compare, in the order of the tables. */
export const COMPARED_KERNELS: readonly string[] = ['micro', 'hybrid:split', 'mono'];

const EXAMPLES = `
Everything is counted on the functional clock: two runs give the same figures.

Examples:
  vitrine compare
  vitrine compare mono --json mono.json`;

export function compareCommand(root: string): Command {
  return new Command('compare')
    .description('measure the same programs under each kernel')
    .argument('[kernel...]', `which kernels: ${COMPARED_KERNELS.join(', ')} (default: all)`)
    .option('--json <file>', 'write the figures to a file as well')
    .addHelpText('after', EXAMPLES)
    .action(async (names: readonly string[], { json }: { json?: string }) => {
      names.forEach(checkName);
      const results: KernelResult[] = [];
      for (const name of names.length === 0 ? COMPARED_KERNELS : names) {
        results.push(await measureKernel(await readComparand(root, name)));
      }
      process.stdout.write(`${formatComparison(results)}\n`);
      if (json !== undefined) writeJson(json, results);
    });
}

function checkName(name: string): void {
  if (COMPARED_KERNELS.includes(name)) return;
  const meant = nearest(name, COMPARED_KERNELS);
  const hint =
    meant === undefined ? `there is ${COMPARED_KERNELS.join(', ')}` : `did you mean ${meant}?`;
  throw new InputError(`no kernel "${name}" to compare: ${hint}`);
}

/** Reads what is measured, and builds what is stale. */
export async function readComparand(root: string, name: string): Promise<Comparand> {
  const inputs = await readBootInputs(root, { kernel: name, bios: undefined, initrd: undefined });
  const release = (file: string): string => join(root, RELEASE, file);
  const bench = readBootFile(release('bench.elf'), 'program').elf;
  const layouts = readLayouts(release(layoutsFile(name.replace(':', '-'))));
  if (bench === undefined || layouts === undefined) {
    throw new InputError(`${release('')}: the build is damaged; delete the folder and try again`);
  }
  return { name, ...inputs, disk: join(root, MICRO_FILES.disk), bench, layouts };
}

function writeJson(path: string, results: readonly KernelResult[]): void {
  try {
    writeFileSync(path, `${JSON.stringify(comparisonJson(results), undefined, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError(`${path} cannot be written (${reason})`, { cause: error });
  }
}
