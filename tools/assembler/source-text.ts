/** From the text of a file to lines without comments, and from a line to its statements. */
import type { SourceLine } from './assembly-error.ts';

/**
 * A line ready to be processed. `place` is where errors and debug information point: for a line
 * that a macro produced, the line that called the macro.
 */
export interface CodeLine {
  readonly place: SourceLine;
  /** The code, without comments. */
  readonly code: string;
}

/** The index after the string or character literal that begins at `start`. */
function skipLiteral(text: string, start: number): number {
  if (text[start] === "'") {
    const end = text[start + 1] === '\\' ? start + 3 : start + 2;
    return text[end] === "'" ? end + 1 : end;
  }
  let position = start + 1;
  while (position < text.length && text[position] !== '"' && text[position] !== '\n') {
    position += text[position] === '\\' ? 2 : 1;
  }
  return Math.min(position + 1, text.length);
}

/** Replaces every comment (`#…`, `//…`, slash-star) by blanks, leaving all line ends in place. */
function blankComments(text: string): string {
  let result = '';
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    let end: number;
    if (character === '"' || character === "'") {
      end = skipLiteral(text, position);
      result += text.slice(position, end);
    } else if (character === '#' || text.startsWith('//', position)) {
      end = text.indexOf('\n', position);
      if (end < 0) end = text.length;
    } else if (text.startsWith('/*', position)) {
      const close = text.indexOf('*/', position + 2);
      end = close < 0 ? text.length : close + 2;
      result += text.slice(position, end).replace(/[^\n]/g, ' ');
    } else {
      end = position + 1;
      result += character;
    }
    position = end;
  }
  return result;
}

/** The lines of a source file. */
export function readLines(source: string, file: string): CodeLine[] {
  const original = source.split(/\r?\n/);
  const code = blankComments(source.replaceAll('\r\n', '\n')).split('\n');
  return original.map((text, index) => ({
    place: { file, line: index + 1, text },
    code: code[index] ?? '',
  }));
}

/** Splits a line at its `;`, which separate statements except in literals. */
export function splitStatements(code: string): string[] {
  if (!code.includes(';')) return [code];
  const statements: string[] = [];
  let begin = 0;
  let position = 0;
  while (position < code.length) {
    const character = code[position];
    if (character === '"' || character === "'") {
      position = skipLiteral(code, position);
      continue;
    }
    if (character === ';') {
      statements.push(code.slice(begin, position));
      begin = position + 1;
    }
    position += 1;
  }
  statements.push(code.slice(begin));
  return statements;
}
