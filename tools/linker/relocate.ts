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
import {
  SHORT_BRANCH,
  SHORT_IMMEDIATE,
  SHORT_JUMP,
} from '../assembler/operand-fields-compressed.ts';
import { hexadecimal, LinkFailure } from './link-error.ts';
import { describePlace, type InputSection } from './live-sections.ts';
import { type Relocation, RelocationType } from './object.ts';

/** Added before the upper 20 bits are taken, since the lower 12 are signed. */
const LOW_PART_CARRY = 0x800;
/** `call` is `auipc` and `jalr`. */
const SECOND_INSTRUCTION = 4;

const LOW_SIX_BITS = 0x3f;

/** ULEB128: seven bits a byte, the eighth says that another one follows. */
const ULEB_CONTINUES = 0x80;
const ULEB_BITS = 7;
const ULEB_MASK = 0x7f;

export interface RelocationScope {
  /** P: the address of a byte of a section as its object has it. */
  address(input: InputSection, offset: number): number;
  /** Where that byte is in the section as the image has it. */
  offset(input: InputSection, offset: number): number;
  /** S + A, as seen from `input`'s object. */
  symbolAddress(input: InputSection, name: string, addend: number): number;
  /** The section and offset where `name` is defined, if it is a place. */
  symbolPlace(
    input: InputSection,
    name: string,
  ): { readonly input: InputSection; readonly offset: number } | undefined;
  /** Where gp points. */
  readonly globalPointer: number;
}

/** The upper 20 bits of an address, with what the lower 12, which are signed, take off again. */
export function upperPart(value: number): number {
  return ((value + LOW_PART_CARRY) >>> 12) & 0xfffff;
}

/** The lower 12 bits, signed. */
export function lowerPart(value: number): number {
  return (value << 20) >> 20;
}

/** Puts `value` into `field` of the instruction of `width` bytes at `offset`. */
export function setField(
  view: DataView,
  offset: number,
  width: 2 | 4,
  field: OperandField,
  value: number,
): void {
  const allOnes = field.minimum < 0 ? -field.step : field.maximum;
  const mask = field.encode(allOnes);
  const word = width === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
  const changed = (word & ~mask) | field.encode(value);
  if (width === 2) view.setUint16(offset, changed, true);
  else view.setUint32(offset, changed >>> 0, true);
}

/** Bytes that a relocation of this type reads or writes, at least. */
function widthOf(type: RelocationType): number {
  switch (type) {
    case RelocationType.R_RISCV_CALL:
    case RelocationType.R_RISCV_CALL_PLT:
    case RelocationType.R_RISCV_ADD64:
    case RelocationType.R_RISCV_SUB64:
      return 8;
    case RelocationType.R_RISCV_ADD16:
    case RelocationType.R_RISCV_SUB16:
    case RelocationType.R_RISCV_SET16:
    case RelocationType.R_RISCV_RVC_BRANCH:
    case RelocationType.R_RISCV_RVC_JUMP:
    case RelocationType.R_RISCV_RVC_LUI:
      return 2;
    case RelocationType.R_RISCV_ADD8:
    case RelocationType.R_RISCV_SUB8:
    case RelocationType.R_RISCV_SUB6:
    case RelocationType.R_RISCV_SET6:
    case RelocationType.R_RISCV_SET8:
    case RelocationType.R_RISCV_SET_ULEB128:
    case RelocationType.R_RISCV_SUB_ULEB128:
      return 1;
    case RelocationType.R_RISCV_NONE:
    case RelocationType.R_RISCV_RELAX:
    case RelocationType.R_RISCV_ALIGN:
      return 0;
    default:
      return 4;
  }
}

class SectionRelocator {
  readonly #view: DataView;
  readonly #input: InputSection;
  readonly #scope: RelocationScope;
  /** Of the pair SET_ULEB128 and SUB_ULEB128. */
  #minuend = 0;

  constructor(bytes: Uint8Array, input: InputSection, scope: RelocationScope) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#input = input;
    this.#scope = scope;
  }

  apply(relocation: Relocation): void {
    const { type } = relocation;
    const at = this.#scope.offset(this.#input, relocation.offset);
    if (at < 0 || at + widthOf(type) > this.#view.byteLength) {
      throw this.#failure(relocation, 'lies outside its section');
    }
    switch (type) {
      case RelocationType.R_RISCV_NONE:
      case RelocationType.R_RISCV_RELAX:
      case RelocationType.R_RISCV_ALIGN:
        return;
      case RelocationType.R_RISCV_BRANCH:
        this.#setDistance(relocation, 4, B_IMMEDIATE, 'a conditional branch (±4 KiB)');
        return;
      case RelocationType.R_RISCV_JAL:
        this.#setDistance(relocation, 4, J_IMMEDIATE, 'jal (±1 MiB)');
        return;
      case RelocationType.R_RISCV_RVC_BRANCH:
        this.#setDistance(relocation, 2, SHORT_BRANCH, 'a 16-bit branch (±256 bytes)');
        return;
      case RelocationType.R_RISCV_RVC_JUMP:
        this.#setDistance(relocation, 2, SHORT_JUMP, 'a 16-bit jump (±2 KiB)');
        return;
      case RelocationType.R_RISCV_CALL:
      case RelocationType.R_RISCV_CALL_PLT: {
        const distance = this.#distance(relocation);
        this.#setWord(at, UPPER_IMMEDIATE, upperPart(distance));
        this.#setWord(at + SECOND_INSTRUCTION, I_IMMEDIATE, lowerPart(distance));
        return;
      }
      case RelocationType.R_RISCV_PCREL_HI20:
        this.#setWord(at, UPPER_IMMEDIATE, upperPart(this.#distance(relocation)));
        return;
      case RelocationType.R_RISCV_PCREL_LO12_I:
        this.#setWord(at, I_IMMEDIATE, lowerPart(this.#distanceOfUpperPart(relocation)));
        return;
      case RelocationType.R_RISCV_PCREL_LO12_S:
        this.#setWord(at, S_IMMEDIATE, lowerPart(this.#distanceOfUpperPart(relocation)));
        return;
      case RelocationType.R_RISCV_HI20:
        this.#setWord(at, UPPER_IMMEDIATE, upperPart(this.#target(relocation)));
        return;
      case RelocationType.R_RISCV_RVC_LUI: {
        const upper = (upperPart(this.#target(relocation)) << 12) >> 12;
        setField(this.#view, at, 2, SHORT_IMMEDIATE, upper);
        return;
      }
      case RelocationType.R_RISCV_LO12_I:
        this.#setWord(at, I_IMMEDIATE, lowerPart(this.#target(relocation)));
        return;
      case RelocationType.R_RISCV_LO12_S:
        this.#setWord(at, S_IMMEDIATE, lowerPart(this.#target(relocation)));
        return;
      case RelocationType.R_RISCV_GPREL_I:
        this.#setWord(at, I_IMMEDIATE, this.#fromGlobalPointer(relocation));
        return;
      case RelocationType.R_RISCV_GPREL_S:
        this.#setWord(at, S_IMMEDIATE, this.#fromGlobalPointer(relocation));
        return;
      case RelocationType.R_RISCV_SET_ULEB128:
        this.#minuend = this.#target(relocation);
        return;
      case RelocationType.R_RISCV_SUB_ULEB128:
        this.#setUleb128(at, relocation, this.#minuend - this.#target(relocation));
        return;
      default:
        this.#applyToData(at, relocation);
    }
  }

  /** Relocations of data: whole words, and differences, which come in pairs of ADD and SUB. */
  #applyToData(at: number, relocation: Relocation): void {
    const view = this.#view;
    const target = this.#target(relocation);
    switch (relocation.type) {
      case RelocationType.R_RISCV_32:
      case RelocationType.R_RISCV_SET32:
        view.setUint32(at, target, true);
        return;
      case RelocationType.R_RISCV_32_PCREL:
        view.setUint32(at, this.#distance(relocation), true);
        return;
      case RelocationType.R_RISCV_SET16:
        view.setUint16(at, target, true);
        return;
      case RelocationType.R_RISCV_SET8:
        view.setUint8(at, target);
        return;
      case RelocationType.R_RISCV_SET6:
        this.#setLowSixBits(at, target);
        return;
      case RelocationType.R_RISCV_SUB6:
        this.#setLowSixBits(at, view.getUint8(at) - target);
        return;
      case RelocationType.R_RISCV_ADD8:
        view.setUint8(at, view.getUint8(at) + target);
        return;
      case RelocationType.R_RISCV_SUB8:
        view.setUint8(at, view.getUint8(at) - target);
        return;
      case RelocationType.R_RISCV_ADD16:
        view.setUint16(at, view.getUint16(at, true) + target, true);
        return;
      case RelocationType.R_RISCV_SUB16:
        view.setUint16(at, view.getUint16(at, true) - target, true);
        return;
      case RelocationType.R_RISCV_ADD32:
        view.setUint32(at, view.getUint32(at, true) + target, true);
        return;
      case RelocationType.R_RISCV_SUB32:
        view.setUint32(at, view.getUint32(at, true) - target, true);
        return;
      case RelocationType.R_RISCV_ADD64:
        view.setBigUint64(at, view.getBigUint64(at, true) + BigInt(target), true);
        return;
      case RelocationType.R_RISCV_SUB64:
        view.setBigUint64(at, view.getBigUint64(at, true) - BigInt(target), true);
        return;
    }
  }

  /** S + A. */
  #target({ symbol, addend }: Relocation): number {
    return this.#scope.symbolAddress(this.#input, symbol, addend) >>> 0;
  }

  /** S + A − P, modulo 2³². */
  #distance(relocation: Relocation): number {
    const place = this.#scope.address(this.#input, relocation.offset);
    return (this.#target(relocation) - place) | 0;
  }

  /** The symbol of a lower part is the place of the upper part, whose target counts. */
  #distanceOfUpperPart(relocation: Relocation): number {
    const upper = findUpperPart(this.#scope, this.#input, relocation);
    if (upper === undefined) {
      throw this.#failure(relocation, 'refers to a place without %pcrel_hi');
    }
    const { symbol, addend, offset } = upper.relocation;
    const target = this.#scope.symbolAddress(upper.input, symbol, addend);
    return (target - this.#scope.address(upper.input, offset)) | 0;
  }

  #fromGlobalPointer(relocation: Relocation): number {
    return (this.#target(relocation) - this.#scope.globalPointer) | 0;
  }

  #setDistance(relocation: Relocation, width: 2 | 4, field: OperandField, what: string): void {
    const distance = this.#distance(relocation);
    if (distance < field.minimum || distance > field.maximum || distance % field.step !== 0) {
      throw this.#failure(
        relocation,
        `is ${distance} bytes away at ${hexadecimal(this.#target(relocation))}, ` +
          `out of the reach of ${what}`,
      );
    }
    setField(
      this.#view,
      this.#scope.offset(this.#input, relocation.offset),
      width,
      field,
      distance,
    );
  }

  #setWord(at: number, field: OperandField, value: number): void {
    setField(this.#view, at, 4, field, value);
  }

  #setLowSixBits(at: number, value: number): void {
    const byte = this.#view.getUint8(at);
    this.#view.setUint8(at, (byte & ~LOW_SIX_BITS) | (value & LOW_SIX_BITS));
  }

  /** Writes a difference in the bytes that the ULEB128 there takes. */
  #setUleb128(at: number, relocation: Relocation, value: number): void {
    let rest = value >>> 0;
    for (let cursor = at; cursor < this.#view.byteLength; cursor += 1) {
      const continues = this.#view.getUint8(cursor) & ULEB_CONTINUES;
      this.#view.setUint8(cursor, (rest & ULEB_MASK) | continues);
      rest >>>= ULEB_BITS;
      if (continues === 0) break;
    }
    if (rest !== 0) {
      throw this.#failure(relocation, 'makes a difference that its ULEB128 has no room for');
    }
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

/** The `%pcrel_hi` that a `%pcrel_lo` belongs to. */
export function findUpperPart(
  scope: Pick<RelocationScope, 'symbolPlace'>,
  input: InputSection,
  { symbol, addend }: Relocation,
): { readonly input: InputSection; readonly relocation: Relocation } | undefined {
  const place = scope.symbolPlace(input, symbol);
  if (place === undefined) return undefined;
  const relocation = findUpperParts(place.input).get(place.offset + addend);
  return relocation && { input: place.input, relocation };
}

/**
 * Applies relocations of `input` to `bytes`, its contents in the image.
 * @throws LinkFailure if a target is out of reach.
 */
export function relocateSection(
  bytes: Uint8Array,
  input: InputSection,
  relocations: readonly Relocation[],
  scope: RelocationScope,
): void {
  const relocator = new SectionRelocator(bytes, input, scope);
  for (const relocation of relocations) relocator.apply(relocation);
}
