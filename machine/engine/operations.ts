/**
 * What the decoder makes of instructions and the interpreter executes. The numbers are dense, so
 * that the interpreter's `switch` becomes one table jump.
 */
export const enum Operation {
  // Not instructions.
  /** The budget ends before this record's instruction, whose operation it replaces for a moment. */
  Boundary = 0,
  /** The block ends without a jump: execution falls into the next one. */
  End,

  // rd, -, value
  Constant,

  // rd, rs1, immediate
  AddImmediate,
  SetLessThanImmediate,
  SetLessThanUnsignedImmediate,
  XorImmediate,
  OrImmediate,
  AndImmediate,
  ShiftLeftImmediate,
  ShiftRightImmediate,
  ShiftRightArithmeticImmediate,
  RotateRightImmediate,
  BitExtractImmediate,

  // rd, rs1, -
  SignExtendByte,
  SignExtendHalf,

  // rd, rs1, `BitUnary`
  BitUnary,

  // rd, rs1, rs2
  Add,
  Subtract,
  ShiftLeft,
  SetLessThan,
  SetLessThanUnsigned,
  Xor,
  ShiftRight,
  ShiftRightArithmetic,
  Or,
  And,
  Multiply,
  MultiplyHigh,
  MultiplyHighSignedUnsigned,
  MultiplyHighUnsigned,
  Divide,
  DivideUnsigned,
  Remainder,
  RemainderUnsigned,
  ShiftAdd1,
  ShiftAdd2,
  ShiftAdd3,
  AndNot,
  OrNot,
  ExclusiveNor,
  Minimum,
  MinimumUnsigned,
  Maximum,
  MaximumUnsigned,
  RotateLeft,
  RotateRight,
  BitClear,
  BitExtract,
  BitInvert,
  BitSet,
  /** `czero.eqz` and `czero.nez`: rs1, or zero depending on rs2. */
  ZeroIfZero,
  ZeroIfNotZero,

  // rd, rs1, rs2 and `BitBinary` as `BitBinaryOperand` says
  BitBinary,

  // rd, rs1, offset
  LoadByte,
  LoadHalf,
  LoadWord,
  LoadByteUnsigned,
  LoadHalfUnsigned,

  // rs2, rs1, offset
  StoreByte,
  StoreHalf,
  StoreWord,

  // Word of rd (rs2 for stores), rs1, offset
  LoadFloatHalf,
  LoadFloatSingle,
  LoadFloatDouble,
  StoreFloatHalf,
  StoreFloatSingle,
  StoreFloatDouble,
  // Index of rd and of rs1 (among words or doubles), instruction; they round as `frm` says, or to
  // nearest even
  FloatAddSingle,
  FloatAddDouble,
  FloatSubtractSingle,
  FloatSubtractDouble,
  FloatMultiplySingle,
  FloatMultiplyDouble,
  FloatDivideSingle,
  FloatDivideDouble,
  // Index of rd, `FloatOperation`, instruction; likewise
  FloatFusedSingle,
  FloatFusedDouble,
  // `FloatOperation`, -, instruction
  Float,

  // rs1, rs2, -; the targets are in the block's header
  BranchEqual,
  BranchNotEqual,
  BranchLess,
  BranchGreaterOrEqual,
  BranchLessUnsigned,
  BranchGreaterOrEqualUnsigned,

  // rd, -, return address
  JumpAndLink,
  // rd, rs1, offset; the return address is in the block's header
  JumpAndLinkRegister,

  /** Nothing to do: fences, since memory and decoded code are always coherent here. */
  Fence,

  // rd, cell, instruction: a CSR that is only a cell (`csr-cells.ts`) is read; read and written; the
  // same without its lowest bit
  CsrReadCell,
  CsrSwapCell,
  CsrSwapAddress,
  // rd, rs1 (register, or its number for the immediate forms), instruction
  Csr,
  // rd, rs1, instruction
  LoadReserved,
  StoreConditional,
  AtomicSwap,
  AtomicAdd,
  AtomicAnd,
  AtomicOr,
  Atomic,
  /** `sfence.vma`: nothing to drop, but it may be forbidden. */
  FenceTranslations,

  // -, -, instruction; these end a block
  EnvironmentCall,
  Breakpoint,
  MachineReturn,
  SupervisorReturn,
  WaitForInterrupt,
  Illegal,
  /** A debugger's breakpoint: the hart stops before the instruction, which has not begun. */
  Stop,
}

/** The third operand of `Operation.BitBinary`: the number of rs2, and above it the `BitBinary`. */
export const enum BitBinaryOperand {
  RegisterMask = 0xff,
  Shift = 8,
}
