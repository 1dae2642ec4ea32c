/**
 * Which snapshots a history keeps. They are taken at even distances, so that the way back to a recent
 * moment is short; when they take more memory than they may, those give way that are missed least,
 * which leaves distances that grow with age: the way back to a moment is bounded by a fraction of how
 * long ago that was.
 */

/** Instructions between two snapshots: some tens of milliseconds of running. */
export const SNAPSHOT_DISTANCE = 4_000_000;

/** Where a snapshot lies: instructions retired since reset. */
interface Placed {
  readonly retired: number;
}

/**
 * The snapshot that is missed least: whose going leaves the smallest gap for its age. The first, which
 * is the beginning, and the last, from which the way goes on, always stay.
 * @param now instructions retired since reset
 * @returns its index, or -1 if none may go
 */
export function leastMissed(snapshots: readonly Placed[], now: number): number {
  let least = -1;
  let leastGap = Infinity;
  for (let index = 1; index < snapshots.length - 1; index++) {
    const gap = snapshots[index + 1].retired - snapshots[index - 1].retired;
    const age = now - snapshots[index].retired + SNAPSHOT_DISTANCE;
    if (gap / age < leastGap) {
      leastGap = gap / age;
      least = index;
    }
  }
  return least;
}
