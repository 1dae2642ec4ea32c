/** Writes the machine code of a function whose values have their places. */
import { RelocationType, TrapReason } from '../../linker/object.ts';
import type { Mnemonic } from '../../assembler/instructions.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import { type Instruction, Op, ValueKind, isLoad, isStore, negate } from '../ir/instruction.ts';
import { localRanges, type LocalRange } from '../debug/local-ranges.ts';
import { LocalPlaces } from '../debug/local-places.ts';
import { placesOfArguments } from './argument-places.ts';
import { CodeBuffer, CodeMark, type FinishedCode } from './code-buffer.ts';
import { layOutCode } from './code-layout.ts';
import { Frame } from './frame.ts';
import { FrameMoves } from './frame-moves.ts';
import { FrameNeeds } from './frame-needs.ts';
import { type Move, emitParallelMoves } from './parallel-move.ts';
import { type Place, PlaceKind, kindOf } from './place.ts';
import { A0, ARGUMENT_REGISTERS, CALL_TARGET, FA0, RA, ZERO, registerNumber } from './registers.ts';
import type { Allocation } from './resolution.ts';
import { CodeOrder } from './code-order.ts';
import type { Target } from '../target.ts';

const HIGH_WORD_OFFSET = 4;
/** An epilogue of at most this many instructions is repeated instead of jumped to. */
const MAX_REPEATED_EPILOGUE = 3;

const REGISTER_FORMS = new Map<Op, Mnemonic>([
  [Op.Add, 'add'],
  [Op.Sub, 'sub'],
  [Op.And, 'and'],
  [Op.Or, 'or'],
  [Op.Xor, 'xor'],
  [Op.Sll, 'sll'],
  [Op.Srl, 'srl'],
  [Op.Sra, 'sra'],
  [Op.Mul, 'mul'],
  [Op.Mulh, 'mulh'],
  [Op.Mulhu, 'mulhu'],
  [Op.Div, 'div'],
  [Op.Divu, 'divu'],
  [Op.Rem, 'rem'],
  [Op.Remu, 'remu'],
  [Op.Lt, 'slt'],
  [Op.Ltu, 'sltu'],
]);

const IMMEDIATE_FORMS = new Map<Op, Mnemonic>([
  [Op.Add, 'addi'],
  [Op.And, 'andi'],
  [Op.Or, 'ori'],
  [Op.Xor, 'xori'],
  [Op.Sll, 'slli'],
  [Op.Srl, 'srli'],
  [Op.Sra, 'srai'],
  [Op.Lt, 'slti'],
  [Op.Ltu, 'sltiu'],
]);

const MEMORY_FORMS = new Map<Op, Mnemonic>([
  [Op.LoadByte, 'lb'],
  [Op.LoadByteUnsigned, 'lbu'],
  [Op.LoadHalf, 'lh'],
  [Op.LoadHalfUnsigned, 'lhu'],
  [Op.LoadWord, 'lw'],
  [Op.LoadSingle, 'flw'],
  [Op.LoadDouble, 'fld'],
  [Op.StoreByte, 'sb'],
  [Op.StoreHalf, 'sh'],
  [Op.StoreWord, 'sw'],
  [Op.StoreSingle, 'fsw'],
  [Op.StoreDouble, 'fsd'],
]);

function mnemonicOf(forms: ReadonlyMap<Op, Mnemonic>, op: Op): Mnemonic {
  const mnemonic = forms.get(op);
  if (mnemonic === undefined) throw new RangeError(`no machine instruction for ${Op[op]}`);
  return mnemonic;
}

class FunctionEmitter {
  readonly code: CodeBuffer;
  private readonly moves: FrameMoves;
  frame: Frame;
  private readonly order: CodeOrder;
  private readonly places: LocalPlaces;
  /** The double that the frame's place for splitting holds. */
  private inSplitPlace: Instruction | undefined;

  constructor(
    private readonly fn: IrFunction,
    private readonly allocation: Allocation,
    target: Target,
    hasSecondScratch: boolean,
    hasEmergencySlot: boolean,
  ) {
    this.code = new CodeBuffer(target);
    const needs = new FrameNeeds(fn, allocation);
    this.order = new CodeOrder(fn, (block) => allocation.hasMoves(block));
    this.frame = new Frame({
      outgoingWords: needs.outgoingWords,
      spillSlots: allocation.spillSlots,
      doubleSlots: allocation.doubleSlots,
      hasEmergencySlot,
      splitsDoubles: needs.splitsDoubles,
      calleeSaved: needs.calleeSaved,
      savesReturnAddress: needs.hasCall,
      incomingWords: fn.parameterClasses.length * 2,
    });
    this.moves = new FrameMoves(this.code, this.frame, hasSecondScratch);
    this.places = new LocalPlaces(fn, allocation);
  }

  /** Where locals are in the code, which is finished. */
  localRanges(code: FinishedCode): LocalRange[] {
    return localRanges(this.places.ranges, code.labels, this.frame);
  }

  /** A cycle of moves needed the slot that the frame was to have or not. */
  get needsEmergencySlot(): boolean {
    return this.moves.usedEmergencySlot;
  }

  run(): void {
    const { blocks } = this.order;
    this.note(this.places.beginning);
    this.frame.emitPrologue(this.code);
    this.note(this.places.argumentsMove);
    blocks.forEach((block, index) => this.block(block, blocks[index + 1]));
    for (const table of this.fn.branchTables) {
      table.targets = table.targets.map((target) => this.order.target(target));
    }
  }

  private block(block: Block, next: Block | undefined): void {
    const { allocation, code } = this;
    this.inSplitPlace = undefined;
    code.place(block);
    const starting = allocation.startMoves.get(block);
    if (starting !== undefined) {
      code.source = block.terminator.source;
      emitParallelMoves(starting, this.moves);
    }
    const { positions, spanOf } = allocation.liveness;
    const span = spanOf.get(block);
    if (span !== undefined) this.note(this.places.after(span.from));
    for (const instruction of block.instructions) {
      const { op } = instruction;
      if (op === Op.Phi || op === Op.Parameter || op === Op.ResultHigh) continue;
      const position = positions[instruction.id];
      code.source = instruction.source;
      const moves = allocation.gapMoves.get(position - 1);
      if (moves !== undefined) emitParallelMoves(moves, this.moves);
      this.note(this.places.before(position));
      if (instruction === block.terminator) {
        const ending = allocation.endMoves.get(block);
        if (ending !== undefined) emitParallelMoves(ending, this.moves);
        this.terminator(instruction, position, next);
      } else {
        this.instruction(instruction, position);
      }
      this.note(this.places.after(position));
    }
    if (span !== undefined) this.note(this.places.before(span.to));
  }

  private note(mark: CodeMark | undefined): void {
    if (mark !== undefined) this.code.place(mark);
  }

  // Operands.

  /** The register that operand `index` is in; x0 for the constant zero. */
  private register(instruction: Instruction, index: number, position: number): number {
    const place = this.allocation.placeAt(instruction.operands[index], position);
    if (typeof place !== 'number') {
      if (place.op === Op.Constant && place.immediate === 0) return ZERO;
      throw new RangeError(`operand ${index} of ${Op[instruction.op]} is not in a register`);
    }
    if (kindOf(place) !== PlaceKind.Register) {
      throw new RangeError(`operand ${index} of ${Op[instruction.op]} is not in a register`);
    }
    return place;
  }

  private argumentMoves(
    operands: readonly Instruction[],
    places: readonly Place[],
    position: number,
  ): Move[] {
    return operands.map((operand, index) => ({
      from: this.allocation.placeAt(operand, position),
      to: places[index],
    }));
  }

  // Instructions.

  private instruction(instruction: Instruction, position: number): void {
    const { allocation, code } = this;
    const { op, operands } = instruction;
    const reg = (index: number) => this.register(instruction, index, position);
    if (isLoad(op) || isStore(op)) {
      this.memoryAccess(instruction, position);
      return;
    }
    switch (op) {
      case Op.Constant:
      case Op.SymbolAddress:
      case Op.HighPart:
      case Op.FloatConstant:
        this.moves.materialise(instruction, allocation.definition(instruction));
        return;
      case Op.Select:
        this.select(instruction, position);
        return;
      case Op.TrapIf:
        code.branch(instruction.condition, reg(0), reg(1), code.trapLabel(instruction.reason));
        return;
      case Op.Call: {
        const places = placesOfArguments(instruction, operands.length);
        emitParallelMoves(this.argumentMoves(operands, places, position), this.moves);
        const symbol = instruction.symbol ?? '';
        const reference = { type: RelocationType.R_RISCV_JAL, symbol, addend: 0 };
        code.emit('jal', { rd: RA, immediate: 0 }, reference);
        return;
      }
      case Op.CallIndirect: {
        const places = placesOfArguments(instruction, operands.length - 1);
        const moves = this.argumentMoves(operands, [CALL_TARGET, ...places], position);
        emitParallelMoves(moves, this.moves);
        code.emit('jalr', { rd: RA, rs1: CALL_TARGET, immediate: 0 });
        return;
      }
      case Op.Intrinsic:
        this.intrinsic(instruction, position);
        return;
      case Op.Float:
        this.float(instruction, position);
        return;
      case Op.LowWord:
      case Op.HighWord:
      case Op.MakeDouble:
        this.splitDouble(instruction, position);
        return;
      default: {
        const rd = allocation.definition(instruction);
        if (operands.length === 1) {
          const { immediate } = instruction;
          code.emit(mnemonicOf(IMMEDIATE_FORMS, op), { rd, rs1: reg(0), immediate });
        } else {
          code.emit(mnemonicOf(REGISTER_FORMS, op), { rd, rs1: reg(0), rs2: reg(1) });
        }
      }
    }
  }

  private float(instruction: Instruction, position: number): void {
    const { mnemonic, operands, immediate: rounding } = instruction;
    if (mnemonic === undefined) throw new RangeError('floating-point operation without meaning');
    const register = (index: number) =>
      index < operands.length ? registerNumber(this.register(instruction, index, position)) : 0;
    const rd = registerNumber(this.allocation.definition(instruction));
    const [rs1, rs2, rs3] = [register(0), register(1), register(2)];
    this.code.emit(mnemonic, { rd, rs1, rs2, rs3, rounding });
  }

  /** Between a double and its words there is no way on RV32 but through memory. */
  private splitDouble(instruction: Instruction, position: number): void {
    const { frame, moves } = this;
    const place = frame.splitPlace;
    const source = this.register(instruction, 0, position);
    const rd = this.allocation.definition(instruction);
    if (instruction.op === Op.MakeDouble) {
      moves.store(source, place);
      moves.store(this.register(instruction, 1, position), place, HIGH_WORD_OFFSET);
      moves.load(place, rd);
      this.inSplitPlace = undefined;
      return;
    }
    const [value] = instruction.operands;
    if (this.inSplitPlace !== value) moves.store(source, place);
    this.inSplitPlace = value;
    moves.load(place, rd, instruction.op === Op.HighWord ? HIGH_WORD_OFFSET : 0);
  }

  private memoryAccess(instruction: Instruction, position: number): void {
    const { op, symbol, immediate } = instruction;
    const load = isLoad(op);
    const rs1 = this.register(instruction, 0, position);
    const type = load ? RelocationType.R_RISCV_LO12_I : RelocationType.R_RISCV_LO12_S;
    const reference = symbol === undefined ? undefined : { type, symbol, addend: immediate };
    const fixed = symbol === undefined ? immediate : 0;
    const operands = load
      ? { rd: registerNumber(this.allocation.definition(instruction)), rs1, immediate: fixed }
      : { rs1, rs2: registerNumber(this.register(instruction, 1, position)), immediate: fixed };
    this.code.emit(mnemonicOf(MEMORY_FORMS, op), operands, reference, TrapReason.MemoryAccess);
  }

  /** A copy and a branch around another; which of the two depends on what shares a register. */
  private select(instruction: Instruction, position: number): void {
    const { code } = this;
    const { condition } = instruction;
    const [a, b, x, y] = [0, 1, 2, 3].map((i) => this.register(instruction, i, position));
    const rd = this.allocation.definition(instruction);
    const copy = (from: number) => this.moves.copy(from, rd);
    const end = new CodeMark();
    if (x === y) {
      if (rd !== x) copy(x);
    } else if (rd === x) {
      code.branch(condition, a, b, end);
      copy(y);
    } else if (rd === y) {
      code.branch(negate(condition), a, b, end);
      copy(x);
    } else if (rd !== a && rd !== b) {
      copy(y);
      code.branch(negate(condition), a, b, end);
      copy(x);
    } else {
      const first = new CodeMark();
      code.branch(condition, a, b, first);
      copy(y);
      code.jump(end);
      code.place(first);
      copy(x);
    }
    code.place(end);
  }

  private intrinsic(instruction: Instruction, position: number): void {
    const { allocation, code } = this;
    const { intrinsic, operands } = instruction;
    if (intrinsic === undefined) throw new RangeError('intrinsic without meaning');
    const { mnemonic, csr } = intrinsic;
    const reg = (index: number) => this.register(instruction, index, position);
    const rd = intrinsic.hasResult ? allocation.definition(instruction) : ZERO;
    switch (intrinsic.shape) {
      case 'plain':
        code.emit(
          mnemonic,
          {},
          undefined,
          mnemonic === 'ebreak' ? TrapReason.Breakpoint : undefined,
        );
        return;
      case 'csr':
        if (csr === undefined) throw new RangeError('CSR access without CSR');
        if (operands.length > 0) {
          code.emit(mnemonic, { rd, rs1: reg(0), csr });
        } else {
          const { immediate } = instruction;
          code.emit(intrinsic.immediateForm ?? mnemonic, { rd, csr, immediate });
        }
        return;
      case 'registers': {
        const ordered = intrinsic.ordered === true;
        let rs1 = operands.length > 0 ? reg(0) : ZERO;
        let rs2 = operands.length > 1 ? reg(1) : ZERO;
        if (intrinsic.onlySecond === true) [rs1, rs2] = [ZERO, rs1];
        const trap = ordered ? TrapReason.MemoryAccess : undefined;
        code.emit(mnemonic, { rd, rs1, rs2, aq: ordered, rl: ordered }, undefined, trap);
        return;
      }
      case 'read-register':
        code.emit(mnemonic, { rd, rs1: intrinsic.register ?? ZERO, immediate: 0 });
        return;
      case 'write-register':
        code.emit(mnemonic, { rd: intrinsic.register ?? ZERO, rs1: reg(0), immediate: 0 });
        return;
      case 'ecall':
        emitParallelMoves(this.argumentMoves(operands, ARGUMENT_REGISTERS, position), this.moves);
        code.emit(mnemonic, {});
        return;
    }
  }

  // Terminators.

  private terminator(instruction: Instruction, position: number, next: Block | undefined): void {
    const { code } = this;
    const { block } = instruction;
    const [first, second] = (block?.successors ?? []).map((target) => this.order.target(target));
    const reg = (index: number) => this.register(instruction, index, position);
    switch (instruction.op) {
      case Op.Jump:
        if (first !== next) this.jumpTo(first);
        return;
      case Op.Branch:
        if (first === second) {
          if (first !== next) this.jumpTo(first);
        } else if (first === next) {
          code.branch(negate(instruction.condition), reg(0), reg(1), second);
        } else {
          code.branch(instruction.condition, reg(0), reg(1), first);
          if (second !== next) this.jumpTo(second);
        }
        return;
      case Op.JumpTable:
        code.emit('jalr', { rd: ZERO, rs1: reg(0), immediate: 0 });
        return;
      case Op.Return: {
        const places = instruction.operands.map(
          ({ kind }, index) => (kind === ValueKind.Word ? A0 : FA0) + index,
        );
        emitParallelMoves(this.argumentMoves(instruction.operands, places, position), this.moves);
        this.frame.emitEpilogue(code);
        return;
      }
      case Op.Trap:
        code.emit('ebreak', {}, undefined, instruction.reason);
        return;
      default:
        throw new RangeError(`${Op[instruction.op]} does not end a block`);
    }
  }

  /** A jump to nothing but a short return is that return. */
  private jumpTo(target: Block): void {
    const { terminator } = target;
    const { startMoves, gapMoves, liveness } = this.allocation;
    const position = liveness.positions[terminator.id];
    const returnsOnly =
      terminator.op === Op.Return &&
      target.instructions.every(({ op }) => op === Op.Phi || op === Op.Return) &&
      !startMoves.has(target) &&
      !gapMoves.has(position - 1);
    if (returnsOnly && this.frame.epilogueLength <= MAX_REPEATED_EPILOGUE) {
      this.terminator(terminator, position, undefined);
    } else {
      this.code.jump(target);
    }
  }
}

export interface EmittedFunction extends FinishedCode {
  /** Where the words of locals are. */
  readonly locals: readonly LocalRange[];
}

/** The frame is too large for immediates; allocate again with the second scratch register kept. */
export class FarFrameError extends Error {
  override readonly name = 'FarFrameError';
}

/** @throws FarFrameError if `hasSecondScratch` is false and the frame needs it. */
export function emitFunction(
  fn: IrFunction,
  allocation: Allocation,
  target: Target,
  hasSecondScratch: boolean,
): EmittedFunction {
  let emitter = new FunctionEmitter(fn, allocation, target, hasSecondScratch, false);
  if (!emitter.frame.isNear && !hasSecondScratch) throw new FarFrameError();
  emitter.run();
  if (emitter.needsEmergencySlot) {
    emitter = new FunctionEmitter(fn, allocation, target, hasSecondScratch, true);
    if (!emitter.frame.isNear && !hasSecondScratch) throw new FarFrameError();
    emitter.run();
  }
  const code = layOutCode(emitter.code.finish(), target);
  return { ...code, locals: emitter.localRanges(code) };
}
