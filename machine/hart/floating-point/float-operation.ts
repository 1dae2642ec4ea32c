/** The instructions of F, D and Zfh but loads and stores; the format is in their fmt field. */
export const enum FloatOperation {
  // These round, as their rm field says.
  Add,
  Subtract,
  Multiply,
  Divide,
  SquareRoot,
  MultiplyAdd,
  MultiplySubtract,
  NegateMultiplySubtract,
  NegateMultiplyAdd,
  ConvertFromSigned,
  ConvertFromUnsigned,
  /** From the format whose number is in the rs2 field. */
  ConvertFormat,

  // These round, too, and their result is an integer register's.
  ConvertToSigned,
  ConvertToUnsigned,

  // So is that of these, which do not round.
  Equal,
  LessThan,
  LessOrEqual,
  Classify,
  MoveToInteger,

  SignCopy,
  SignNegate,
  SignXor,
  Minimum,
  Maximum,
  MoveFromInteger,
}
