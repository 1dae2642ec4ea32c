/** `npm run fuzz`: the property tests as campaigns, twenty times as long as in `npm test`. */
import { defineConfig, mergeConfig } from 'vitest/config';
import tests from './vitest.config.ts';

const HOURS = 3_600_000;

export default mergeConfig(
  tests,
  defineConfig({ test: { env: { VITRINE_CAMPAIGN: 'full' }, testTimeout: 6 * HOURS } }),
);
