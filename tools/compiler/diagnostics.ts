/** What the compiler has to say about a source: one shape for asc's messages and our own. */

export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  /** Repository path with `/`; empty if the place is unknown. */
  readonly file: string;
  /** 1-based; 0 if unknown. */
  readonly line: number;
  /** 1-based; 0 if unknown. */
  readonly column: number;
  /** The text of that line, without its end; empty if unknown. */
  readonly sourceLine: string;
}

/** `file:line:column: error: message`, then the source line and a caret below the place. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, sourceLine } = diagnostic;
  const place = file === '' ? '' : line === 0 ? `${file}: ` : `${file}:${line}:${column}: `;
  const head = `${place}${severity}: ${message}`;
  if (sourceLine === '') return head;
  const caret = column > 0 ? `\n${sourceLine.slice(0, column - 1).replace(/[^\t]/g, ' ')}^` : '';
  return `${head}\n${sourceLine}${caret}`;
}

/** The module contains what this back end cannot translate; `offset` is a byte offset in the file. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';

  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

export const FLOATING_POINT_MESSAGE =
  'floating point is not available in target code; use integers';
