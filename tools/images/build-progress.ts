/** Shows on a terminal how far a build is. */

export interface ProgressTerminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const DEFAULT_COLUMNS = 80;
const ERASE_LINE = '\r\x1b[K';

export class BuildProgress {
  private readonly running = new Set<string>();
  private finished = 0;
  private shown = false;

  constructor(
    private readonly terminal: ProgressTerminal,
    private readonly total: number,
  ) {}

  start(name: string): void {
    this.running.add(name);
    this.show();
  }

  finish(name: string): void {
    this.running.delete(name);
    this.finished += 1;
    this.show();
  }

  /** Leaves no trace, so that what is printed next stands alone. */
  clear(): void {
    if (this.shown) this.terminal.write(ERASE_LINE);
    this.shown = false;
  }

  private show(): void {
    if (this.terminal.isTTY !== true) return;
    this.shown = true;
    const line = `building ${this.finished}/${this.total}: ${[...this.running].join(', ')}`;
    const { columns = 0 } = this.terminal;
    this.terminal.write(ERASE_LINE + line.slice(0, (columns > 0 ? columns : DEFAULT_COLUMNS) - 1));
  }
}
