/** How long property tests run: briefly and the same each time in `npm test`, long in `npm run fuzz`. */

const FULL = 100_000;

/** Options for fast-check: `short` runs with a fixed seed, or with VITRINE_CAMPAIGN=full many. */
export function campaign(short: number): { readonly numRuns: number; readonly seed?: number } {
  return process.env['VITRINE_CAMPAIGN'] === 'full'
    ? { numRuns: FULL }
    : { numRuns: short, seed: 1 };
}
