/**
 * A person at a serial console: waits for the prompt, types a line, reads what comes. Drives any
 * process whose standard streams are a guest's console, ours or QEMU, in the same way.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

export const PROMPT = 'vitrine> ';

/** Marks of ready and done around commands (OSC 133), which a terminal does not show. */
const SHELL_MARKS = /\x1b\]133;[^\x07]*\x07/g;

/** Bounds a guest that hangs; budgets that matter are in cycles. */
const HANG_MILLISECONDS = 60_000;

export class ConsoleSession {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #raw = '';
  #errors = '';
  #wake: () => void = () => undefined;

  constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args);
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#raw += text;
      this.#wake();
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#process.on('error', reject);
      this.#process.on('close', (status) => {
        resolve(status);
        this.#wake();
      });
    });
  }

  /** Everything the console has shown, without the shell's marks and with `\n` line ends. */
  get transcript(): string {
    return this.#raw.replaceAll(SHELL_MARKS, '').replaceAll('\r', '');
  }

  get errors(): string {
    return this.#errors;
  }

  type(text: string): void {
    this.#process.stdin.write(text);
  }

  /** Waits until the transcript from character `from` on contains `text`; returns where it ends. */
  async waitFor(text: string, from = 0): Promise<number> {
    const deadline = Date.now() + HANG_MILLISECONDS;
    for (;;) {
      const found = this.transcript.indexOf(text, from);
      if (found >= 0) return found + text.length;
      if (this.#process.exitCode !== null || Date.now() > deadline) {
        this.kill();
        throw new Error(
          `"${text}" did not appear; the console showed:\n${this.transcript}\n${this.#errors}`,
        );
      }
      await new Promise<void>((resolve) => {
        const poll = setTimeout(resolve, 100);
        this.#wake = () => {
          clearTimeout(poll);
          resolve();
        };
      });
    }
  }

  /** Types each line at a prompt; the last one is expected to end the session. Exit status. */
  async run(lines: readonly string[]): Promise<number | null> {
    let position = 0;
    for (const line of lines) {
      position = await this.waitFor(PROMPT, position);
      this.type(`${line}\r`);
    }
    return this.#ended;
  }

  get ended(): Promise<number | null> {
    return this.#ended;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
