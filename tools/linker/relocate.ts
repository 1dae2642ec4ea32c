/**
 * Fills addresses into sections, as the RISC-V ELF psABI defines its relocations: S is the
 * address of the symbol, A the addend, P the place.
 */
import {
  B_IMMEDIATE,
  I_IMMEDIATE,
  J_IMMEDIATE,
  type OperandField,
  S_IMMEDIATE,
  UPPER_IMMEDIATE,
} from '../assembler/operand-fields.ts';
import { hexadecimal, LinkFailure } from './link-error.ts';
import { describePlace, type InputSection } from './live-sections.ts';
import { type Relocation, RelocationType } from './object.ts';

/** Added before the upper 20 bits are taken, since the lower 12 are signed. */
const LOW_PART_CARRY = 0x800;
/** `call` is `auipc` and `jalr`. */
const SECOND_INSTRUCTION = 4;

export interface RelocationScope {
  /** Address of a section that was placed. */
  addressOf(input: InputSection): number;
  /** S: the address of `name` as seen from `input`'s object. */
  symbolAddress(input: InputSection, name: string): number;
  /** The section and offset where `name` is defined, if it is a place. */
  symbolPlace(
    input: InputSection,
    name: string,
  ): { readonly input: InputSection; readonly offset: number } | undefined;
}

function upperPart(value: number): number {
  return ((value + LOW_PART_CARRY) >>> 12) & 0xfffff;
}

function lowerPart(value: number): number {
  return (value << 20) >> 20;
}

class SectionRelocator {
  readonly #view: DataView;
  readonly #input: InputSection;
  readonly #scope: RelocationScope;

  constructor(bytes: Uint8Array, input: InputSection, scope: RelocationScope) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#input = input;
    this.#scope = scope;
  }

  apply(relocation: Relocation): void {
    const { offset, type } = relocation;
    if (offset < 0 || offset + 4 > this.#view.byteLength) {
      throw this.#failure(relocation, 'lies outside its section');
    }
    switch (type) {
      case RelocationType.R_RISCV_32:
        this.#view.setUint32(offset, this.#target(relocation), true);
        break;
      case RelocationType.R_RISCV_BRANCH:
        this.#setDistance(relocation, B_IMMEDIATE, 'a conditional branch (±4 KiB)');
        break;
      case RelocationType.R_RISCV_JAL:
        this.#setDistance(relocation, J_IMMEDIATE, 'jal (±1 MiB)');
        break;
      case RelocationType.R_RISCV_CALL_PLT: {
        const distance = this.#distance(relocation);
        this.#setField(offset, UPPER_IMMEDIATE, upperPart(distance));
        this.#setField(offset + SECOND_INSTRUCTION, I_IMMEDIATE, lowerPart(distance));
        break;
      }
      case RelocationType.R_RISCV_PCREL_HI20:
        this.#setField(offset, UPPER_IMMEDIATE, upperPart(this.#distance(relocation)));
        break;
      case RelocationType.R_RISCV_PCREL_LO12_I:
        this.#setField(offset, I_IMMEDIATE, lowerPart(this.#distanceOfUpperPart(relocation)));
        break;
      case RelocationType.R_RISCV_PCREL_LO12_S:
        this.#setField(offset, S_IMMEDIATE, lowerPart(this.#distanceOfUpperPart(relocation)));
        break;
      case RelocationType.R_RISCV_HI20:
        this.#setField(offset, UPPER_IMMEDIATE, upperPart(this.#target(relocation)));
        break;
      case RelocationType.R_RISCV_LO12_I:
        this.#setField(offset, I_IMMEDIATE, lowerPart(this.#target(relocation)));
        break;
      case RelocationType.R_RISCV_LO12_S:
        this.#setField(offset, S_IMMEDIATE, lowerPart(this.#target(relocation)));
        break;
    }
  }

  /** S + A. */
  #target({ symbol, addend }: Relocation): number {
    return (this.#scope.symbolAddress(this.#input, symbol) + addend) >>> 0;
  }

  /** S + A − P, modulo 2³². */
  #distance(relocation: Relocation): number {
    const place = this.#scope.addressOf(this.#input) + relocation.offset;
    return (this.#target(relocation) - place) | 0;
  }

  /** The symbol of a lower part is the place of the upper part, whose target counts. */
  #distanceOfUpperPart(relocation: Relocation): number {
    const place = this.#scope.symbolPlace(this.#input, relocation.symbol);
    const upper = place && findUpperParts(place.input).get(place.offset + relocation.addend);
    if (place === undefined || upper === undefined) {
      throw this.#failure(relocation, 'refers to a place without %pcrel_hi');
    }
    const target = this.#scope.symbolAddress(place.input, upper.symbol) + upper.addend;
    return (target - this.#scope.addressOf(place.input) - upper.offset) | 0;
  }

  #setDistance(relocation: Relocation, field: OperandField, what: string): void {
    const distance = this.#distance(relocation);
    if (distance < field.minimum || distance > field.maximum || distance % field.step !== 0) {
      throw this.#failure(
        relocation,
        `is ${distance} bytes away at ${hexadecimal(this.#target(relocation))}, ` +
          `out of the reach of ${what}`,
      );
    }
    this.#setField(relocation.offset, field, distance);
  }

  #setField(offset: number, field: OperandField, value: number): void {
    const word = this.#view.getUint32(offset, true);
    const allOnes = field.minimum < 0 ? -field.step : field.maximum;
    const mask = field.encode(allOnes);
    this.#view.setUint32(offset, ((word & ~mask) | field.encode(value)) >>> 0, true);
  }

  #failure({ symbol, offset }: Relocation, problem: string): LinkFailure {
    return new LinkFailure(
      'relocation',
      `${describePlace(this.#input, offset)}: ${symbol} ${problem}`,
    );
  }
}

const upperPartsBySection = new WeakMap<InputSection, ReadonlyMap<number, Relocation>>();

/** The `%pcrel_hi` of a section, by their offset. */
function findUpperParts(input: InputSection): ReadonlyMap<number, Relocation> {
  const known = upperPartsBySection.get(input);
  if (known !== undefined) return known;
  const found = new Map(
    input.section.relocations
      .filter(({ type }) => type === RelocationType.R_RISCV_PCREL_HI20)
      .map((relocation) => [relocation.offset, relocation]),
  );
  upperPartsBySection.set(input, found);
  return found;
}

/**
 * Applies the relocations of `input` to `bytes`, its contents in the image.
 * @throws LinkFailure if a target is out of reach.
 */
export function relocateSection(
  bytes: Uint8Array,
  input: InputSection,
  scope: RelocationScope,
): void {
  const relocator = new SectionRelocator(bytes, input, scope);
  for (const relocation of input.section.relocations) relocator.apply(relocation);
}
