import { build } from 'esbuild';
import { defineConfig, type Plugin } from 'vitest/config';

/** The files of the machine that run per instruction or per trap. hart.ts only puts them together. */
const HOT_FILE = /machine\/(engine|hart|bus)\/(?!hart\.ts)[a-z0-9-]+\.ts$/;

/**
 * Replaces const enums by their values, across files, as the bundled program has them: with
 * property lookups as the labels of its `switch`, the interpreter is fifty times slower. What these
 * files import at run time is functions and constants, so a copy of each does no harm.
 */
function inlineConstEnums(): Plugin {
  return {
    name: 'inline-const-enums',
    enforce: 'pre',
    async load(id) {
      if (!HOT_FILE.test(id)) return null;
      const options = { bundle: true, format: 'esm', target: 'es2023', write: false } as const;
      const result = await build({ ...options, entryPoints: [id], sourcemap: 'inline' });
      return result.outputFiles[0].text;
    },
  };
}

export default defineConfig({
  plugins: [inlineConstEnums()],
  test: {
    include: ['{machine,tools,kernels,userland,test}/**/*.test.ts'],
    // Budgets are in cycles; these only bound a hang on a loaded machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', 'json'],
    outputFile: { json: 'build/test-results.json' },
  },
});
