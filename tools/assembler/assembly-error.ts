/** What the assembler reports: always a place in the source and the line that stands there. */

/** A line of source, as errors name it. */
export interface SourceLine {
  /** Path relative to the repository, or as the caller named it. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

export interface AssemblyError {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly message: string;
  /** The line of source, unchanged. */
  readonly sourceLine: string;
}

/** Raised while a statement is processed; `assemble` turns it into an `AssemblyError`. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
}

/** `FILE:LINE: MESSAGE`, and the source line indented below it. */
export function formatAssemblyError(error: AssemblyError): string {
  return `${error.file}:${error.line}: ${error.message}\n    ${error.sourceLine.trim()}`;
}
