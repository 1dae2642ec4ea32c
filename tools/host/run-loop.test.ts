import { describe, expect, test } from 'vitest';
import { ExecScript } from './exec-script.ts';
import type { HostClock } from './host-clock.ts';
import { FreePacer } from './pace.ts';
import { RunLoop, type Console, type Guest, type RunOptions, type SliceEnd } from './run-loop.ts';
import { SliceLength } from './slice-length.ts';
import { WakeSource } from './wake-source.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Every look at it takes a tenth of a millisecond; a sleep lasts until somebody wakes the sleeper. */
class FakeClock implements HostClock {
  private ms = 0;

  now(): number {
    this.ms += 0.1;
    return this.ms;
  }

  sleep(_ms: number, wake: WakeSource): Promise<void> {
    return new Promise((resolve) => {
      const unsubscribe = wake.subscribe(() => {
        unsubscribe();
        resolve();
      });
    });
  }
}

class FakeConsole implements Console {
  readonly arrived: Uint8Array[] = [];
  inputEnded = false;
  isInteractive = false;
  wantsToLeave = false;
  signalExitCode: number | undefined;
  text = '';

  get hasArrived(): boolean {
    return this.arrived.length > 0;
  }

  takeArrived(): Uint8Array | undefined {
    return this.arrived.shift();
  }

  put(byte: number): void {
    this.text += String.fromCharCode(byte);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

type Step = (guest: FakeGuest, end: number) => SliceEnd;

/** Does one step per slice; the last one again and again. */
class FakeGuest implements Guest {
  cycle = 0;
  typedAhead = 0;
  typed = '';
  typedAt: number[] = [];
  resets = 0;
  stopRequested = false;
  transmit: (text: string) => void = () => undefined;

  constructor(private readonly steps: Step[]) {}

  run(end: number): SliceEnd {
    this.stopRequested = false;
    const step = this.steps.length > 1 ? this.steps.shift() : this.steps[0];
    return step?.(this, end) ?? { kind: 'power-off', code: 0 };
  }

  advanceTo(cycle: number): void {
    this.cycle = cycle;
  }

  requestStop(): void {
    this.stopRequested = true;
  }

  type(input: Uint8Array): void {
    this.typed += new TextDecoder().decode(input);
    this.typedAt.push(this.cycle);
  }

  reset(): void {
    this.resets += 1;
  }
}

/** Runs for a number of cycles, unless the slice is shorter or somebody asks for a stop. */
const busy =
  (cycles: number): Step =>
  (guest, end) => {
    guest.cycle = Math.min(guest.cycle + cycles, end);
    return { kind: 'slice' };
  };
const print =
  (text: string): Step =>
  (guest, end) => {
    guest.transmit(text);
    return busy(10)(guest, end);
  };
const idle =
  (due: number): Step =>
  () => ({ kind: 'idle', due });
const powerOff =
  (code: number): Step =>
  () => ({ kind: 'power-off', code });

function setUp(steps: Step[], changes: Partial<RunOptions> = {}) {
  const guest = new FakeGuest(steps);
  const console = new FakeConsole();
  const clock = new FakeClock();
  const wake = new WakeSource();
  const loop = new RunLoop({
    guest,
    console,
    clock,
    wake,
    pacer: new FreePacer(clock),
    slices: new SliceLength(8),
    script: undefined,
    passMarks: false,
    maxCycles: Infinity,
    ...changes,
  });
  guest.transmit = (text) => {
    for (const byte of bytes(text)) loop.transmit(byte);
  };
  return { guest, console, wake, loop };
}

describe('RunLoop', () => {
  test('prints what the guest sends, and reports its power-off', async () => {
    const { loop, console } = setUp([print('hello'), powerOff(3)]);
    expect(await loop.run()).toEqual({ kind: 'power-off', code: 3 });
    expect(console.text).toBe('hello');
  });

  test('takes the marks out of the text, unless they are for a terminal', async () => {
    const text = 'a\x1b]133;B\x07b';
    const plain = setUp([print(text), powerOff(0)]);
    await plain.loop.run();
    expect(plain.console.text).toBe('ab');
    const terminal = setUp([print(text), powerOff(0)], { passMarks: true });
    await terminal.loop.run();
    expect(terminal.console.text).toBe(text);
  });

  test('what an unfinished mark held back is printed at the end', async () => {
    const { loop, console } = setUp([print('a\x1b]133'), powerOff(0)]);
    await loop.run();
    expect(console.text).toBe('a\x1b]133');
  });

  test('idle time passes at once', async () => {
    const { loop, guest } = setUp([idle(1e9), powerOff(0)]);
    await loop.run();
    expect(guest.cycle).toBe(1e9);
  });

  test('a key wakes a guest that nothing else will wake', async () => {
    const { loop, guest, console, wake } = setUp([idle(Infinity), powerOff(0)]);
    const run = loop.run();
    setTimeout(() => {
      console.arrived.push(bytes('k'));
      wake.wake();
    }, 5);
    await run;
    expect(guest.typed).toBe('k');
  });

  test('a guest that waits for input when there is none left ends the run', async () => {
    const { loop, console } = setUp([idle(Infinity)]);
    console.inputEnded = true;
    expect(await loop.run()).toEqual({ kind: 'starved' });
  });

  test('input from a pipe is held back until the guest has waited once', async () => {
    const { loop, guest, console } = setUp([busy(500), idle(Infinity), powerOff(0)]);
    console.arrived.push(bytes('ls\n'));
    await loop.run();
    expect(guest.typedAt).toEqual([500]);
  });

  test('but not for ever', async () => {
    const { loop, guest, console } = setUp([busy(1e9)], { maxCycles: 300_000_000 });
    console.arrived.push(bytes('x'));
    await loop.run();
    expect(guest.typedAt).toHaveLength(1);
    expect(guest.typedAt[0]).toBeGreaterThanOrEqual(100_000_000);
  });

  test('keys go in at once', async () => {
    const { loop, guest, console } = setUp([busy(500), powerOff(0)]);
    console.isInteractive = true;
    console.arrived.push(bytes('x'));
    await loop.run();
    expect(guest.typedAt).toEqual([0]);
  });

  test('--exec types at the cycle of the mark, and nothing from outside', async () => {
    const script = new ExecScript(['ls']);
    const steps = [
      busy(40),
      print('\x1b]133;B\x07'),
      print('out\x1b]133;D;0\x07\x1b]133;B\x07'),
      powerOff(0),
    ];
    const { loop, guest, console } = setUp(steps, { script });
    console.arrived.push(bytes('noise'));
    expect(await loop.run()).toEqual({ kind: 'power-off', code: 0 });
    expect(guest.typed).toBe('ls\rpoweroff\r');
    expect(guest.typedAt).toEqual([50, 60]);
    expect(guest.stopRequested).toBe(false);
    expect(script.failure).toBeUndefined();
  });

  test('a mark ends the slice', async () => {
    let stopped = false;
    const watch: Step = (guest, end) => {
      guest.transmit('\x1b]133;B\x07');
      stopped = guest.stopRequested;
      return busy(1)(guest, end);
    };
    const { loop } = setUp([watch, powerOff(0)], { script: new ExecScript(['ls']) });
    await loop.run();
    expect(stopped).toBe(true);
  });

  test('--max-cycles ends the run at exactly that cycle, waiting or not', async () => {
    const spinning = setUp([busy(1e9)], { maxCycles: 12_345_678 });
    expect(await spinning.loop.run()).toEqual({ kind: 'out-of-cycles' });
    expect(spinning.guest.cycle).toBe(12_345_678);
    const waiting = setUp([idle(1e9)], { maxCycles: 12_345_678 });
    expect(await waiting.loop.run()).toEqual({ kind: 'out-of-cycles' });
    expect(waiting.guest.cycle).toBe(12_345_678);
  });

  test('a reset starts the guest anew', async () => {
    const { loop, guest } = setUp([() => ({ kind: 'reset' }), powerOff(0)]);
    await loop.run();
    expect(guest.resets).toBe(1);
  });

  test('leaving and signals end a run that would go on', async () => {
    const leaving = setUp([busy(1e6)]);
    leaving.console.wantsToLeave = true;
    expect(await leaving.loop.run()).toEqual({ kind: 'left' });
    const signalled = setUp([busy(1e6)]);
    signalled.console.signalExitCode = 143;
    expect(await signalled.loop.run()).toEqual({ kind: 'signal', exitCode: 143 });
  });
});
