/** A terminal with a program in it: a pseudo-terminal, and a real terminal parser for its screen. */
import xterm from '@xterm/headless';
import type { IPty } from 'node-pty';

/** Bounds a program that hangs; budgets that matter are in cycles. */
const HANG_MILLISECONDS = 60_000;

export type PtyModule = typeof import('node-pty');

/** node-pty, an optional dependency that is compiled at installation; undefined where it is missing. */
export async function loadPty(): Promise<PtyModule | undefined> {
  try {
    return await import('node-pty');
  } catch {
    return undefined;
  }
}

export class TerminalScreen {
  readonly #terminal: xterm.Terminal;
  readonly #pty: IPty;
  readonly exited: Promise<number>;
  #hasExited = false;

  constructor(
    { spawn }: PtyModule,
    command: string,
    args: string[],
    size: { columns: number; rows: number },
  ) {
    const { columns: cols, rows } = size;
    this.#terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    this.#pty = spawn(command, args, { name: 'xterm-256color', cols, rows });
    this.#pty.onData((data) => {
      this.#terminal.write(data);
    });
    this.exited = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        this.#hasExited = true;
        resolve(exitCode);
      });
    });
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  /** The window of the terminal becomes larger or smaller. */
  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** The lines on the screen, top to bottom, without trailing blanks. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from(
      { length: this.#terminal.rows },
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '',
    );
  }

  /** Waits until the screen satisfies `shown`; returns its lines. */
  async waitUntil(what: string, shown: (lines: string[]) => boolean): Promise<string[]> {
    const deadline = Date.now() + HANG_MILLISECONDS;
    while (!shown(this.lines)) {
      if (this.#hasExited || Date.now() > deadline) {
        this.close();
        throw new Error(`${what} did not show; the screen has:\n${this.lines.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.lines;
  }

  close(): void {
    if (!this.#hasExited) this.#pty.kill('SIGKILL');
  }
}
