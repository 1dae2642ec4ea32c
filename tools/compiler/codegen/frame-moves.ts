/** Single moves between registers and frame places, and constants made in either. */
import { RelocationType } from '../../linker/object.ts';
import { type Instruction, Op } from '../ir/instruction.ts';
import type { CodeBuffer } from './code-buffer.ts';
import { type Frame, emitConstant } from './frame.ts';
import type { MoveEmitter } from './parallel-move.ts';
import { type Place, isRegister } from './place.ts';
import { SCRATCH, SECOND_SCRATCH, SP, ZERO } from './registers.ts';
import { fitsImmediate, highPart } from './select.ts';

export class FrameMoves implements MoveEmitter {
  readonly scratch = SCRATCH;
  /** A cycle of moves has asked for the emergency slot. */
  usedEmergencySlot = false;

  constructor(
    private readonly code: CodeBuffer,
    private readonly frame: Frame,
    private readonly hasSecondScratch: boolean,
  ) {}

  emergencyPlace(): Place {
    this.usedEmergencySlot = true;
    return this.frame.hasEmergencySlot ? this.frame.emergencyPlace : SCRATCH;
  }

  move(from: Place, to: Place): void {
    if (isRegister(from)) {
      if (isRegister(to)) {
        if (from !== to) this.code.emit('addi', { rd: to, rs1: from, immediate: 0 });
      } else {
        this.store(from, to);
      }
    } else if (isRegister(to)) {
      this.load(from, to);
    } else if (from !== to) {
      const transit = this.transit(from, to);
      this.load(from, transit);
      this.store(transit, to);
    }
  }

  /** A far destination needs SCRATCH for its address. */
  private transit(from: Place, to: Place): number {
    const near = fitsImmediate(this.frame.offsetOf(from)) && fitsImmediate(this.frame.offsetOf(to));
    return near ? SCRATCH : SECOND_SCRATCH;
  }

  constant(value: Instruction, to: Place): void {
    const register = isRegister(to)
      ? to
      : fitsImmediate(this.frame.offsetOf(to))
        ? SCRATCH
        : SECOND_SCRATCH;
    if (value.op === Op.Constant && value.immediate === 0 && !isRegister(to)) {
      this.store(ZERO, to);
      return;
    }
    this.materialise(value, register);
    if (register !== to) this.store(register, to);
  }

  /** Makes a constant or an address in a register. */
  materialise(value: Instruction, register: number): void {
    if (value.op === Op.Constant) {
      emitConstant(this.code, register, value.immediate);
      return;
    }
    const reference = { symbol: value.symbol ?? '', addend: value.immediate };
    this.code.emit(
      'lui',
      { rd: register, immediate: 0 },
      { ...reference, type: RelocationType.R_RISCV_HI20 },
    );
    if (value.op !== Op.SymbolAddress) return;
    this.code.emit(
      'addi',
      { rd: register, rs1: register, immediate: 0 },
      { ...reference, type: RelocationType.R_RISCV_LO12_I },
    );
  }

  private load(from: Place, register: number): void {
    const offset = this.frame.offsetOf(from);
    if (fitsImmediate(offset)) {
      this.code.emit('lw', { rd: register, rs1: SP, immediate: offset });
      return;
    }
    const high = highPart(offset);
    this.code.emit('lui', { rd: register, immediate: high >>> 12 });
    this.code.emit('add', { rd: register, rs1: register, rs2: SP });
    this.code.emit('lw', { rd: register, rs1: register, immediate: offset - high });
  }

  private store(register: number, to: Place): void {
    const offset = this.frame.offsetOf(to);
    if (fitsImmediate(offset)) {
      this.code.emit('sw', { rs1: SP, rs2: register, immediate: offset });
      return;
    }
    if (register === SCRATCH || !this.hasSecondScratch) {
      throw new RangeError('a far store needs the scratch register for its address');
    }
    const high = highPart(offset);
    this.code.emit('lui', { rd: SCRATCH, immediate: high >>> 12 });
    this.code.emit('add', { rd: SCRATCH, rs1: SCRATCH, rs2: SP });
    this.code.emit('sw', { rs1: SCRATCH, rs2: register, immediate: offset - high });
  }
}
