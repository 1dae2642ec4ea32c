/** What names mean, and where they are, in one layout of the image. */
import type { Layout } from './layout.ts';
import { GLOBAL_POINTER, linkerSymbolAddresses } from './linker-symbols.ts';
import type { Definition, InputSection, SymbolIndex } from './live-sections.ts';
import type { RelocationScope } from './relocate.ts';

export class LinkScope implements RelocationScope {
  readonly linkerSymbols: ReadonlyMap<string, number>;
  readonly globalPointer: number;
  readonly #index: SymbolIndex;
  readonly #layout: Layout;

  constructor(index: SymbolIndex, layout: Layout) {
    this.#index = index;
    this.#layout = layout;
    this.linkerSymbols = linkerSymbolAddresses(layout);
    const pointer = index.resolveGlobal(GLOBAL_POINTER);
    this.globalPointer =
      pointer === undefined
        ? (this.linkerSymbols.get(GLOBAL_POINTER) ?? 0)
        : this.definitionAddress(pointer);
  }

  address(input: InputSection, offset: number): number {
    return this.#layout.placement.address(input, offset);
  }

  offset(input: InputSection, offset: number): number {
    return this.#layout.placement.offset(input, offset);
  }

  definitionAddress(definition: Definition, addend = 0): number {
    switch (definition.kind) {
      case 'absolute':
        return definition.value + addend;
      case 'linker':
        return (this.linkerSymbols.get(definition.name) ?? 0) + addend;
      case 'place':
        // Byte `addend` from the symbol on: what is between the two may have shrunk.
        return this.address(definition.input, definition.offset + addend);
    }
  }

  symbolAddress(input: InputSection, name: string, addend: number): number {
    const definition = this.#index.resolve(input.object, name);
    return definition === undefined ? addend : this.definitionAddress(definition, addend);
  }

  symbolPlace(
    input: InputSection,
    name: string,
  ): { readonly input: InputSection; readonly offset: number } | undefined {
    const definition = this.#index.resolve(input.object, name);
    return definition?.kind === 'place' ? definition : undefined;
  }
}
