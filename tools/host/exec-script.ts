/**
 * `--exec LINE`: types each line when the shell is ready for one, remembers what the commands
 * return, and switches the machine off after the last. It sees only the shell's marks, so it works
 * with any shell that prints them.
 */
import type { ShellMark } from './shell-marks.ts';

/** Typed after the last line. */
const LAST_LINE = 'poweroff';
/** What the Enter key sends. */
const ENTER = '\r';

interface Command {
  readonly line: string;
  state: 'waiting' | 'running' | 'ended';
  /** Absent if the shell was ready again without having said how the command ended. */
  status: number | undefined;
}

export class ExecScript {
  private readonly commands: readonly Command[];
  private offered = 0;

  constructor(lines: readonly string[]) {
    this.commands = lines.map((line) => ({ line, state: 'waiting', status: undefined }));
  }

  /** Takes note of a mark; the bytes to type now, if the shell wants a line and there is one. */
  handle(mark: ShellMark): Uint8Array | undefined {
    const running = this.commands.find((command) => command.state === 'running');
    if (running !== undefined) {
      running.state = 'ended';
      if (mark.kind === 'done') running.status = mark.status;
    }
    if (mark.kind === 'done' || this.offered > this.commands.length) return undefined;

    const command = this.commands.at(this.offered);
    this.offered += 1;
    if (command === undefined) return type(LAST_LINE);
    command.state = 'running';
    return type(command.line);
  }

  /** The machine has been switched off: a command that was running has done it, and succeeded. */
  handlePowerOff(): void {
    for (const command of this.commands) {
      if (command.state !== 'running') continue;
      command.state = 'ended';
      command.status = 0;
    }
  }

  /** The line whose command has not ended. */
  get running(): string | undefined {
    return this.commands.find((command) => command.state === 'running')?.line;
  }

  /** One line about the first command that did not return 0; undefined if all did. */
  get failure(): string | undefined {
    for (const { line, state, status } of this.commands) {
      if (state === 'waiting') return `--exec "${line}" was never run`;
      if (state === 'running') return `--exec "${line}" did not end`;
      if (status === undefined) return `--exec "${line}" ended without a status`;
      if (status !== 0) return `--exec "${line}" returned ${status}`;
    }
    return undefined;
  }
}

function type(line: string): Uint8Array {
  return new TextEncoder().encode(line + ENTER);
}
