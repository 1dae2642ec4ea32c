/** Where the guest stands, and the source around it, as text. */
import type { Target } from './target.ts';
import { visibleText } from './visible-text.ts';

const NUMBER_WIDTH = 5;
const CURRENT_MARK = '->';

/** `S-mode`, or `shell (8), U-mode`. */
export function contextText(target: Target): string {
  const mode = `${target.modeName}-mode`;
  const process = target.modeName === 'U' ? target.currentProcess : undefined;
  return process === undefined ? mode : `${process.name} (${process.id}), ${mode}`;
}

/** `kernel_main at kernels/micro/main.ts:54, S-mode`, and the line of source below it. */
export function placeLines(target: Target): string[] {
  const place = target.lineAt(target.pc);
  const symbol = target.symbolAt(target.pc)?.replace(/\+0x[0-9a-f]+$/, '');
  const name = symbol ?? target.describe(target.pc);
  const source = place === undefined ? '' : ` at ${place.file}:${place.line}`;
  const lines = [`${name}${source}, ${contextText(target)}`];
  if (place !== undefined) {
    const text = target.readSource(place.file, place.line);
    if (text !== undefined) lines.push(sourceLine(place.line, text, false));
  }
  return lines;
}

/** Lines of a file, the one numbered `current` marked; none where the source is not at hand. */
export function sourceLines(
  target: Target,
  file: string,
  first: number,
  count: number,
  current: number | undefined,
): string[] {
  const lines: string[] = [];
  for (let line = Math.max(1, first); line < first + count; line++) {
    const text = target.readSource(file, line);
    if (text === undefined) break;
    lines.push(sourceLine(line, text, line === current));
  }
  return lines;
}

function sourceLine(line: number, text: string, isCurrent: boolean): string {
  const mark = isCurrent ? CURRENT_MARK : '  ';
  return `${mark}${`${line}`.padStart(NUMBER_WIDTH)}  ${visibleText(text)}`.trimEnd();
}
