/** `vitrine build` */
import { Command } from 'commander';
import { build } from '../images/build.ts';

export function buildCommand(root: string): Command {
  return new Command('build')
    .description('compile the firmware, the kernel and the programs: what is missing or stale')
    .option('--stubs', 'make only the protocol stubs, which the type check of the sources needs')
    .addHelpText('after', '\nExample:\n  vitrine build')
    .action(async ({ stubs = false }: { stubs?: boolean }) => {
      const written = await build({
        root,
        terminal: process.stderr,
        goal: stubs ? 'stubs' : 'everything',
      });
      for (const path of written) process.stdout.write(`${path}\n`);
      if (written.length === 0) process.stdout.write('everything is up to date\n');
    });
}
