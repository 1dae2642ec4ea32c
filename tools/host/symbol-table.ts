/** Names for guest addresses, from the ELF files that were loaded. */
import type { ElfFile } from '../elf/read-elf.ts';
import { formatAddress, SymbolLookup } from '../elf/symbol-lookup.ts';

export class SymbolTable {
  private readonly lookups: readonly SymbolLookup[];

  constructor(files: readonly ElfFile[]) {
    this.lookups = files.map((elf) => new SymbolLookup(elf));
  }

  /** `0x80400010 <main+0x10>`, or the address alone where no symbol is near. */
  format(address: number): string {
    const lookup = this.lookups.find((candidate) => candidate.nearest(address) !== undefined);
    return lookup === undefined
      ? `0x${(address >>> 0).toString(16).padStart(8, '0')}`
      : formatAddress(lookup, address);
  }
}
