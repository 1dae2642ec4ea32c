/**
 * The table `.trap_sites`, in which a kernel or a supervisor looks up the source of a trap.
 * Little-endian: u32 magic "TRAP", u32 count, u32 file count, u32 bytes of strings; the entries,
 * sorted by pc: {u32 pc, u16 line, u8 file, u8 reason}; for each file {u32 offset into the strings,
 * u32 length}; the strings: paths in UTF-8.
 */
import { LinkFailure } from './link-error.ts';
import type { InputSection } from './live-sections.ts';
import type { Placement } from './placement.ts';
import { type SourcePosition, TrapReason, type TrapSite } from './object.ts';

/** "TRAP" read as a little-endian word. */
export const TRAP_SITES_MAGIC = 0x50415254;
export const TRAP_SITES_HEADER_SIZE = 16;
export const TRAP_SITE_SIZE = 8;
export const TRAP_FILE_SIZE = 8;
export const TRAP_SITES_ALIGNMENT = 4;

const MAXIMUM_FILES = 256;
/** Lines above are recorded as this one. */
const MAXIMUM_LINE = 0xffff;

interface Entry {
  readonly input: InputSection;
  readonly offset: number;
  readonly line: number;
  readonly file: number;
  readonly reason: TrapReason;
}

/** The last of `positions`, which are sorted, that begins at or before `offset`. */
function positionAt(
  positions: readonly SourcePosition[],
  offset: number,
): SourcePosition | undefined {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (positions[middle].offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low > 0 ? positions[low - 1] : undefined;
}

/** The table of an image: its size is known before the addresses are. */
export class TrapSiteTable {
  readonly #entries: Entry[] = [];
  readonly #files = new Map<string, number>();
  readonly #strings: Uint8Array[] = [];

  /** @throws LinkFailure if the sites lie in more files than the table can name. */
  constructor(live: readonly InputSection[]) {
    for (const input of live) {
      for (const site of input.section.trapSites) this.#addSite(input, site);
    }
  }

  /** Bytes of the table. */
  get size(): number {
    return (
      TRAP_SITES_HEADER_SIZE +
      this.#entries.length * TRAP_SITE_SIZE +
      this.#strings.length * TRAP_FILE_SIZE +
      this.#stringBytes
    );
  }

  /** The table, with the sections at their addresses. */
  encode(placement: Placement): Uint8Array {
    const bytes = new Uint8Array(this.size);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, TRAP_SITES_MAGIC, true);
    view.setUint32(4, this.#entries.length, true);
    view.setUint32(8, this.#strings.length, true);
    view.setUint32(12, this.#stringBytes, true);
    const sorted = this.#entries
      .map((entry) => ({ ...entry, pc: placement.address(entry.input, entry.offset) }))
      .sort((left, right) => left.pc - right.pc);
    let cursor = TRAP_SITES_HEADER_SIZE;
    for (const { pc, line, file, reason } of sorted) {
      view.setUint32(cursor, pc, true);
      view.setUint16(cursor + 4, line, true);
      view.setUint8(cursor + 6, file);
      view.setUint8(cursor + 7, reason);
      cursor += TRAP_SITE_SIZE;
    }
    const stringsStart = cursor + this.#strings.length * TRAP_FILE_SIZE;
    let stringOffset = 0;
    for (const string of this.#strings) {
      view.setUint32(cursor, stringOffset, true);
      view.setUint32(cursor + 4, string.length, true);
      bytes.set(string, stringsStart + stringOffset);
      stringOffset += string.length;
      cursor += TRAP_FILE_SIZE;
    }
    return bytes;
  }

  get #stringBytes(): number {
    return this.#strings.reduce((sum, string) => sum + string.length, 0);
  }

  #addSite(input: InputSection, { offset, reason }: TrapSite): void {
    const position = positionAt(input.section.positions, offset);
    const file = position?.file ?? '';
    if (file === '' && reason === TrapReason.MemoryAccess) return;
    const line = file === '' ? 0 : Math.min(position?.line ?? 0, MAXIMUM_LINE);
    this.#entries.push({ input, offset, line, file: this.#fileNumber(file), reason });
  }

  #fileNumber(file: string): number {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const number = this.#files.size;
    if (number >= MAXIMUM_FILES) {
      throw new LinkFailure(
        'trap sites',
        `code comes from more than ${MAXIMUM_FILES} files (the last one: ${file}), ` +
          'more than .trap_sites can name',
      );
    }
    this.#files.set(file, number);
    this.#strings.push(new TextEncoder().encode(file));
    return number;
  }
}
