/**
 * The stack frame, from sp upwards: argument words for callees, spill slots, one slot for cycles of
 * moves; the same for floating-point registers, in slots of two words; saved floating-point
 * registers, saved registers, return address; then the caller's frame with incoming argument words.
 */
import { type CodeBuffer, FrameMark } from './code-buffer.ts';
import { type Place, PlaceKind, framePlace, indexOf, kindOf } from './place.ts';
import { RA, SCRATCH, SP, isFloatRegister, registerNumber } from './registers.ts';
import { fitsImmediate, highPart } from './select.ts';

const WORD = 4;
const DOUBLE = 8;
const STACK_ALIGNMENT = 16;

/** A register that the function saves, and how far below the top of the frame, in bytes. */
interface SavedRegister {
  readonly register: number;
  readonly depth: number;
}

/** What a frame must have room for. */
export interface FrameContents {
  readonly outgoingWords: number;
  /** Words of values that are not in registers, and slots of two words for floating-point ones. */
  readonly spillSlots: number;
  readonly doubleSlots: number;
  /** A slot for the value of a cycle of moves. */
  readonly hasEmergencySlot: boolean;
  /** Two words through which a double passes from or to integer registers. */
  readonly splitsDoubles: boolean;
  readonly calleeSaved: readonly number[];
  readonly savesReturnAddress: boolean;
  /** At most this many words of arguments lie in the caller's frame. */
  readonly incomingWords: number;
}

export class Frame {
  /** Bytes, a multiple of the stack alignment. */
  readonly size: number;
  private readonly saved: readonly SavedRegister[];
  /** Bytes that the saved registers take, below the top. */
  private readonly savedBytes: number;
  /** Offset of the two-word slots. */
  private readonly doubleOffset: number;

  constructor(private readonly contents: FrameContents) {
    const { outgoingWords, spillSlots, hasEmergencySlot, calleeSaved } = contents;
    const integers = calleeSaved.filter((register) => !isFloatRegister(register));
    const words = contents.savesReturnAddress ? [RA, ...integers] : integers;
    const doubles = calleeSaved.filter(isFloatRegister);
    const wordBytes = words.length * WORD;
    const doublesTop = doubles.length === 0 ? wordBytes : roundUp(wordBytes, DOUBLE);
    this.saved = [
      ...words.map((register, index) => ({ register, depth: (index + 1) * WORD })),
      ...doubles.map((register, index) => ({
        register,
        depth: doublesTop + (index + 1) * DOUBLE,
      })),
    ];
    this.savedBytes = doublesTop + doubles.length * DOUBLE;
    const lowBytes = (outgoingWords + spillSlots + (hasEmergencySlot ? 1 : 0)) * WORD;
    const slots = this.doubleSlotCount;
    this.doubleOffset = slots === 0 ? lowBytes : roundUp(lowBytes, DOUBLE);
    const bytes = this.doubleOffset + slots * DOUBLE + this.savedBytes;
    this.size = roundUp(bytes, STACK_ALIGNMENT);
  }

  private get doubleSlotCount(): number {
    const { doubleSlots, splitsDoubles } = this.contents;
    return doubleSlots + (this.hasDoubleEmergencySlot ? 1 : 0) + (splitsDoubles ? 1 : 0);
  }

  get hasEmergencySlot(): boolean {
    return this.contents.hasEmergencySlot;
  }

  private get hasDoubleEmergencySlot(): boolean {
    return this.contents.hasEmergencySlot && this.contents.doubleSlots > 0;
  }

  /** Every word, incoming arguments included, is within reach of an immediate. */
  get isNear(): boolean {
    return fitsImmediate(this.size + this.contents.incomingWords * WORD);
  }

  /** Machine instructions that leave the function. */
  get epilogueLength(): number {
    return this.saved.length + (this.size > 0 ? 2 : 1);
  }

  get emergencyPlace(): Place {
    if (!this.hasEmergencySlot) throw new RangeError('the frame has no slot for cycles of moves');
    return framePlace(PlaceKind.Spill, this.contents.spillSlots);
  }

  /** For the value of a cycle of floating-point moves. */
  get doubleEmergencyPlace(): Place {
    if (!this.hasEmergencySlot) throw new RangeError('the frame has no slot for cycles of moves');
    return framePlace(PlaceKind.DoubleSpill, this.contents.doubleSlots);
  }

  /** Where a double is taken apart or put together. */
  get splitPlace(): Place {
    return framePlace(PlaceKind.DoubleSpill, this.doubleSlotCount - 1);
  }

  /** Offset from sp, in bytes. */
  offsetOf(place: Place): number {
    switch (kindOf(place)) {
      case PlaceKind.Outgoing:
        return indexOf(place) * WORD;
      case PlaceKind.Spill:
        return (this.contents.outgoingWords + indexOf(place)) * WORD;
      case PlaceKind.DoubleSpill:
        return this.doubleOffset + indexOf(place) * DOUBLE;
      case PlaceKind.Incoming:
        return this.size + indexOf(place) * WORD;
      case PlaceKind.Register:
        throw new RangeError('a register has no place in the frame');
    }
  }

  emitPrologue(code: CodeBuffer): void {
    this.adjust(code, -this.size, () => {
      for (const { register, depth } of this.saved) {
        const mnemonic = isFloatRegister(register) ? 'fsd' : 'sw';
        const rs2 = registerNumber(register);
        code.emit(mnemonic, { rs1: SP, rs2, immediate: this.saveOffset(depth) });
      }
    });
    if (this.size > 0) code.place(new FrameMark(this.size, this.savedPlaces));
  }

  /** Where the saved registers lie, from the canonical frame address. */
  private get savedPlaces(): { readonly register: number; readonly offset: number }[] {
    return this.saved.map(({ register, depth }) => ({ register, offset: -depth }));
  }

  emitEpilogue(code: CodeBuffer): void {
    const restore = () => {
      for (const { register, depth } of this.saved) {
        const mnemonic = isFloatRegister(register) ? 'fld' : 'lw';
        const rd = registerNumber(register);
        code.emit(mnemonic, { rd, rs1: SP, immediate: this.saveOffset(depth) });
      }
    };
    this.adjust(code, this.size, restore);
    if (this.size > 0) code.place(new FrameMark(0, []));
    code.emit('jalr', { rd: 0, rs1: RA, immediate: 0 });
    // The code that follows is not reached from here, but has the frame.
    if (this.size > 0) code.place(new FrameMark(this.size, this.savedPlaces));
  }

  /** Of a saved register, while sp is within reach of the top of the frame. */
  private saveOffset(depth: number): number {
    return (this.isNear ? this.size : this.topPart) - depth;
  }

  /** A large frame is entered in two steps: first this much, for the saved registers. */
  private get topPart(): number {
    return roundUp(this.savedBytes, STACK_ALIGNMENT);
  }

  /** Moves sp by `change`, with `access` at the moment when the saved registers are in reach. */
  private adjust(code: CodeBuffer, change: number, access: () => void): void {
    if (this.size === 0) return;
    const entering = change < 0;
    if (this.isNear) {
      if (!entering) access();
      code.emit('addi', { rd: SP, rs1: SP, immediate: change });
      if (!entering) return;
      code.place(new FrameMark(this.size, []));
      access();
      return;
    }
    const step = entering ? -this.topPart : this.topPart;
    const rest = change - step;
    if (entering) {
      code.emit('addi', { rd: SP, rs1: SP, immediate: step });
      code.place(new FrameMark(this.topPart, []));
      access();
      code.place(new FrameMark(this.topPart, this.savedPlaces));
    }
    emitConstant(code, SCRATCH, rest);
    code.emit('add', { rd: SP, rs1: SP, rs2: SCRATCH });
    if (!entering) {
      code.place(new FrameMark(this.topPart, this.savedPlaces));
      access();
      code.emit('addi', { rd: SP, rs1: SP, immediate: step });
    }
  }
}

function roundUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Puts a 32-bit constant into a register: one or two instructions. */
export function emitConstant(code: CodeBuffer, register: number, value: number): void {
  if (fitsImmediate(value)) {
    code.emit('addi', { rd: register, rs1: 0, immediate: value });
    return;
  }
  const high = highPart(value);
  const low = (value - high) | 0;
  code.emit('lui', { rd: register, immediate: high >>> 12 });
  if (low !== 0) code.emit('addi', { rd: register, rs1: register, immediate: low });
}
