/** From an address to the symbol it belongs to. */
import { SHF_ALLOC, SHN_ABS, SHN_UNDEF } from './elf-format.ts';
import type { ElfFile, ElfSymbol } from './read-elf.ts';

export interface NearestSymbol {
  readonly name: string;
  /** Distance of the address from the symbol, in bytes. */
  readonly offset: number;
}

/** How much a symbol says about the code at its address: functions before labels before data. */
const typeRank = { func: 3, notype: 2, object: 1, other: 0, section: 0 } as const;
const bindingRank = { global: 2, weak: 1, local: 0, other: 0 } as const;

function compareSymbols(left: ElfSymbol, right: ElfSymbol): number {
  return (
    left.address - right.address ||
    typeRank[left.type] - typeRank[right.type] ||
    bindingRank[left.binding] - bindingRank[right.binding]
  );
}

/** `$x`, `$x<ISA>` and `$d` say where code and data begin (RISC-V ELF psABI); they name nothing. */
const MAPPING_SYMBOL = /^\$[xd]/;

/** Whether a symbol names a place, and is not there for tools only. */
export function namesPlace({ name, type }: Pick<ElfSymbol, 'name' | 'type'>): boolean {
  return name !== '' && type !== 'other' && type !== 'section' && !MAPPING_SYMBOL.test(name);
}

/** The symbols of a file in the order of their addresses. */
export class SymbolLookup {
  readonly #symbols: readonly ElfSymbol[];
  readonly #sectionEnd: (symbol: ElfSymbol) => number;

  constructor(elf: Pick<ElfFile, 'symbols' | 'sections'>) {
    const sectionOf = (symbol: ElfSymbol) => elf.sections.at(symbol.sectionIndex);
    this.#symbols = elf.symbols
      .filter(
        (symbol) =>
          namesPlace(symbol) &&
          symbol.sectionIndex !== SHN_UNDEF &&
          symbol.sectionIndex < SHN_ABS &&
          ((sectionOf(symbol)?.flags ?? 0) & SHF_ALLOC) !== 0,
      )
      .sort(compareSymbols);
    this.#sectionEnd = (symbol) => {
      const section = sectionOf(symbol);
      return section === undefined ? 0 : section.address + section.size;
    };
  }

  /**
   * The last symbol at or before `address` in the same section, the most telling one if several
   * lie there; undefined outside all sections.
   */
  nearest(address: number): NearestSymbol | undefined {
    let low = 0;
    let high = this.#symbols.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#symbols[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    const symbol = low > 0 ? this.#symbols[low - 1] : undefined;
    if (symbol === undefined) return undefined;
    // A label at the very end of a section, such as the top of a stack, is still a name.
    const isInside = address < this.#sectionEnd(symbol) || address === symbol.address;
    if (!isInside) return undefined;
    return { name: symbol.name, offset: address - symbol.address };
  }

  /** The symbol called `name`, a global one first. */
  find(name: string): ElfSymbol | undefined {
    const matches = this.#symbols.filter((symbol) => symbol.name === name);
    return matches.find(({ binding }) => binding !== 'local') ?? matches.at(0);
  }
}

/** `name+0x10`, or the address alone where no symbol is near. */
export function formatAddress(lookup: SymbolLookup, address: number): string {
  const hexadecimal = `0x${(address >>> 0).toString(16).padStart(8, '0')}`;
  const symbol = lookup.nearest(address);
  if (symbol === undefined) return hexadecimal;
  const offset = symbol.offset === 0 ? '' : `+0x${symbol.offset.toString(16)}`;
  return `${hexadecimal} <${symbol.name}${offset}>`;
}
