/** What the decoder makes of an instruction. */
import { Operation } from './operations.ts';

/** A decoded instruction. One object, reused: decoding allocates nothing. */
export interface DecodedInstruction {
  operation: Operation;
  a: number;
  b: number;
  c: number;
  /** Bytes: 2 or 4. */
  length: number;
  /** Whether control never simply goes on to the next instruction. */
  endsBlock: boolean;
  /** For direct jumps and branches: where they lead. */
  target: number;
}

export function emptyInstruction(): DecodedInstruction {
  return { operation: Operation.Illegal, a: 0, b: 0, c: 0, length: 4, endsBlock: true, target: 0 };
}

/** Fills in the record of an instruction: its operation and operands. */
export function setRecord(
  into: DecodedInstruction,
  operation: Operation,
  a: number,
  b: number,
  c: number,
): void {
  into.operation = operation;
  into.a = a;
  into.b = b;
  into.c = c;
}
