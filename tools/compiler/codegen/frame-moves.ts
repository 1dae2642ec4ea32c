/** Single moves between registers and frame places, and constants made in either. */
import { RelocationType } from '../../linker/object.ts';
import { type Instruction, Op } from '../ir/instruction.ts';
import type { CodeBuffer } from './code-buffer.ts';
import { emitFloatConstant } from './float-constants.ts';
import { type Frame, emitConstant } from './frame.ts';
import type { MoveEmitter } from './parallel-move.ts';
import { type Place, isFloatPlace, isRegister } from './place.ts';
import {
  FLOAT_SCRATCH,
  SCRATCH,
  SECOND_SCRATCH,
  SP,
  ZERO,
  isFloatRegister,
  registerNumber,
} from './registers.ts';
import { fitsImmediate, highPart } from './select.ts';

export class FrameMoves implements MoveEmitter {
  /** A cycle of moves has asked for the emergency slot. */
  usedEmergencySlot = false;

  constructor(
    private readonly code: CodeBuffer,
    private readonly frame: Frame,
    private readonly hasSecondScratch: boolean,
  ) {}

  scratchFor(place: Place): Place {
    return isFloatPlace(place) ? FLOAT_SCRATCH : SCRATCH;
  }

  emergencyPlaceFor(place: Place): Place {
    this.usedEmergencySlot = true;
    const { frame } = this;
    if (!frame.hasEmergencySlot) return this.scratchFor(place);
    return isFloatPlace(place) ? frame.doubleEmergencyPlace : frame.emergencyPlace;
  }

  move(from: Place, to: Place): void {
    if (isRegister(from)) {
      if (isRegister(to)) {
        if (from !== to) this.copy(from, to);
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

  /** All 64 bits of a floating-point register, whatever it holds. */
  copy(from: number, to: number): void {
    if (isFloatRegister(to)) {
      const source = registerNumber(from);
      this.code.emit('fsgnj.d', { rd: registerNumber(to), rs1: source, rs2: source });
    } else {
      this.code.emit('addi', { rd: to, rs1: from, immediate: 0 });
    }
  }

  /** A far destination needs SCRATCH for its address. */
  private transit(from: Place, to: Place): number {
    if (isFloatPlace(to)) return FLOAT_SCRATCH;
    const near = fitsImmediate(this.frame.offsetOf(from)) && fitsImmediate(this.frame.offsetOf(to));
    return near ? SCRATCH : SECOND_SCRATCH;
  }

  constant(value: Instruction, to: Place): void {
    const register = isRegister(to) ? to : this.makingPlace(to);
    if (value.op === Op.Constant && value.immediate === 0 && !isRegister(to)) {
      this.store(ZERO, to);
      return;
    }
    this.materialise(value, register);
    if (register !== to) this.store(register, to);
  }

  /** The register in which a constant for a place in the frame is made. */
  private makingPlace(to: Place): number {
    if (isFloatPlace(to)) return FLOAT_SCRATCH;
    return fitsImmediate(this.frame.offsetOf(to)) ? SCRATCH : SECOND_SCRATCH;
  }

  /** Makes a constant or an address in a register. */
  materialise(value: Instruction, register: number): void {
    if (value.op === Op.FloatConstant) {
      emitFloatConstant(this.code, register, value);
      return;
    }
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

  /** @param within bytes from the beginning of the place */
  load(from: Place, register: number, within = 0): void {
    const offset = this.frame.offsetOf(from) + within;
    const isFloat = isFloatRegister(register);
    const mnemonic = isFloat ? 'fld' : 'lw';
    const rd = registerNumber(register);
    if (fitsImmediate(offset)) {
      this.code.emit(mnemonic, { rd, rs1: SP, immediate: offset });
      return;
    }
    const high = highPart(offset);
    const address = isFloat ? SCRATCH : register;
    this.code.emit('lui', { rd: address, immediate: high >>> 12 });
    this.code.emit('add', { rd: address, rs1: address, rs2: SP });
    this.code.emit(mnemonic, { rd, rs1: address, immediate: offset - high });
  }

  /** @param within bytes from the beginning of the place */
  store(register: number, to: Place, within = 0): void {
    const offset = this.frame.offsetOf(to) + within;
    const isFloat = isFloatRegister(register);
    const mnemonic = isFloat ? 'fsd' : 'sw';
    const rs2 = registerNumber(register);
    if (fitsImmediate(offset)) {
      this.code.emit(mnemonic, { rs1: SP, rs2, immediate: offset });
      return;
    }
    if (register === SCRATCH || !this.hasSecondScratch) {
      throw new RangeError('a far store needs the scratch register for its address');
    }
    const high = highPart(offset);
    this.code.emit('lui', { rd: SCRATCH, immediate: high >>> 12 });
    this.code.emit('add', { rd: SCRATCH, rs1: SCRATCH, rs2: SP });
    this.code.emit(mnemonic, { rs1: SCRATCH, rs2, immediate: offset - high });
  }
}
