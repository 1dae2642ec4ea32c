/** Debug information of the sections in an image, at their addresses. */
import { type CodeScope, moveScope } from './debug-information.ts';
import type { LinkScope } from './link-scope.ts';
import type { LinkedDebug, LinkedFunction } from './linked-image.ts';
import type { SymbolIndex } from './live-sections.ts';
import type { ObjectFile } from './object.ts';
import type { Placement } from './placement.ts';

/** What is not in the image is left out. */
export function linkDebug(placement: Placement, scope: LinkScope, index: SymbolIndex): LinkedDebug {
  const functions: LinkedFunction[] = [];
  const objects = new Set<ObjectFile>();
  const symbols = new Map<string, number>();
  for (const input of placement.inputs) {
    const { object, section } = input;
    objects.add(object);
    if (section.debug === undefined) continue;
    const move = (offset: number): number => placement.address(input, offset);
    const { scope: code, frames } = section.debug;
    functions.push({
      address: move(0),
      end: move(section.size),
      scope: code && moveScope(code, move),
      frames: frames.map((row) => ({ ...row, offset: move(row.offset) })),
    });
    for (const name of code === undefined ? [] : addressesIn(code)) note(object, name);
  }
  function note(object: ObjectFile, name: string): void {
    const definition = index.resolve(object, name);
    if (definition === undefined) return;
    if (definition.kind === 'place' && !placement.has(definition.input)) return;
    symbols.set(name, scope.definitionAddress(definition));
  }
  const types = [...objects].flatMap(({ debug }) => debug?.types ?? []);
  const globals = [...objects].flatMap((object) =>
    (object.debug?.globals ?? []).filter(({ place }) => {
      if (!('symbol' in place)) return true;
      note(object, place.symbol);
      return symbols.has(place.symbol);
    }),
  );
  functions.sort((left, right) => left.address - right.address);
  return { functions, types, globals, symbols };
}

/** Symbols whose addresses are values of variables. */
function addressesIn({ variables, inlined }: CodeScope): string[] {
  const own = variables.flatMap(({ ranges }) =>
    ranges.flatMap(({ words }) =>
      words.flatMap((place) => (place?.kind === 'address' ? [place.symbol] : [])),
    ),
  );
  return [...own, ...inlined.flatMap(addressesIn)];
}
