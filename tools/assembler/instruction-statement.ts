/** Assembles one instruction or pseudo-instruction. */
import { RelocationType, TrapReason } from '../linker/object.ts';
import { StatementError } from './assembly-error.ts';
import type { AssemblyState } from './assembly-state.ts';
import { encodeInstruction, EncodingError, type InstructionOperands } from './encode.ts';
import { evaluate, evaluateNumber, sameBase, type Value } from './expression.ts';
import {
  findInstruction,
  formatOf,
  type Instruction,
  type Mnemonic,
  type OperandSyntax,
} from './instructions.ts';
import { B_IMMEDIATE } from './operand-fields.ts';
import {
  asRegister,
  asRounding,
  checkStackPointer,
  type Immediate,
  isMemoryOperand,
  type Operand,
  readAddressOperand,
  readCsr,
  readFenceSet,
  readFieldNumber,
  readFloatRegister,
  readImmediate,
  readMemoryOperand,
  readRegister,
} from './operand-syntax.ts';
import { findPseudoInstruction, isPseudoInstruction } from './pseudo-instructions.ts';
import { Register } from './registers.ts';
import { describeToken, splitOperands, type Token, tokenize } from './tokens.ts';

const INSTRUCTION_SIZE = 4;
/** What instructions are aligned to. */
const PARCEL_SIZE = 2;

/** Half of the reach of a 12-bit signed immediate: what `%hi` adds so that `%lo` may be negative. */
const LOW_PART_CARRY = 0x800n;
const MINIMUM_WORD = -0x8000_0000n;
const MAXIMUM_WORD = 0xffff_ffffn;

/** The branch that is taken exactly when the other is not. */
const oppositeBranch: Partial<Readonly<Record<Mnemonic, Mnemonic>>> = {
  beq: 'bne',
  bne: 'beq',
  blt: 'bge',
  bge: 'blt',
  bltu: 'bgeu',
  bgeu: 'bltu',
};

/** Register-register instructions that mean their immediate form if the last operand is a number. */
export const immediateForm: Partial<Readonly<Record<Mnemonic, Mnemonic>>> = {
  add: 'addi',
  and: 'andi',
  or: 'ori',
  xor: 'xori',
  sll: 'slli',
  srl: 'srli',
  sra: 'srai',
  slt: 'slti',
  sltu: 'sltiu',
  csrrw: 'csrrwi',
  csrrs: 'csrrsi',
  csrrc: 'csrrci',
  ror: 'rori',
  bclr: 'bclri',
  bext: 'bexti',
  binv: 'binvi',
  bset: 'bseti',
};

/** How the instruction accesses memory, if it does. */
function accessOf(mnemonic: Mnemonic): 'load' | 'store' | undefined {
  const instruction = findInstruction(mnemonic);
  return instruction === undefined ? undefined : formatOf(instruction).access;
}

/** Why the processor may trap at this instruction in a way that has a place in the source. */
function trapReason(mnemonic: Mnemonic): TrapReason | undefined {
  if (mnemonic === 'ebreak' || mnemonic === 'c.ebreak') return TrapReason.Breakpoint;
  return accessOf(mnemonic) === undefined ? undefined : TrapReason.MemoryAccess;
}

function emit(state: AssemblyState, mnemonic: Mnemonic, operands: InstructionOperands): void {
  const reason = trapReason(mnemonic);
  if (reason !== undefined) {
    state.section.trapSites.push({ offset: state.section.size, reason });
  }
  const size = findInstruction(mnemonic)?.length ?? INSTRUCTION_SIZE;
  state.section.appendInteger(BigInt(encodeInstruction(mnemonic, operands)), size);
}

function upperPart(value: bigint): number {
  return Number(BigInt.asUintN(20, (value + LOW_PART_CARRY) >> 12n));
}

function lowerPart(value: bigint): number {
  return Number(BigInt.asIntN(12, value));
}

/** Emits an instruction whose immediate may be a part of an address that the linker fills in. */
function emitWithImmediate(
  state: AssemblyState,
  mnemonic: Mnemonic,
  operands: InstructionOperands,
  { part, value }: Immediate,
  isStore: boolean,
): void {
  const offset = state.section.size;
  if (part === undefined || findInstruction(mnemonic)?.length === PARCEL_SIZE) {
    if (value.base !== undefined || part !== undefined) {
      throw new StatementError(`${mnemonic} needs a number here; for an address write %lo(…)`);
    }
    emit(state, mnemonic, { ...operands, immediate: Number(value.offset) });
    return;
  }
  const isUpper = part === 'hi' || part === 'pcrel_hi';
  const takesUpper = mnemonic === 'lui' || mnemonic === 'auipc';
  if (isUpper !== takesUpper) throw new StatementError(`%${part} does not go with ${mnemonic}`);
  if (value.base === undefined && (part === 'hi' || part === 'lo')) {
    const immediate = isUpper ? upperPart(value.offset) : lowerPart(value.offset);
    emit(state, mnemonic, { ...operands, immediate });
    return;
  }
  if (part === 'hi') {
    state.relocate(offset, RelocationType.R_RISCV_HI20, value);
  } else if (part === 'pcrel_hi') {
    state.relocate(offset, RelocationType.R_RISCV_PCREL_HI20, value);
  } else if (part === 'lo') {
    const type = isStore ? RelocationType.R_RISCV_LO12_S : RelocationType.R_RISCV_LO12_I;
    state.relocate(offset, type, value);
  } else {
    const type = isStore
      ? RelocationType.R_RISCV_PCREL_LO12_S
      : RelocationType.R_RISCV_PCREL_LO12_I;
    state.relocateToPlace(offset, type, value);
  }
  emit(state, mnemonic, { ...operands, immediate: 0 });
}

/** Distance from the current end of the section to `target`, if it is in the same section. */
function distanceTo(state: AssemblyState, target: Value): number | undefined {
  const here = state.placeInSection(state.section.size);
  return sameBase(here.base, target.base) ? Number(target.offset - here.offset) : undefined;
}

function checkTarget(mnemonic: Mnemonic, target: Value): void {
  if (target.base === undefined) {
    throw new StatementError(`${mnemonic} needs a label; for a distance write .+BYTES`);
  }
}

function emitJump(state: AssemblyState, rd: number, target: Value): void {
  checkTarget('jal', target);
  const distance = distanceTo(state, target);
  if (distance === undefined) {
    state.relocate(state.section.size, RelocationType.R_RISCV_JAL, target);
  }
  emit(state, 'jal', { rd, immediate: distance ?? 0 });
}

/**
 * Emits a branch. One whose target is out of its reach, or in another section and so possibly out
 * of reach, becomes the opposite branch over a jump, as with GNU as.
 */
function emitBranch(
  state: AssemblyState,
  mnemonic: Mnemonic,
  registers: { readonly rs1: number; readonly rs2: number },
  target: Value,
): void {
  checkTarget(mnemonic, target);
  const ordinal = state.nextBranchOrdinal();
  const distance = distanceTo(state, target);
  const isNear =
    distance !== undefined && distance >= B_IMMEDIATE.minimum && distance <= B_IMMEDIATE.maximum;
  if (!isNear && state.symbols.hasPrevious) state.longBranches.add(ordinal);
  const opposite = oppositeBranch[mnemonic];
  if (opposite === undefined || !state.longBranches.has(ordinal)) {
    emit(state, mnemonic, { ...registers, immediate: isNear ? distance : 0 });
    return;
  }
  emit(state, opposite, { ...registers, immediate: 2 * INSTRUCTION_SIZE });
  emitJump(state, Register.zero, target);
}

/** Emits a jump or branch of 16 bits, whose target must be in its reach in the same section. */
function emitShortJump(state: AssemblyState, mnemonic: Mnemonic, rs1: number, target: Value): void {
  checkTarget(mnemonic, target);
  const distance = distanceTo(state, target);
  if (distance === undefined && state.symbols.hasPrevious) {
    throw new StatementError(`${mnemonic} reaches only labels of its own section`);
  }
  // Where nothing has its place yet, any number does.
  emit(state, mnemonic, { rs1, immediate: state.symbols.hasPrevious ? (distance ?? 0) : 0 });
}

/** Operands without the rounding mode at their end, and that mode. */
function splitRounding(
  operands: readonly Operand[],
  syntax: readonly OperandSyntax[],
): { operands: readonly Operand[]; rounding?: number } {
  if (syntax.at(-1) !== 'rounding' || operands.length !== syntax.length) return { operands };
  const rounding = asRounding(operands[operands.length - 1]);
  if (rounding === undefined) {
    throw new StatementError('expected a rounding mode: rne, rtz, rdn, rup, rmm or dyn');
  }
  return { operands: operands.slice(0, -1), rounding };
}

/** Assembles an instruction of the table from its operands as the format writes them. */
function emitInstruction(
  state: AssemblyState,
  instruction: Instruction,
  written: readonly Operand[],
  ordering: { readonly aq?: boolean; readonly rl?: boolean },
): void {
  const { mnemonic } = instruction;
  const { syntax: wholeSyntax, access } = formatOf(instruction);
  const syntax = wholeSyntax.filter((item) => item !== 'rounding');
  const { operands, rounding } = splitRounding(written, wholeSyntax);
  const values: {
    rd?: number;
    rs1?: number;
    rs2?: number;
    rs3?: number;
    csr?: number;
    immediate?: number;
    rounding?: number;
  } = { ...(rounding !== undefined && { rounding }) };
  let immediate: Immediate | undefined;
  let target: Value | undefined;
  const [firstSyntax] = syntax;

  if (firstSyntax === 'fence-sets') {
    emitFence(state, operands);
    return;
  }
  const isOptional = firstSyntax === 'optional-rs1-rs2';
  const expected = isOptional ? 2 : syntax.length;
  if (operands.length !== expected && !(isOptional && operands.length < expected)) {
    throw new StatementError(`${mnemonic} takes ${expected} operands, not ${operands.length}`);
  }
  if (isOptional) {
    const registers: readonly number[] = operands.map(readRegister);
    const rs1 = registers.at(0) ?? Register.zero;
    emit(state, mnemonic, { rs1, rs2: registers.at(1) ?? Register.zero });
    return;
  }
  for (const [index, kind] of syntax.entries()) {
    const operand = operands[index];
    switch (kind) {
      case 'rd':
      case 'rs1':
      case 'rs2':
        values[kind] = readRegister(operand);
        break;
      case 'frd':
        values.rd = readFloatRegister(operand);
        break;
      case 'frs1':
        values.rs1 = readFloatRegister(operand);
        break;
      case 'frs2':
        values.rs2 = readFloatRegister(operand);
        break;
      case 'frs3':
        values.rs3 = readFloatRegister(operand);
        break;
      case 'sp':
        checkStackPointer(readRegister(operand));
        break;
      case 'address':
        values.rs1 = readAddressOperand(operand, state);
        break;
      case 'csr':
        values.csr = readCsr(operand, state);
        break;
      case 'shift':
      case 'csr-immediate':
        values.immediate = readFieldNumber(operand, state);
        break;
      case 'immediate':
      case 'upper':
        immediate = readImmediate(operand, state);
        break;
      case 'memory':
      case 'stack-memory': {
        const memory = readMemoryOperand(operand, state);
        if (kind === 'stack-memory') checkStackPointer(memory.register);
        values.rs1 = memory.register;
        immediate = memory.immediate;
        break;
      }
      case 'target':
        target = evaluate(operand, state);
        break;
    }
  }
  if (target !== undefined) {
    if (instruction.length === PARCEL_SIZE) {
      emitShortJump(state, mnemonic, values.rs1 ?? 0, target);
    } else if (instruction.format === 'J') emitJump(state, values.rd ?? Register.ra, target);
    else emitBranch(state, mnemonic, { rs1: values.rs1 ?? 0, rs2: values.rs2 ?? 0 }, target);
  } else if (immediate !== undefined) {
    emitWithImmediate(state, mnemonic, values, immediate, access === 'store');
  } else {
    emit(state, mnemonic, { ...values, ...ordering });
  }
}

function emitFence(state: AssemblyState, operands: readonly Operand[]): void {
  if (operands.length === 0) {
    emit(state, 'fence', {});
    return;
  }
  const [predecessor, successor] = operands;
  if (operands.length !== 2) throw new StatementError('fence takes no operands, or two sets');
  const sets = (readFenceSet(predecessor) << 4) | readFenceSet(successor);
  emit(state, 'fence', { immediate: sets });
}

/** `li`: the shortest of addi, lui, lui + addi. */
function emitLoadImmediate(state: AssemblyState, rd: number, value: bigint): void {
  if (value < MINIMUM_WORD || value > MAXIMUM_WORD) {
    throw new StatementError(`li: ${value.toString()} does not fit in 32 bits`);
  }
  const lower = lowerPart(value);
  if (BigInt.asIntN(32, value) === BigInt(lower)) {
    emit(state, 'addi', { rd, rs1: Register.zero, immediate: lower });
    return;
  }
  emit(state, 'lui', { rd, immediate: upperPart(value) });
  if (lower !== 0) emit(state, 'addi', { rd, rs1: rd, immediate: lower });
}

/** `auipc` and an instruction that adds the rest: the pc-relative forms of `la`, loads, stores. */
function emitPcRelative(
  state: AssemblyState,
  base: number,
  target: Value,
  mnemonic: Mnemonic,
  operands: InstructionOperands,
): void {
  const high = state.placeInSection(state.section.size);
  emitWithImmediate(state, 'auipc', { rd: base }, { part: 'pcrel_hi', value: target }, false);
  const isStore = accessOf(mnemonic) === 'store';
  const low: Immediate = { part: 'pcrel_lo', value: high };
  emitWithImmediate(state, mnemonic, { ...operands, rs1: base }, low, isStore);
}

/** `call`, `tail` and `jump`: a jump with the reach of the whole address space. */
function emitFarJump(state: AssemblyState, link: number, base: number, target: Value): void {
  state.relocate(state.section.size, RelocationType.R_RISCV_CALL_PLT, target);
  emit(state, 'auipc', { rd: base, immediate: 0 });
  emit(state, 'jalr', { rd: link, rs1: base, immediate: 0 });
}

type SpecialForm = (state: AssemblyState, operands: readonly Operand[]) => void;

function loadAddress(state: AssemblyState, [register, address]: readonly Operand[]): void {
  const rd = readRegister(register);
  const target = evaluate(address, state);
  if (target.base === undefined) emitLoadImmediate(state, rd, target.offset);
  else emitPcRelative(state, rd, target, 'addi', { rd });
}

/** Pseudo-instructions by name and number of operands, which need more than a substitution. */
export const specialForms: ReadonlyMap<string, SpecialForm> = new Map<string, SpecialForm>([
  [
    'li/2',
    (state, [register, number]) =>
      emitLoadImmediate(state, readRegister(register), evaluateNumber(number, state)),
  ],
  ['la/2', loadAddress],
  ['lla/2', loadAddress],
  [
    'call/1',
    (state, [target]) => emitFarJump(state, Register.ra, Register.ra, evaluate(target, state)),
  ],
  [
    'call/2',
    (state, [register, target]) => {
      // GNU as goes through t1 here, as tail does, and not through the register of the return address.
      const link = readRegister(register);
      emitFarJump(state, link, Register.t1, evaluate(target, state));
    },
  ],
  [
    'tail/1',
    (state, [target]) => emitFarJump(state, Register.zero, Register.t1, evaluate(target, state)),
  ],
  [
    'jump/2',
    (state, [target, register]) =>
      emitFarJump(state, Register.zero, readRegister(register), evaluate(target, state)),
  ],
]);

/** Loads and stores that name a symbol instead of an address in a register. */
function emitSymbolAccess(
  state: AssemblyState,
  { mnemonic, format }: Instruction,
  operands: readonly Operand[],
): boolean {
  if (operands.length < 2 || isMemoryOperand(operands[1])) return false;
  if (format === 'load' && operands.length === 2) {
    const rd = readRegister(operands[0]);
    emitPcRelative(state, rd, evaluate(operands[1], state), mnemonic, { rd });
    return true;
  }
  if (operands.length !== 3) return false;
  const target = (): Value => evaluate(operands[1], state);
  // There is no integer register among the operands that could hold the address on the way.
  const base = (): number => readRegister(operands[2]);
  switch (format) {
    case 'S':
      emitPcRelative(state, base(), target(), mnemonic, { rs2: readRegister(operands[0]) });
      return true;
    case 'floatLoad':
      emitPcRelative(state, base(), target(), mnemonic, { rd: readFloatRegister(operands[0]) });
      return true;
    case 'floatStore':
      emitPcRelative(state, base(), target(), mnemonic, { rs2: readFloatRegister(operands[0]) });
      return true;
  }
  return false;
}

/** The tokens of one expansion line with the operands put in the place of `$1`, `$2`, …. */
function substitute(line: string, operands: readonly Operand[]): { name: string; tokens: Token[] } {
  const [name = '', ...rest] = line.split(' ');
  const tokens = tokenize(rest.join(' ')).flatMap((token): readonly Token[] => {
    const placeholder = token.kind === 'name' ? /^\$(\d)$/.exec(token.text) : null;
    return placeholder === null ? [token] : operands[Number(placeholder[1]) - 1];
  });
  return { name, tokens };
}

/** Splits `.aq`, `.rl`, `.aqrl` off the mnemonic of an atomic instruction. */
function splitOrdering(name: string): { base: string; ordering: { aq?: boolean; rl?: boolean } } {
  const match = /^(.+)\.(aqrl|aq|rl)$/.exec(name);
  if (match === null) return { base: name, ordering: {} };
  return { base: match[1], ordering: { aq: match[2] !== 'rl', rl: match[2] !== 'aq' } };
}

function emitByName(state: AssemblyState, name: string, operands: readonly Operand[]): void {
  const key = `${name}/${operands.length}`;
  const special = specialForms.get(key);
  if (special !== undefined) {
    special(state, operands);
    return;
  }
  const expansion = findPseudoInstruction(name, operands.length);
  if (expansion !== undefined) {
    for (const line of expansion) {
      const { name: inner, tokens } = substitute(line, operands);
      emitByName(state, inner, splitOperands(tokens));
    }
    return;
  }
  const { base, ordering } = splitOrdering(name);
  const instruction = findInstruction(base);
  const takesOrdering = instruction !== undefined && formatOf(instruction).ordering === true;
  if (instruction === undefined || (base !== name && !takesOrdering)) {
    throw new StatementError(unknownInstruction(name, operands.length));
  }
  emitTableInstruction(state, instruction, operands, ordering);
}

/** An instruction of the table, with the liberties that assembly takes with its operands. */
function emitTableInstruction(
  state: AssemblyState,
  instruction: Instruction,
  operands: readonly Operand[],
  ordering: { readonly aq?: boolean; readonly rl?: boolean },
): void {
  const { mnemonic } = instruction;
  const alternative = immediateForm[mnemonic];
  if (alternative !== undefined && operands.length === 3) {
    const [, , last] = operands;
    if (asRegister(last) === undefined) {
      checkNumberOrRegister(state, last);
      emitByName(state, alternative, operands);
      return;
    }
  }
  if (mnemonic === 'jalr' && operands.length === 2 && asRegister(operands[1]) !== undefined) {
    const [rd, rs1] = operands.map(readRegister);
    emit(state, 'jalr', { rd, rs1, immediate: 0 });
    return;
  }
  if (emitSymbolAccess(state, instruction, operands)) return;
  emitInstruction(state, instruction, operands, ordering);
}

/** A name that is neither a register nor a symbol with a value is most likely a misspelt register. */
function checkNumberOrRegister(state: AssemblyState, operand: Operand): void {
  const [token] = operand;
  if (operand.length !== 1 || token.kind !== 'name') return;
  if (evaluate(operand, state).base !== undefined) {
    throw new StatementError(`expected a register or a number, found ${describeToken(token)}`);
  }
}

function isKnownOtherwise(name: string): boolean {
  return (
    isPseudoInstruction(name) || [...specialForms.keys()].some((key) => key.startsWith(`${name}/`))
  );
}

function unknownInstruction(name: string, operands: number): string {
  return isKnownOtherwise(name)
    ? `${name} does not take ${operands} operands`
    : `unknown instruction '${name}' (RV32IMAFDC, Zfh, Zicsr, Zifencei, Zb*, Zicond and the privileged ones are known)`;
}

/**
 * Assembles the instruction `name` with these operands into the current section.
 * @throws StatementError
 */
export function assembleInstruction(
  state: AssemblyState,
  name: string,
  tokens: readonly Token[],
): void {
  if (state.section.size % PARCEL_SIZE !== 0) {
    throw new StatementError('an instruction must lie at a multiple of 2 bytes; use .align 1');
  }
  state.markPosition();
  try {
    emitByName(state, name.toLowerCase(), splitOperands(tokens));
  } catch (error) {
    if (error instanceof EncodingError) throw new StatementError(error.message);
    throw error;
  }
}

/** Whether `name` is an instruction or pseudo-instruction, with any operands. */
export function isInstructionName(name: string): boolean {
  const { base } = splitOrdering(name);
  const instruction = findInstruction(base);
  const isOfTable =
    instruction !== undefined && (base === name || formatOf(instruction).ordering === true);
  return isOfTable || isKnownOtherwise(name);
}
