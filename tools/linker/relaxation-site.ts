/** Instructions that the linker can shorten, once it knows how far their target is. */
import type { Relocation } from './object.ts';
import type { RelocationScope } from './relocate.ts';
import type { Deletion } from './section-edits.ts';

export interface RelaxationSite {
  /** What goes, in the form that the site has now; at first the shortest one. */
  deletions(): Iterable<Deletion>;
  /**
   * Takes a longer form if the present one does not reach in this layout.
   * @returns true if it did.
   */
  settle(scope: RelocationScope): boolean;
  /**
   * Writes the instructions of the final form, where they were in the object.
   * @returns what becomes of the site's relocations; undefined: nothing is left of it.
   */
  rewrite(view: DataView, scope: RelocationScope): Map<Relocation, Relocation | undefined>;
}
