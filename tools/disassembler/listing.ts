/** The listing that `vitrine objdump` prints: instructions, symbols, and the source between them. */
import type { LineTable, SourcePlace } from '../elf/dwarf/read-lines.ts';
import { SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS } from '../elf/elf-format.ts';
import type { ElfFile, ElfSection, ElfSymbol } from '../elf/read-elf.ts';
import { namesPlace, SymbolLookup } from '../elf/symbol-lookup.ts';
import { formatOf } from '../assembler/instructions.ts';
import { type Disassembly, disassemble } from './disassemble.ts';

export interface ListingOptions {
  /** Where lines of source come from; none are shown without it. */
  readonly lines?: LineTable;
  /** Text of a source line (1-based), if the source is at hand. */
  readonly readSourceLine?: (file: string, line: number) => string | undefined;
  /** False: only real instructions, no pseudo-instructions. */
  readonly aliases?: boolean;
}

interface AddressRange {
  readonly start: number;
  readonly end: number;
}

const WORD_SIZE = 4;
const HALFWORD_SIZE = 2;
const MNEMONIC_WIDTH = 10;

function isCode({ type, flags }: ElfSection): boolean {
  const wanted = SHF_ALLOC | SHF_EXECINSTR;
  return type !== SHT_NOBITS && (flags & wanted) === wanted;
}

function addressText(address: number): string {
  return (address >>> 0).toString(16).padStart(8, '0');
}

/** Labels by address: one line for each name. */
function labelsOf(elf: ElfFile): Map<number, string[]> {
  const labels = new Map<number, string[]>();
  for (const symbol of elf.symbols) {
    const { name, address, sectionIndex } = symbol;
    const section = elf.sections.at(sectionIndex);
    if (!namesPlace(symbol) || section === undefined || !isCode(section)) continue;
    const known = labels.get(address);
    if (known === undefined) labels.set(address, [name]);
    else if (!known.includes(name)) known.push(name);
  }
  return labels;
}

/**
 * The values that `lui` and `auipc` leave in registers, so that the instruction after them can be
 * shown with the address that it computes. Forgotten at every label, branch and overwriting.
 */
class AddressTracker {
  readonly #values = new Map<number, number>();

  forget(): void {
    this.#values.clear();
  }

  /** The address that the instruction computes or accesses, if it is known. */
  step({ decoded }: Disassembly, pc: number): number | undefined {
    if (decoded === undefined) {
      this.forget();
      return undefined;
    }
    const { instruction, rd, rs1, immediate } = decoded;
    const base = this.#values.get(rs1);
    const usesBase =
      instruction.format === 'load' ||
      instruction.format === 'jalr' ||
      instruction.format === 'S' ||
      instruction.format === 'floatLoad' ||
      instruction.format === 'floatStore' ||
      instruction.mnemonic === 'addi';
    const address = base !== undefined && usesBase ? (base + immediate) >>> 0 : undefined;
    if (formatOf(instruction).syntax.includes('rd')) this.#values.delete(rd);
    if (instruction.mnemonic === 'lui') this.#values.set(rd, (immediate << 12) >>> 0);
    if (instruction.mnemonic === 'auipc') this.#values.set(rd, (pc + (immediate << 12)) >>> 0);
    if (instruction.format === 'J' || instruction.mnemonic === 'jalr') this.forget();
    return address;
  }
}

/** Lists one range of a section. */
class Listing {
  readonly #lookup: SymbolLookup;
  readonly #labels: ReadonlyMap<number, readonly string[]>;
  readonly #options: ListingOptions;
  readonly #tracker = new AddressTracker();
  #place: SourcePlace | undefined;

  constructor(elf: ElfFile, options: ListingOptions) {
    this.#lookup = new SymbolLookup(elf);
    this.#labels = labelsOf(elf);
    this.#options = options;
  }

  *list(section: ElfSection, { start, end }: AddressRange): Generator<string> {
    const { bytes } = section;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let pc = start;
    while (pc + HALFWORD_SIZE <= end) {
      const offset = pc - section.address;
      const word =
        pc + WORD_SIZE <= end ? view.getUint32(offset, true) : view.getUint16(offset, true);
      yield* this.#labelLines(pc);
      yield* this.#sourceLines(pc);
      const { aliases = true } = this.#options;
      const instruction = disassemble(word, pc, {
        aliases,
        formatTarget: (target) => this.#describe(target),
      });
      yield this.#instructionLine(instruction, word, pc);
      pc += instruction.length;
    }
  }

  *#labelLines(pc: number): Generator<string> {
    const names = this.#labels.get(pc);
    if (names === undefined) return;
    this.#tracker.forget();
    this.#place = undefined;
    yield '';
    for (const name of names) yield `${addressText(pc)} <${name}>:`;
  }

  *#sourceLines(pc: number): Generator<string> {
    const place = this.#options.lines?.find(pc);
    const isSame = place?.file === this.#place?.file && place?.line === this.#place?.line;
    this.#place = place;
    if (isSame || place === undefined) return;
    const text = this.#options.readSourceLine?.(place.file, place.line)?.trim();
    yield `; ${place.file}:${place.line}${text ? `  ${text}` : ''}`;
  }

  #instructionLine(instruction: Disassembly, word: number, pc: number): string {
    const { length, mnemonic, operands } = instruction;
    const digits = 2 * length;
    const bits = length === WORD_SIZE ? word : word & 0xffff;
    const code = (bits >>> 0)
      .toString(16)
      .padStart(digits, '0')
      .padEnd(2 * WORD_SIZE);
    const address = this.#tracker.step(instruction, pc);
    const comment = address === undefined ? '' : `  # ${this.#describe(address)}`;
    const text = `${mnemonic.padEnd(MNEMONIC_WIDTH)} ${operands}`.trimEnd();
    return `  ${addressText(pc)}:  ${code}  ${text}${comment}`;
  }

  /** An address with the symbol that it belongs to. */
  #describe(address: number): string {
    const symbol = this.#lookup.nearest(address);
    if (symbol === undefined) return (address >>> 0).toString(16);
    const offset = symbol.offset === 0 ? '' : `+0x${symbol.offset.toString(16)}`;
    return `${(address >>> 0).toString(16)} <${symbol.name}${offset}>`;
  }
}

/** True if `name` is the symbol's name, or what follows its last `/`. */
function isNamed(symbol: ElfSymbol, name: string): boolean {
  return symbol.name === name || symbol.name.endsWith(`/${name}`);
}

/** From a label to the end of its function, or to the next function or global label. */
function rangeOf(symbol: ElfSymbol, section: ElfSection, elf: ElfFile): AddressRange {
  const sectionEnd = section.address + section.bytes.length;
  if (symbol.size > 0) {
    return { start: symbol.address, end: Math.min(symbol.address + symbol.size, sectionEnd) };
  }
  const next = elf.symbols
    .filter(
      ({ type, binding, address }) =>
        (type === 'func' || binding !== 'local') &&
        address > symbol.address &&
        address < sectionEnd,
    )
    .map(({ address }) => address);
  return { start: symbol.address, end: Math.min(sectionEnd, ...next) };
}

/** Lists all code of a file. */
export function* listFile(elf: ElfFile, options: ListingOptions = {}): Generator<string> {
  for (const section of elf.sections.filter(isCode)) {
    yield `Section ${section.name}:`;
    const end = section.address + section.bytes.length;
    yield* new Listing(elf, options).list(section, { start: section.address, end });
  }
}

/**
 * Lists the functions called `name`: a full name, or the part after its last `/`.
 * @returns undefined if there is none.
 */
export function listFunction(
  elf: ElfFile,
  name: string,
  options: ListingOptions = {},
): string[] | undefined {
  const seen = new Set<number>();
  const lines: string[] = [];
  for (const symbol of elf.symbols) {
    const section = elf.sections.at(symbol.sectionIndex);
    if (section === undefined || !isCode(section) || !isNamed(symbol, name)) continue;
    if (symbol.address < section.address || seen.has(symbol.address)) continue;
    seen.add(symbol.address);
    lines.push(...new Listing(elf, options).list(section, rangeOf(symbol, section, elf)));
  }
  return seen.size > 0 ? lines : undefined;
}

/** Names of the functions of a file, for suggestions. */
export function functionNames(elf: ElfFile): string[] {
  return elf.symbols.filter(({ type }) => type === 'func').map(({ name }) => name);
}
