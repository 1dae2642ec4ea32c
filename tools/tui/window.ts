/**
 * The debugger's window: shows the guest, takes keys and commands, and lets the machine run in
 * slices of a few milliseconds, between which the person is served.
 */
import { CYCLES_PER_SECOND } from '../../machine/devices/guest-time.ts';
import { CommandProblem } from '../debugger/command-problem.ts';
import type { Motion, Stop } from '../debugger/execution.ts';
import type { DebugSession } from '../debugger/session.ts';
import { SystemClock } from '../host/host-clock.ts';
import { FreePacer, RealPacer, type Pace, type Pacer } from '../host/pace.ts';
import { SliceLength } from '../host/slice-length.ts';
import { WakeSource } from '../host/wake-source.ts';
import { CommandLine } from './command-line.ts';
import { ConsoleTerminal } from './console-terminal.ts';
import { layoutOf, type Tab } from './layout.ts';
import { type Key, type Line, plain, Screen } from './screen.ts';
import { type Focus, ViewBuilder } from './view.ts';

const SLICE_MS = 8;
/** While the guest runs, the screen is drawn this often. */
const FRAME_MS = 50;
const MS_PER_SECOND = 1000;
const MOST_LOG_LINES = 1000;
/** A shell shows a process that died of signal n with this + n. */
const SIGNAL_EXIT_BASE = 128;
const ENDING_SIGNALS = { SIGHUP: 1, SIGTERM: 15 } as const;

/** The command that each key stands for. */
const COMMAND_KEYS: Readonly<Partial<Record<string, string>>> = {
  f4: 'back',
  f5: 'continue',
  f7: 'step',
  f8: 'next',
  f9: 'out',
  f10: 'stepi',
  f11: 'stepc',
  f12: 'backc',
};

/**
 * Runs until the person leaves.
 * @returns the exit code
 */
export async function runWindow(session: DebugSession, pace: Pace): Promise<number> {
  const console = await ConsoleTerminal.open();
  const screen = await Screen.open();
  const window = new DebugWindow(session, pace, screen, console);
  const handlers = Object.entries(ENDING_SIGNALS).map(([signal, number]) => {
    const handler = (): void => window.leave(SIGNAL_EXIT_BASE + number);
    process.on(signal, handler);
    return { signal, handler };
  });
  try {
    return await window.run();
  } finally {
    screen.close();
    for (const { signal, handler } of handlers) process.removeListener(signal, handler);
  }
}

class DebugWindow {
  private readonly clock = new SystemClock();
  private readonly wake = new WakeSource();
  private readonly slices = new SliceLength(SLICE_MS);
  private readonly views = new ViewBuilder();
  private readonly commandLine: CommandLine;
  private readonly log: Line[] = [];
  private pacer: Pacer;
  private focus: Focus = 'commands';
  private tab: Tab = 'console';
  private motion: Motion | undefined;
  private showsHelp = false;
  private exitCode: number | undefined;
  /** What a key has thrown: it is told when the terminal has been given back. */
  private failure: Error | undefined;
  private drawnAt = -Infinity;
  /** Something has happened that the screen does not show yet. */
  private isStale = true;

  constructor(
    private readonly session: DebugSession,
    private readonly pace: Pace,
    private readonly screen: Screen,
    private readonly console: ConsoleTerminal,
  ) {
    const { debug, guest } = session;
    this.commandLine = new CommandLine(debug.commandNames);
    this.pacer = this.createPacer();
    session.console.listen((byte) => {
      console.put(byte);
    });
    session.console.onRewound((sent) => {
      console.rewind(sent);
    });
    console.onAnswer((text) => {
      guest.type(new TextEncoder().encode(text));
    });
    screen.onKey((key) => {
      try {
        this.handleKey(key);
      } catch (error) {
        this.failure = error instanceof Error ? error : new Error(String(error));
      }
      this.touch();
    });
    screen.onResize(() => this.touch());
    this.say(['F1 or ? shows the keys; b LOCATION sets a breakpoint, F5 runs to it.']);
    this.say(debug.execute('where').lines);
  }

  /** Ends the window. */
  leave(exitCode: number): void {
    this.exitCode = exitCode;
    this.touch();
  }

  async run(): Promise<number> {
    while (this.exitCode === undefined) {
      if (this.failure !== undefined) throw this.failure;
      if (this.motion === undefined) {
        await this.draw();
        await this.sleepUntilTouched();
      } else {
        await this.advance(this.motion);
        if (this.clock.now() - this.drawnAt >= FRAME_MS) await this.draw();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    this.motion?.finish();
    return this.exitCode;
  }

  private createPacer(): Pacer {
    const { guest } = this.session;
    if (this.pace === 'free') return new FreePacer(this.clock);
    return new RealPacer(this.clock, CYCLES_PER_SECOND / MS_PER_SECOND, guest.cycle);
  }

  private touch(): void {
    this.isStale = true;
    this.wake.wake();
  }

  private async sleepUntilTouched(): Promise<void> {
    if (!this.isStale) await this.clock.sleep(Infinity, this.wake);
  }

  /** Lets the guest run for a slice. */
  private async advance(motion: Motion): Promise<void> {
    const { guest } = this.session;
    const { cycle } = guest;
    const started = this.clock.now();
    const progress = motion.advance(cycle + this.slices.cycles);
    if (progress.kind === 'more' && motion.travels === true) return;
    this.slices.learn(Math.max(guest.cycle - cycle, 0), this.clock.now() - started);
    switch (progress.kind) {
      case 'stopped':
        this.end(progress.stop);
        return;
      case 'more':
        await this.pacer.throttle(guest.cycle, this.wake);
        return;
      case 'waiting':
        await this.draw();
        // A key may have come while the screen was drawn.
        if (!this.isStale) {
          guest.advanceTo(await this.pacer.idle(guest.cycle, progress.due, Infinity, this.wake));
        }
    }
  }

  private end(stop: Stop): void {
    this.motion?.finish();
    this.motion = undefined;
    this.say(this.session.debug.describeStop(stop));
    this.touch();
  }

  private async draw(): Promise<void> {
    this.isStale = false;
    await this.console.flush();
    const { columns, rows } = this.screen;
    const { surfaces, cursor } = this.views.build(
      {
        debug: this.session.debug,
        console: this.console,
        commandLine: this.commandLine,
        log: this.log,
        focus: this.focus,
        tab: this.tab,
        isRunning: this.motion !== undefined,
        showsHelp: this.showsHelp,
      },
      columns,
      rows,
    );
    this.screen.draw(surfaces, cursor);
    this.drawnAt = this.clock.now();
  }

  private say(lines: readonly string[], style: 'plain' | 'alarm' | 'dim' = 'plain'): void {
    for (const text of lines) this.log.push(style === 'plain' ? plain(text) : [{ text, style }]);
    this.log.splice(0, this.log.length - MOST_LOG_LINES);
  }

  private handleKey(key: Key): void {
    switch (key.name) {
      case 'f1':
        this.showsHelp = !this.showsHelp;
        return;
      case 'f2':
        this.focus = this.focus === 'console' ? 'commands' : 'console';
        if (this.focus === 'console') this.tab = 'console';
        return;
      case 'f3':
        this.showNextTab();
        return;
      case 'f6':
        this.stop();
        return;
    }
    const command = key.name === undefined ? undefined : COMMAND_KEYS[key.name];
    if (command !== undefined) this.execute(command);
    else if (this.focus === 'console') this.typeToGuest(key);
    else this.handleCommandKey(key);
  }

  private typeToGuest({ sequence }: Key): void {
    this.session.guest.type(new TextEncoder().encode(sequence));
  }

  private handleCommandKey(key: Key): void {
    if (key.ctrl && key.name === 'c') {
      if (this.motion === undefined) this.commandLine.clear();
      this.stop();
      return;
    }
    if (this.showsHelp && key.name === 'escape') {
      this.showsHelp = false;
      return;
    }
    if (key.sequence === '?' && this.commandLine.text === '') {
      this.showsHelp = !this.showsHelp;
      return;
    }
    const event = this.commandLine.handle(key);
    if (event?.kind === 'choices') this.say([event.names.join('  ')], 'dim');
    if (event?.kind === 'entered') this.execute(event.line);
  }

  private showNextTab(): void {
    const { columns, rows } = this.screen;
    const { clockModel } = this.session.debug.context.target.machine;
    const layout = layoutOf(columns, rows, this.tab, clockModel !== undefined);
    if (layout === undefined) return;
    const place = layout.tabs.indexOf(this.tab);
    // The first is shown where the chosen one is not among those that take turns.
    this.tab = layout.tabs[(Math.max(place, 0) + 1) % layout.tabs.length];
    if (this.tab !== 'console' && layout.tabs.includes('console')) this.focus = 'commands';
  }

  private stop(): void {
    if (this.motion !== undefined) this.end({ kind: 'interrupted' });
  }

  private execute(line: string): void {
    if (line.trim() !== '') this.say([`(vitrine) ${line}`], 'dim');
    try {
      this.checkMayRun(line);
      const { lines, motion, quits } = this.session.debug.execute(line);
      this.say(lines);
      if (quits === true) this.leave(0);
      if (motion !== undefined) this.start(motion);
    } catch (error) {
      if (!(error instanceof CommandProblem)) throw error;
      this.say([error.message], 'alarm');
    }
  }

  /** @throws CommandProblem about what would change or look at a guest that runs */
  private checkMayRun(line: string): void {
    if (this.motion === undefined || /^\s*(q|quit|help|h|type\b.*)\s*$/.test(line)) return;
    throw new CommandProblem('the guest runs: F6 or Ctrl-C stops it; type and quit work meanwhile');
  }

  private start(motion: Motion): void {
    this.motion = motion;
    // Time that passed while it stood is not caught up.
    this.pacer = this.createPacer();
  }
}
