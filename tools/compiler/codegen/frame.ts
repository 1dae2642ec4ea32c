/**
 * The stack frame, from sp upwards: argument words for callees, spill slots, one slot for cycles of
 * moves, saved registers, return address; then the caller's frame with incoming argument words.
 */
import { type CodeBuffer, FrameMark } from './code-buffer.ts';
import { type Place, PlaceKind, framePlace, indexOf, kindOf } from './place.ts';
import { RA, SCRATCH, SP } from './registers.ts';
import { fitsImmediate, highPart } from './select.ts';

const WORD = 4;
const STACK_ALIGNMENT = 16;

export class Frame {
  /** Bytes, a multiple of the stack alignment. */
  readonly size: number;
  private readonly saved: readonly number[];

  constructor(
    private readonly outgoingWords: number,
    private readonly spillSlots: number,
    readonly hasEmergencySlot: boolean,
    calleeSaved: readonly number[],
    savesReturnAddress: boolean,
    private readonly incomingWords: number,
  ) {
    this.saved = savesReturnAddress ? [RA, ...calleeSaved] : calleeSaved;
    const words = outgoingWords + spillSlots + (hasEmergencySlot ? 1 : 0) + this.saved.length;
    this.size = Math.ceil((words * WORD) / STACK_ALIGNMENT) * STACK_ALIGNMENT;
  }

  /** Every word, incoming arguments included, is within reach of an immediate. */
  get isNear(): boolean {
    return fitsImmediate(this.size + this.incomingWords * WORD);
  }

  /** Machine instructions that leave the function. */
  get epilogueLength(): number {
    return this.saved.length + (this.size > 0 ? 2 : 1);
  }

  get emergencyPlace(): Place {
    if (!this.hasEmergencySlot) throw new RangeError('the frame has no slot for cycles of moves');
    return framePlace(PlaceKind.Spill, this.spillSlots);
  }

  /** Offset from sp, in bytes. */
  offsetOf(place: Place): number {
    switch (kindOf(place)) {
      case PlaceKind.Outgoing:
        return indexOf(place) * WORD;
      case PlaceKind.Spill:
        return (this.outgoingWords + indexOf(place)) * WORD;
      case PlaceKind.Incoming:
        return this.size + indexOf(place) * WORD;
      case PlaceKind.Register:
        throw new RangeError('a register has no place in the frame');
    }
  }

  emitPrologue(code: CodeBuffer): void {
    this.adjust(code, -this.size, () => {
      this.saved.forEach((register, index) => {
        const immediate = this.saveOffset(index);
        code.emit('sw', { rs1: SP, rs2: register, immediate });
      });
    });
    if (this.size > 0) code.place(new FrameMark(this.size, this.savedPlaces));
  }

  /** Where the saved registers lie, from the canonical frame address. */
  private get savedPlaces(): { readonly register: number; readonly offset: number }[] {
    return this.saved.map((register, index) => ({ register, offset: -(index + 1) * WORD }));
  }

  emitEpilogue(code: CodeBuffer): void {
    const restore = () => {
      this.saved.forEach((register, index) => {
        code.emit('lw', { rd: register, rs1: SP, immediate: this.saveOffset(index) });
      });
    };
    this.adjust(code, this.size, restore);
    if (this.size > 0) code.place(new FrameMark(0, []));
    code.emit('jalr', { rd: 0, rs1: RA, immediate: 0 });
    // The code that follows is not reached from here, but has the frame.
    if (this.size > 0) code.place(new FrameMark(this.size, this.savedPlaces));
  }

  /** Of a saved register, while sp is within reach of the top of the frame. */
  private saveOffset(index: number): number {
    const top = this.isNear ? this.size : this.topPart;
    return top - (index + 1) * WORD;
  }

  /** A large frame is entered in two steps: first this much, for the saved registers. */
  private get topPart(): number {
    const bytes = this.saved.length * WORD;
    return Math.ceil(bytes / STACK_ALIGNMENT) * STACK_ALIGNMENT;
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
