import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HostTerminal } from './host-terminal.ts';
import { WakeSource } from './wake-source.ts';

/** Standard input that is a terminal, and remembers its mode. */
class FakeTty extends PassThrough {
  readonly isTTY = true;
  raw = false;

  setRawMode(raw: boolean): this {
    this.raw = raw;
    return this;
  }
}

/** Takes writes only when it is told to. */
class SlowOutput extends Writable {
  text = '';
  private continuation: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.continuation = done;
  }

  drain(): void {
    this.continuation?.();
  }
}

let stdin: FakeTty;
let stdout: PassThrough;
let wake: WakeSource;
let terminal: HostTerminal;
const listeners = (): number[] =>
  ['exit', 'SIGHUP', 'SIGINT', 'SIGTERM', 'SIGCONT'].map((event) => process.listenerCount(event));
/** Lets streams hand over what was written. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const arrived = (): string => {
  let text = '';
  for (let bytes = terminal.takeArrived(); bytes !== undefined; bytes = terminal.takeArrived()) {
    text += new TextDecoder().decode(bytes);
  }
  return text;
};

beforeEach(() => {
  stdin = new FakeTty();
  stdout = new PassThrough();
  wake = new WakeSource();
  terminal = new HostTerminal(stdin, stdout, wake);
});

afterEach(async () => {
  await terminal.close();
});

describe('HostTerminal', () => {
  test('takes the terminal in raw mode, and leaves no trace when it is closed', async () => {
    const before = listeners();
    terminal.open();
    expect(stdin.raw).toBe(true);
    await terminal.close();
    expect(stdin.raw).toBe(false);
    expect(listeners()).toEqual(before);
  });

  test.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)('%s asks the run to end', (signal) => {
    let woken = 0;
    wake.subscribe(() => (woken += 1));
    terminal.open();
    expect(terminal.signalExitCode).toBeUndefined();
    process.emit(signal, signal);
    expect(terminal.signalExitCode).toBe({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal]);
    expect(woken).toBe(1);
  });

  test('the mode comes back when the process ends in any other way', () => {
    terminal.open();
    process.emit('exit', 1);
    expect(stdin.raw).toBe(false);
  });

  test('a terminal that was stopped and goes on is raw again', () => {
    terminal.open();
    stdin.raw = false;
    process.emit('SIGCONT', 'SIGCONT');
    expect(stdin.raw).toBe(true);
  });

  test('keys go to the guest, except for those that are ours', async () => {
    let woken = 0;
    wake.subscribe(() => (woken += 1));
    terminal.open();
    stdin.write('ls\r\x01h');
    await turn();
    expect(arrived()).toBe('ls\r');
    expect(String(stdout.read())).toContain('Ctrl-A x');
    expect(terminal.wantsToLeave).toBe(false);
    stdin.write('\x01x');
    await turn();
    expect(terminal.wantsToLeave).toBe(true);
    expect(woken).toBe(2);
  });

  test('a pipe has no keys of ours, no raw mode, and an end', async () => {
    const pipe = new PassThrough();
    terminal = new HostTerminal(pipe, stdout, wake);
    terminal.open();
    pipe.end('\x01x');
    await turn();
    await turn();
    expect(terminal.isInteractive).toBe(false);
    expect(arrived()).toBe('\x01x');
    expect(terminal.wantsToLeave).toBe(false);
    expect(terminal.inputEnded).toBe(true);
  });

  test('standard input can be left alone', () => {
    terminal = new HostTerminal(stdin, stdout, wake, false);
    terminal.open();
    expect(stdin.raw).toBe(false);
    expect(stdin.listenerCount('data')).toBe(0);
    expect(terminal.isInteractive).toBe(false);
    expect(terminal.inputEnded).toBe(true);
  });

  test('waits for a reader that is slower than the guest', async () => {
    const slow = new SlowOutput();
    terminal = new HostTerminal(stdin, slow, wake);
    terminal.put(0x61);
    let flushed = false;
    const flush = terminal.flush().then(() => {
      flushed = true;
    });
    await turn();
    expect({ text: slow.text, flushed }).toEqual({ text: 'a', flushed: false });
    slow.drain();
    await flush;
    expect(flushed).toBe(true);
    expect(terminal.isWithinLine).toBe(true);
  });

  test('a reader that has gone ends the run and does not block it', async () => {
    terminal.open();
    stdout.destroy(new Error('EPIPE'));
    await turn();
    expect(terminal.wantsToLeave).toBe(true);
    terminal.put(0x61);
    await terminal.flush();
  });
});
