/**
 * Machines with one planted fault each: the machine's source is edited while it is bundled, so that
 * the tests can show that they would catch such a fault, and nothing of this is in the product.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Replaces `original`, which stands exactly once in `file`, by `faulty`. */
export interface PlantedFault {
  readonly name: string;
  /** Path relative to the repository. */
  readonly file: string;
  readonly original: string;
  readonly faulty: string;
}

function plant({ name, file, original, faulty }: PlantedFault, source: string): string {
  const parts = source.split(original);
  if (parts.length !== 2) {
    throw new Error(
      `${file}: the fault "${name}" replaces \`${original}\`, which stands there ${parts.length - 1} times, not once`,
    );
  }
  return parts.join(faulty);
}

/**
 * Bundles `entry` (a path relative to the repository), with `fault` planted if there is one, into
 * `outputFolder`; returns the bundle's path.
 */
export async function bundle(
  entry: string,
  outputFolder: string,
  fault?: PlantedFault,
): Promise<string> {
  const outfile = join(outputFolder, `${fault?.name.replaceAll(' ', '-') ?? basename(entry)}.mjs`);
  let planted = fault === undefined;
  await esbuild.build({
    entryPoints: [join(ROOT, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    plugins: [
      {
        name: 'planted-fault',
        setup: (build) => {
          if (fault === undefined) return;
          const path = join(ROOT, fault.file);
          build.onLoad({ filter: /\.ts$/ }, (file) => {
            if (file.path !== path) return undefined;
            planted = true;
            return { contents: plant(fault, readFileSync(path, 'utf8')), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (!planted) throw new Error(`${fault?.file ?? ''} is not part of ${entry}`);
  return outfile;
}
