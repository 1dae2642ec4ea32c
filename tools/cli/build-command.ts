/** `vitrine build` */
import { Command } from 'commander';
import { InputError } from '../host/command-error.ts';
import { build } from '../images/build.ts';
import { watchAndBuild } from '../images/watch.ts';

/** Builds until Ctrl-C. */
async function watch(root: string): Promise<void> {
  const end = new AbortController();
  process.once('SIGINT', () => end.abort());
  process.once('SIGTERM', () => end.abort());
  await watchAndBuild({
    root,
    build: () => build({ root, terminal: process.stderr, goal: 'everything' }),
    print: (line) => process.stdout.write(`${line}\n`),
    signal: end.signal,
  });
}

export function buildCommand(root: string): Command {
  return new Command('build')
    .description('compile the firmware, the kernel and the programs: what is missing or stale')
    .option('--stubs', 'make only the protocol stubs, which the type check of the sources needs')
    .option('--watch', 'build again whenever a source is saved, until Ctrl-C')
    .addHelpText('after', '\nExamples:\n  vitrine build\n  vitrine build --watch')
    .action(async (options: { stubs?: boolean; watch?: boolean }) => {
      const { stubs = false } = options;
      if (stubs && options.watch === true) {
        throw new InputError('--stubs and --watch exclude each other: leave one out');
      }
      if (options.watch === true) return watch(root);
      const written = await build({
        root,
        terminal: process.stderr,
        goal: stubs ? 'stubs' : 'everything',
      });
      for (const path of written) process.stdout.write(`${path}\n`);
      if (written.length === 0) process.stdout.write('everything is up to date\n');
    });
}
