/** Ways to moments of a machine's past or future, gone in pieces so that somebody can be served. */
import type { Machine } from '../machine.ts';

/** A moment, by cycles since reset or by instructions that all harts have retired since. */
export type Moment = { readonly cycle: number } | { readonly instructions: number };

/**
 * A way that is gone in pieces of a few milliseconds: each `next` is one, and the last has what came of
 * it. Who gives up on the way calls `return`; the machine then stands where it has come to.
 */
export type Journey<T> = Generator<undefined, T, undefined>;

/** Goes all the way. */
export function finish<T>(journey: Journey<T>): T {
  for (;;) {
    const { done, value } = journey.next();
    if (done === true) return value;
  }
}

/** How far it is to a moment, in its unit; negative where it has passed. */
export function distance(machine: Machine, moment: Moment): number {
  return 'cycle' in moment
    ? moment.cycle - machine.cycle
    : moment.instructions - machine.instructionsRetired;
}
