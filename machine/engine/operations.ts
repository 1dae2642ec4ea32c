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

  // rd, rs1 (register, or its number for the immediate forms), instruction
  Csr,
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
  /** A jump or branch whose target is not a multiple of four: it traps if it is taken. */
  MisalignedJump,
  /** A debugger's breakpoint: the hart stops before the instruction, which has not begun. */
  Stop,
}
