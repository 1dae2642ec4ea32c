/** A binary as the debugger knows it: its symbols and its lines. */
import { readLineTable, type LineRange, type LineTable } from '../elf/dwarf/read-lines.ts';
import type { ElfFile, ElfSymbol } from '../elf/read-elf.ts';
import { SymbolLookup, type NearestSymbol } from '../elf/symbol-lookup.ts';
import { byteDigits } from './hexadecimal.ts';
import { shortName } from './short-name.ts';

const GNU_NOTE = 'GNU';
/** NT_GNU_BUILD_ID of the GNU note types. */
const BUILD_ID_NOTE = 3;
const BUILD_ID_SECTION = '.note.gnu.build-id';
/** Header of three words and the name `GNU`. */
const NOTE_CONTENTS_OFFSET = 16;
/** Where the addresses begin that no process has (kernels/core/paging.ts). */
const KERNEL_HALF = 0x8000_0000;

/** A place to stop at. */
export interface CodePlace {
  readonly address: number;
  readonly name: string;
}

export class DebugImage {
  /** As 40 hexadecimal digits; undefined without the note. */
  readonly buildId: string | undefined;
  private readonly symbols: SymbolLookup;
  private lineTable: LineTable | undefined;

  /** @param name by which a person refers to it: `micro`, `shell` */
  constructor(
    readonly name: string,
    readonly elf: ElfFile,
  ) {
    const note = elf.notes.find(({ name, type }) => name === GNU_NOTE && type === BUILD_ID_NOTE);
    this.buildId = note === undefined ? undefined : byteDigits(note.descriptor);
    this.symbols = new SymbolLookup(elf);
  }

  /** Where its build id lies when it is loaded; undefined if it is not. */
  get buildIdAddress(): number | undefined {
    const section = this.elf.sections.find(({ name }) => name === BUILD_ID_SECTION);
    return section === undefined ? undefined : section.address + NOTE_CONTENTS_OFFSET;
  }

  /** Whether a process can run it: all of it lies below what kernels keep to themselves. */
  get isProgram(): boolean {
    return this.elf.segments.every(
      ({ virtualAddress, memorySize }) => virtualAddress + memorySize <= KERNEL_HALF,
    );
  }

  /** Whether a virtual address lies in what is loaded of it. */
  covers(address: number): boolean {
    return this.elf.segments.some(
      ({ virtualAddress, memorySize }) =>
        address - virtualAddress < memorySize && address >= virtualAddress,
    );
  }

  nearest(address: number): NearestSymbol | undefined {
    return this.symbols.nearest(address);
  }

  /** The source place of an instruction. */
  lineAt(address: number): LineRange | undefined {
    return this.lines?.find(address);
  }

  /** Symbols whose name is `name`, or ends in `/name`; one of each address, whole names first. */
  find(name: string): readonly ElfSymbol[] {
    const whole = this.symbols.find(name);
    if (whole !== undefined) return [whole];
    const matches = this.elf.symbols.filter(
      (symbol) => symbol.type !== 'other' && symbol.name.endsWith(`/${name}`),
    );
    return [...new Map(matches.map((symbol) => [symbol.address, symbol])).values()];
  }

  /** Names of functions and labels, without their files' paths. */
  get codeNames(): string[] {
    return this.elf.symbols
      .filter(({ type }) => type === 'func' || type === 'notype')
      .map(({ name }) => shortName(name));
  }

  /** Files that code comes from: whose path is `path`, or ends in `/path`. */
  filesNamed(path: string): readonly string[] {
    return this.files.filter((file) => file === path || file.endsWith(`/${path}`));
  }

  /** Files that code comes from, by path. */
  get files(): readonly string[] {
    const files = new Set(this.lines?.ranges.map(({ file }) => file));
    files.delete('');
    return [...files].sort();
  }

  /** The first line from `line` on from which code comes; undefined if there is none in the file. */
  lineWithCode(file: string, line: number): number | undefined {
    const lines = (this.lines?.ranges ?? [])
      .filter((range) => range.file === file && range.line >= line)
      .map((range) => range.line);
    return lines.length === 0 ? undefined : Math.min(...lines);
  }

  /** Where the code of a line begins: one place in every function that has some of it. */
  placesOf(file: string, line: number): readonly CodePlace[] {
    const places = new Map<string, CodePlace>();
    for (const address of this.lines?.addressesOf(file, line) ?? []) {
      const name = this.nearest(address)?.name ?? '';
      const known = places.get(name);
      if (known === undefined || address < known.address) places.set(name, { address, name });
    }
    return [...places.values()].sort((left, right) => left.address - right.address);
  }

  /** Undefined where there is no debug information, or none that can be read. */
  private get lines(): LineTable | undefined {
    this.lineTable ??= readLineTable(this.elf).lines;
    return this.lineTable;
  }
}
