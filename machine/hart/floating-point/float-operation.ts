/** The instructions of F, D and Zfh but loads and stores; the format is in their fmt field. */
export const enum FloatOperation {
  // These round: their rm field counts.
  Add,
  Subtract,
  Multiply,
  Divide,
  SquareRoot,
  MultiplyAdd,
  MultiplySubtract,
  NegateMultiplySubtract,
  NegateMultiplyAdd,
  ConvertToSigned,
  ConvertToUnsigned,
  ConvertFromSigned,
  ConvertFromUnsigned,
  /** From the format whose number is in the rs2 field. */
  ConvertFormat,

  // These do not.
  SignCopy,
  SignNegate,
  SignXor,
  Minimum,
  Maximum,
  Equal,
  LessThan,
  LessOrEqual,
  Classify,
  MoveToInteger,
  MoveFromInteger,
}

/** The last operation whose rm field is a rounding mode. */
export const LAST_ROUNDING_OPERATION = FloatOperation.ConvertFormat;
