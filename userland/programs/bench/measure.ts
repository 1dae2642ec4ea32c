/**
 * One measurement: an operation that is repeated, with a mark before and behind it. Who watches the
 * machine (`vitrine compare`) stops it at the marks and counts; the program itself counts nothing.
 */
import { Measurement } from '../../abi/measurement.enums';

/** An odd number, so that there is a median. */
const ROUNDS: u32 = 7;

/** What is measured: told its round; below zero it has failed. */
export type Operation = (round: u32) => i32;

// marks.s
declare function begin_measurement(measurement: u32): void;
declare function end_measurement(measurement: u32): void;

/** Repeats an operation: round 0, in which caches fill, is not measured. What it failed with, or 0. */
export function measure(measurement: Measurement, operation: Operation): i32 {
  const warmUp = operation(0);
  if (warmUp < 0) return warmUp;
  for (let round: u32 = 1; round <= ROUNDS; round++) {
    begin_measurement(measurement);
    const result = operation(round);
    end_measurement(measurement);
    if (result < 0) return result;
  }
  return 0;
}
