/** What takes the space of an executable: every byte of its memory counted once. */
import { LineTable } from './dwarf/read-lines.ts';
import { SHF_ALLOC } from './elf-format.ts';
import type { ElfFile, ElfSection } from './read-elf.ts';
import { namesPlace } from './symbol-lookup.ts';

/** Bytes of a section that belong to one symbol, or to none. */
export interface SizeItem {
  readonly section: string;
  /** Empty: bytes that no symbol with a size covers, such as padding. */
  readonly symbol: string;
  /** Source file where the symbol's code begins; empty if nothing tells. */
  readonly file: string;
  readonly bytes: number;
}

export interface SectionSize {
  readonly name: string;
  readonly bytes: number;
}

export interface SizeReport {
  /** Sections that are loaded, in the order of the file. */
  readonly sections: readonly SectionSize[];
  /** The same bytes by symbol, the largest first. */
  readonly items: readonly SizeItem[];
  /** The same bytes by source file, the largest first. */
  readonly files: readonly SectionSize[];
  readonly total: number;
}

function isLoaded({ flags, size }: ElfSection): boolean {
  return (flags & SHF_ALLOC) !== 0 && size > 0;
}

/** The bytes of a section by symbol; where symbols overlap, the first one counts. */
function itemsOf(elf: ElfFile, index: number, lines: LineTable): SizeItem[] {
  const section = elf.sections[index];
  const end = section.address + section.size;
  const symbols = elf.symbols
    .filter((symbol) => symbol.sectionIndex === index && symbol.size > 0 && namesPlace(symbol))
    .sort((left, right) => left.address - right.address || right.size - left.size);
  const items: SizeItem[] = [];
  let covered = 0;
  let cursor = section.address;
  for (const { name, address, size } of symbols) {
    const start = Math.max(cursor, address);
    const bytes = Math.min(address + size, end) - start;
    if (bytes <= 0) continue;
    const file = lines.find(address)?.file ?? '';
    items.push({ section: section.name, symbol: name, file, bytes });
    covered += bytes;
    cursor = start + bytes;
  }
  const rest = section.size - covered;
  if (rest > 0) items.push({ section: section.name, symbol: '', file: '', bytes: rest });
  return items;
}

/** @param lines Of its debug information, if it has any: tells the files. */
export function reportSizes(elf: ElfFile, lines = new LineTable([])): SizeReport {
  const items = elf.sections.flatMap((section, index) =>
    isLoaded(section) ? itemsOf(elf, index, lines) : [],
  );
  const byFile = new Map<string, number>();
  for (const { file, bytes } of items) byFile.set(file, (byFile.get(file) ?? 0) + bytes);
  const sections = elf.sections.filter(isLoaded);
  return {
    sections: sections.map(({ name, size }) => ({ name, bytes: size })),
    items: items.toSorted((left, right) => right.bytes - left.bytes),
    files: [...byFile]
      .map(([name, bytes]) => ({ name, bytes }))
      .sort((left, right) => right.bytes - left.bytes),
    total: sections.reduce((sum, { size }) => sum + size, 0),
  };
}
