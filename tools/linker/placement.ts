/** Where the bytes of input sections are in the image. */
import { LinkFailure } from './link-error.ts';
import type { InputSection } from './live-sections.ts';
import type { SectionEdits } from './section-edits.ts';

export class Placement {
  readonly #addresses = new Map<InputSection, number>();
  readonly #edits: ReadonlyMap<InputSection, SectionEdits>;

  constructor(edits: ReadonlyMap<InputSection, SectionEdits> = new Map()) {
    this.#edits = edits;
  }

  /** The sections, in the order in which they were placed. */
  get inputs(): Iterable<InputSection> {
    return this.#addresses.keys();
  }

  /** Puts a section at an address. */
  place(input: InputSection, address: number): void {
    this.#addresses.set(input, address);
  }

  has(input: InputSection): boolean {
    return this.#addresses.has(input);
  }

  /** Bytes that the section takes in the image. */
  size(input: InputSection): number {
    return input.section.size - (this.#edits.get(input)?.removed ?? 0);
  }

  /** Where byte `offset` of the section as its object has it lies in the section of the image. */
  offset(input: InputSection, offset: number): number {
    const edits = this.#edits.get(input);
    if (edits === undefined) return offset;
    const { size } = input.section;
    return offset > size ? edits.map(size) + offset - size : edits.map(offset);
  }

  /** The address of byte `offset` of the section as its object has it. */
  address(input: InputSection, offset = 0): number {
    const address = this.#addresses.get(input);
    if (address === undefined) {
      const { object, section } = input;
      throw new LinkFailure('relocation', `${section.name} of ${object.name} was not placed`);
    }
    return address + this.offset(input, offset);
  }
}
