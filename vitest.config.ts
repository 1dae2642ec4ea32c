import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{machine,tools,kernels,userland,test}/**/*.test.ts'],
    // Budgets are in cycles; these only bound a hang on a loaded machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', 'json'],
    outputFile: { json: 'build/test-results.json' },
  },
});
