// Bundles the command line (dist/vitrine.mjs) and the processes that do its builds. `bin/vitrine.mjs`
// calls this when a source has changed; `node esbuild.config.mjs` does it by hand.
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const output = join(root, 'dist');

/** Files beside the bundled sources that decide what the bundle is. */
const CONFIGURATION = ['esbuild.config.mjs', 'package-lock.json', 'tsconfig.host.json'];

/** @type {import('esbuild').BuildOptions} */
export const options = {
  absWorkingDir: root,
  entryPoints: {
    vitrine: 'tools/cli/main.ts',
    'stub-worker': 'tools/images/stub-worker.ts',
    'image-worker': 'tools/images/image-worker.ts',
    'check-worker': 'tools/images/check-worker.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // The large ones are loaded only by what needs them; the native one cannot be bundled.
  external: ['assemblyscript', 'binaryen', 'typescript', 'blessed', 'node-pty'],
  charset: 'utf8',
  sourcemap: true,
  tsconfig: 'tsconfig.host.json',
  // Bundled CommonJS packages (commander) ask for Node's own modules through `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'silent',
  metafile: true,
  write: false,
};

/** Replaces a file in one step, so that a command that starts meanwhile never reads half of one. */
async function replaceFile(path, contents) {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  try {
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Bundles everything and records the inputs, whose size and time tell later whether it is stale. */
export async function bundleAll() {
  const startedAt = Date.now();
  const result = await build(options);
  const sources = Object.keys(result.metafile.inputs).filter((path) => !path.startsWith('<'));
  const inputs = await Promise.all(
    [...new Set([...sources, ...CONFIGURATION])].sort().map(async (path) => {
      const { size, mtimeMs } = await stat(join(root, path));
      // A file that changed while the bundle was made may not be in it: its record never matches.
      return { path: path.split(sep).join('/'), size, mtimeMs: mtimeMs < startedAt ? mtimeMs : -1 };
    }),
  );
  await mkdir(output, { recursive: true });
  for (const file of result.outputFiles) await replaceFile(file.path, file.contents);
  await replaceFile(join(output, 'inputs.json'), JSON.stringify(inputs));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await bundleAll();
}
