/**
 * The person's end of the machine when its serial line ends elsewhere: keys and signals still come
 * from the terminal, bytes come from the line.
 */
import type { HostTerminal } from './host-terminal.ts';
import type { Console } from './run-loop.ts';
import type { SerialLine } from './serial-line.ts';

export class LineConsole implements Console {
  constructor(
    private readonly terminal: HostTerminal,
    private readonly line: SerialLine,
  ) {}

  takeArrived(): Uint8Array | undefined {
    return this.line.takeArrived();
  }

  get hasArrived(): boolean {
    return this.line.hasArrived;
  }

  get inputEnded(): boolean {
    return this.line.inputEnded;
  }

  /** Whoever writes to a line does so when it is time. */
  readonly isInteractive = true;

  get wantsToLeave(): boolean {
    return this.terminal.wantsToLeave;
  }

  get signalExitCode(): number | undefined {
    return this.terminal.signalExitCode;
  }

  put(byte: number): void {
    this.line.put(byte);
  }

  async flush(): Promise<void> {
    this.line.flush();
    await this.terminal.flush();
  }
}
