/** The guest's console: what it prints, as a terminal shows it. */
import type { Terminal } from '@xterm/headless';
import { type Line, plain } from './screen.ts';

const FIRST_SIZE = { cols: 80, rows: 24 };
const SCROLLBACK_LINES = 1000;

export class ConsoleTerminal {
  private pending: number[] = [];
  private readonly terminal: Terminal;

  private constructor(TerminalClass: typeof Terminal) {
    this.terminal = new TerminalClass({
      ...FIRST_SIZE,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
    });
  }

  static async open(): Promise<ConsoleTerminal> {
    const { default: xterm } = await import('@xterm/headless');
    return new ConsoleTerminal(xterm.Terminal);
  }

  /** A byte that the guest has sent; `flush` lets the terminal see it. */
  put(byte: number): void {
    this.pending.push(byte);
  }

  /** Begins anew, with what the guest has sent up to where the machine has gone. */
  rewind(sent: readonly number[]): void {
    this.terminal.reset();
    this.pending = [...sent];
  }

  /** Returns when the terminal has taken everything in. */
  flush(): Promise<void> {
    if (this.pending.length === 0) return Promise.resolve();
    const bytes = Uint8Array.from(this.pending);
    this.pending = [];
    return new Promise((resolve) => {
      this.terminal.write(bytes, resolve);
    });
  }

  /** Answers that a guest's program asks a terminal for, such as where its cursor is. */
  onAnswer(handler: (text: string) => void): void {
    this.terminal.onData(handler);
  }

  resize(columns: number, rows: number): void {
    if (columns === this.terminal.cols && rows === this.terminal.rows) return;
    this.terminal.resize(columns, rows);
  }

  get lines(): Line[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) =>
      plain(active.getLine(active.baseY + row)?.translateToString(true) ?? ''),
    );
  }

  get cursor(): { readonly column: number; readonly row: number } {
    const { cursorX: column, cursorY: row } = this.terminal.buffer.active;
    return { column, row };
  }
}
