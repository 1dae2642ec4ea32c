/** Decodes a function body into instructions with their immediates. */
import { UnsupportedError } from '../diagnostics.ts';
import type { FunctionBody, FunctionType, WasmModule } from './module.ts';
import { valueTypeOf } from './module.ts';
import { Opcode } from './opcodes.ts';
import { BinaryReader, WasmFormatError } from './reader.ts';

const PREFIX = 0xfc;
const EMPTY_BLOCK_TYPE = -64;

export interface WasmInstruction {
  /** One of `Opcode`, or another instruction that this back end does not translate. */
  readonly opcode: number;
  /** Byte offset in the file. */
  readonly offset: number;
  /** Label depth, index, memory offset or 32-bit constant. */
  readonly immediate: number;
  /** Of `i64.const`; of `f32.const` and `f64.const` the bits. */
  readonly wide: bigint;
  /** Of `block`, `loop`, `if`, and of `call_indirect`. */
  readonly type: FunctionType;
  /** Index of `type` among the module's, for `call_indirect`. */
  readonly typeIndex: number;
  /** Label depths of `br_table`, the default last. */
  readonly targets: readonly number[];
}

const NO_TYPE: FunctionType = { parameters: [], results: [] };
const NO_TARGETS: readonly number[] = [];

function blockType(reader: BinaryReader, module: WasmModule): FunctionType {
  const code = reader.signed();
  if (code >= 0) return module.types[code];
  if (code === EMPTY_BLOCK_TYPE) return NO_TYPE;
  const result = valueTypeOf(code & 0x7f);
  if (result === undefined) throw new WasmFormatError('unknown block type', reader.position);
  return { parameters: [], results: [result] };
}

/**
 * The instructions of one body, the final `end` included.
 * @throws UnsupportedError on proposals beyond bulk memory, sign extension and saturating truncation.
 */
export function decodeBody(module: WasmModule, body: FunctionBody): WasmInstruction[] {
  const reader = new BinaryReader(module.bytes, body.start, body.end);
  const result: WasmInstruction[] = [];
  while (!reader.atEnd) {
    const offset = reader.position;
    let opcode: number = reader.byte();
    if (opcode === PREFIX) opcode = (PREFIX << 8) | reader.unsigned();
    let immediate = 0;
    let wide = 0n;
    let type = NO_TYPE;
    let typeIndex = 0;
    let targets = NO_TARGETS;
    switch (opcode) {
      case Opcode.Block:
      case Opcode.Loop:
      case Opcode.If:
        type = blockType(reader, module);
        break;
      case Opcode.Br:
      case Opcode.BrIf:
      case Opcode.Call:
      case Opcode.LocalGet:
      case Opcode.LocalSet:
      case Opcode.LocalTee:
      case Opcode.GlobalGet:
      case Opcode.GlobalSet:
        immediate = reader.unsigned();
        break;
      case Opcode.BrTable: {
        const depths: number[] = [];
        for (let count = reader.unsigned() + 1; count > 0; count--) depths.push(reader.unsigned());
        targets = depths;
        break;
      }
      case Opcode.CallIndirect:
        typeIndex = reader.unsigned();
        type = module.types[typeIndex];
        reader.unsigned();
        break;
      case Opcode.SelectTyped:
        for (let count = reader.unsigned(); count > 0; count--) reader.byte();
        break;
      case Opcode.MemorySize:
      case Opcode.MemoryGrow:
      case Opcode.MemoryFill:
        reader.byte();
        break;
      case Opcode.MemoryCopy:
        reader.take(2);
        break;
      case Opcode.I32Const:
        immediate = Number(BigInt.asIntN(32, reader.signed64()));
        break;
      case Opcode.F32Const:
        wide = reader.fixed(4);
        break;
      case Opcode.F64Const:
        wide = reader.fixed(8);
        break;
      case Opcode.I64Const:
        wide = reader.signed64();
        break;
      default:
        if (opcode >= Opcode.I32Load && opcode <= Opcode.I64Store32) {
          reader.unsigned();
          immediate = reader.unsigned() | 0;
        } else if (!isPlain(opcode)) {
          const code = `0x${opcode.toString(16)}`;
          throw new UnsupportedError(`WebAssembly instruction ${code} is not supported`, offset);
        }
    }
    result.push({ opcode, offset, immediate, wide, type, typeIndex, targets });
  }
  return result;
}

/** Known, and without immediates. */
function isPlain(opcode: number): boolean {
  return (
    opcode <= Opcode.Nop ||
    opcode === Opcode.Else ||
    opcode === Opcode.End ||
    opcode === Opcode.Return ||
    opcode === Opcode.Drop ||
    opcode === Opcode.Select ||
    (opcode >= Opcode.I32Eqz && opcode <= Opcode.I64Extend32S) ||
    (opcode >= Opcode.I32TruncSatF32S && opcode <= Opcode.I64TruncSatF64U)
  );
}

/** Works on f32 or f64. */
export function isFloatOperation(opcode: number): boolean {
  const isIntegerConversion =
    opcode === Opcode.I32WrapI64 ||
    opcode === Opcode.I64ExtendI32S ||
    opcode === Opcode.I64ExtendI32U;
  return (
    (opcode >= Opcode.F32Eq && opcode <= Opcode.F64Ge) ||
    (opcode >= Opcode.F32Abs && opcode <= Opcode.F64Copysign) ||
    (opcode >= Opcode.I32WrapI64 && opcode <= Opcode.F64ReinterpretI64 && !isIntegerConversion) ||
    (opcode >= Opcode.I32TruncSatF32S && opcode <= Opcode.I64TruncSatF64U) ||
    opcode === Opcode.F32Load ||
    opcode === Opcode.F64Load ||
    opcode === Opcode.F32Store ||
    opcode === Opcode.F64Store ||
    opcode === Opcode.F32Const ||
    opcode === Opcode.F64Const
  );
}
