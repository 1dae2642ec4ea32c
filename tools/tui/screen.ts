/**
 * The terminal as the window sees it: rectangles of styled text, keys, a size. It is the only place
 * that knows blessed; text is made safe here, whatever it comes from.
 */
import type { Widgets } from 'blessed';
import { visibleText } from '../debugger/visible-text.ts';

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Style = 'plain' | 'dim' | 'strong' | 'current' | 'bar' | 'title' | 'active' | 'alarm';

export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** Pieces of a line, left to right. */
export type Line = readonly Span[];

export interface Surface {
  readonly area: Rectangle;
  /** The first `height` of them are shown, each cut to the width. */
  readonly lines: readonly Line[];
}

export interface Key {
  /** As blessed calls it: `f5`, `up`, `return`; undefined for most characters. */
  readonly name: string | undefined;
  readonly ctrl: boolean;
  /** The characters that the terminal has sent. */
  readonly sequence: string;
}

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
const STYLE_CODES: Readonly<Record<Style, string>> = {
  plain: '',
  dim: '\x1b[90m',
  strong: '\x1b[1m',
  current: '\x1b[7m',
  bar: '\x1b[7m',
  title: '\x1b[36m',
  active: '\x1b[1;33m',
  alarm: '\x1b[1;31m',
};
const RESET_STYLE = '\x1b[0m';

/** What takes one cell of a terminal, of what Vitrine's sources and guests are likely to print. */
const ONE_CELL =
  /^[\u0020-\u02ff\u0370-\u03ff\u0400-\u04ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u259f]$/u;
const OTHER = '?';
/** A key whose first half blessed reports twice, once under each of its names. */
const REPEATED_NAME = 'enter';

/** What blessed really passes; for most characters it has no name or no sequence. */
interface BlessedKey {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly sequence?: string;
}

export function plain(text: string): Line {
  return [{ text, style: 'plain' }];
}

/** Text in which every character takes one cell and none moves the cursor. */
export function cellText(text: string): string {
  return Array.from(visibleText(text), (character) =>
    ONE_CELL.test(character) ? character : OTHER,
  ).join('');
}

/** A line as it goes to the terminal: exactly `width` cells. */
export function encodeLine(line: Line, width: number): string {
  let left = width;
  let encoded = '';
  for (const { text, style } of line) {
    const piece = cellText(text).slice(0, left);
    left -= piece.length;
    encoded += style === 'plain' ? piece : `${STYLE_CODES[style]}${piece}${RESET_STYLE}`;
  }
  return encoded + ' '.repeat(left);
}

export class Screen {
  private readonly boxes: Widgets.BoxElement[] = [];

  private constructor(
    private readonly blessed: typeof import('blessed'),
    private readonly screen: Widgets.Screen,
  ) {}

  /** Takes the terminal; `close` gives it back. */
  static async open(): Promise<Screen> {
    const { default: blessed } = await import('blessed');
    const screen = blessed.screen({
      smartCSR: true,
      forceUnicode: true,
      title: 'vitrine debug',
      warnings: false,
    });
    return new Screen(blessed, screen);
  }

  get columns(): number {
    return Number(this.screen.width);
  }

  get rows(): number {
    return Number(this.screen.height);
  }

  onKey(handler: (key: Key) => void): void {
    this.screen.on('keypress', (character: string | undefined, key: BlessedKey) => {
      if (key.name === REPEATED_NAME) return;
      const sequence = key.sequence ?? character ?? '';
      handler({ name: key.name, ctrl: key.ctrl ?? false, sequence });
    });
  }

  onResize(handler: () => void): void {
    this.screen.on('resize', handler);
  }

  /** Shows these and nothing else, and the cursor where it belongs. */
  draw(
    surfaces: readonly Surface[],
    cursor: { readonly column: number; readonly row: number },
  ): void {
    for (const [index, { area, lines }] of surfaces.entries()) {
      const box = this.boxAt(index);
      Object.assign(box.position, area);
      const shown = Array.from({ length: area.height }, (_, row) =>
        encodeLine(lines.at(row) ?? [], area.width),
      );
      box.setContent(shown.join('\n'));
      box.show();
    }
    for (const box of this.boxes.slice(surfaces.length)) box.hide();
    this.screen.render();
    this.screen.program.cup(cursor.row, cursor.column);
    this.screen.program.showCursor();
  }

  close(): void {
    this.screen.destroy();
  }

  private boxAt(index: number): Widgets.BoxElement {
    while (this.boxes.length <= index) {
      this.boxes.push(this.blessed.box({ parent: this.screen, wrap: false, tags: false }));
    }
    return this.boxes[index];
  }
}
