/** A section while it is being filled. */
import type {
  ObjectSection,
  Relocation,
  SectionKind,
  SourcePosition,
  TrapSite,
} from '../linker/object.ts';
import { StatementError } from './assembly-error.ts';

const INITIAL_CAPACITY = 256;

/** No section of an image comes near this; a `.space` beyond it is a mistake. */
const MAXIMUM_SECTION_SIZE = 0x1000_0000;

/** `addi x0, x0, 0`. */
const NOP = 0x00000013;
const INSTRUCTION_SIZE = 4;

export class SectionBuilder {
  readonly name: string;
  readonly kind: SectionKind;
  keep: boolean;
  #align = 1;
  #size = 0;
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  readonly relocations: Relocation[] = [];
  readonly #positions: SourcePosition[] = [];
  readonly trapSites: TrapSite[] = [];

  constructor(name: string, kind: SectionKind, keep: boolean) {
    this.name = name;
    this.kind = kind;
    this.keep = keep;
    if (kind === 'text') this.#align = INSTRUCTION_SIZE;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends `count` bytes of zero, or room in bss. */
  appendZeros(count: number): void {
    if (this.#size + count > MAXIMUM_SECTION_SIZE) {
      throw new StatementError(`section ${this.name} would be larger than 256 MiB`);
    }
    if (this.kind !== 'bss') this.#reserve(this.#size + count);
    this.#size += count;
  }

  appendBytes(bytes: ArrayLike<number>): void {
    this.#requireContents();
    this.#reserve(this.#size + bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Appends the lowest `width` bytes of `value`, little-endian. */
  appendInteger(value: bigint, width: number): void {
    const bytes = new Uint8Array(width);
    for (let index = 0; index < width; index += 1) {
      bytes[index] = Number(BigInt.asUintN(8, value >> BigInt(8 * index)));
    }
    this.appendBytes(bytes);
  }

  /** Sets every byte from `start` to the end. */
  fill(start: number, byte: number): void {
    this.#requireContents();
    this.#bytes.fill(byte, start, this.#size);
  }

  /** Sets everything from `start` to the end to copies of `value`, each of `width` bytes. */
  fillIntegers(start: number, width: number, value: bigint): void {
    this.#requireContents();
    const pattern = Uint8Array.from({ length: width }, (_, index) =>
      Number(BigInt.asUintN(8, value >> BigInt(8 * index))),
    );
    for (let offset = start; offset < this.#size; offset += width) {
      this.#bytes.set(pattern, offset);
    }
  }

  /**
   * Fills up to a multiple of `boundary` (a power of two): with `fill` if given, else with nops in
   * code and zeros elsewhere; not at all if that takes more than `limit` bytes.
   */
  alignTo(boundary: number, fill: number | undefined, limit: number): void {
    const count = (boundary - (this.#size % boundary)) % boundary;
    if (count > limit) return;
    this.#align = Math.max(this.#align, boundary);
    if (fill !== undefined) {
      this.appendBytes(new Uint8Array(count).fill(fill));
      return;
    }
    const nops = this.kind === 'text' ? Math.floor(count / INSTRUCTION_SIZE) : 0;
    this.appendZeros(count - nops * INSTRUCTION_SIZE);
    for (let index = 0; index < nops; index += 1) {
      this.appendInteger(BigInt(NOP), INSTRUCTION_SIZE);
    }
  }

  /** From here on the code comes from `line` of `file`. */
  markPosition(file: string, line: number): void {
    const last = this.#lastPosition;
    if (last?.file === file && last.line === line) return;
    this.#positions.push({ offset: this.#size, file, line, column: 0 });
  }

  build(): ObjectSection {
    return {
      name: this.name,
      kind: this.kind,
      align: this.#align,
      bytes: this.kind === 'bss' ? new Uint8Array(0) : this.#bytes.slice(0, this.#size),
      size: this.#size,
      ...(this.keep && { keep: true }),
      relocations: this.relocations,
      positions: this.#positions,
      trapSites: this.trapSites,
    };
  }

  get #lastPosition(): SourcePosition | undefined {
    return this.#positions.at(-1);
  }

  #requireContents(): void {
    if (this.kind !== 'bss') return;
    throw new StatementError(`section ${this.name} is bss: it holds no contents, only .space`);
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
