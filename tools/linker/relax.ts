/**
 * Relaxation: instructions that reach farther than they need to become shorter. It begins with the
 * shortest form of everything, and lengthens what does not reach until all does; forms only grow,
 * so this ends, and what it ends with is checked against the very layout that it ends with.
 * RISC-V ELF psABI, "Linker Relaxation".
 */
import type { Layout } from './layout.ts';
import { LinkScope } from './link-scope.ts';
import type { InputSection, SymbolIndex } from './live-sections.ts';
import { findSharedUppers, RelaxableSection, type RelaxedSection } from './relaxable-section.ts';
import type { SectionEdits } from './section-edits.ts';

export interface RelaxRequest {
  readonly live: readonly InputSection[];
  readonly index: SymbolIndex;
  /** Places everything, with these bytes taken out. */
  readonly layOut: (edits: ReadonlyMap<InputSection, SectionEdits>) => Layout;
  /** Whether gp points at `__global_pointer$` wherever code of the image runs. */
  readonly hasGlobalPointer: boolean;
  /** False: only the padding of alignments goes, which linkers must remove. */
  readonly shortens: boolean;
}

export interface Relaxation {
  readonly layout: Layout;
  readonly scope: LinkScope;
  /** Those that are not what their objects have. */
  readonly sections: ReadonlyMap<InputSection, RelaxedSection>;
}

export function relax(request: RelaxRequest): Relaxation {
  const { live, index, hasGlobalPointer, shortens } = request;
  const options = {
    index,
    hasGlobalPointer,
    shortens,
    sharedUppers: findSharedUppers(live, index),
  };
  const sections = live.flatMap((input) => RelaxableSection.of(input, options) ?? []);
  for (;;) {
    const edits = new Map(sections.map((section) => [section.input, section.computeEdits()]));
    const layout = request.layOut(edits);
    const scope = new LinkScope(index, layout);
    let isChanged = false;
    for (const section of sections) isChanged = section.settle(scope) || isChanged;
    if (isChanged) continue;
    const relaxed = sections.map((section): [InputSection, RelaxedSection] => [
      section.input,
      section.finish(scope),
    ]);
    return { layout, scope, sections: new Map(relaxed) };
  }
}
