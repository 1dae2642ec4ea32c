/** The debugger's window as a person meets it: in a terminal, by keys, read from the screen. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPty, TerminalScreen, type PtyModule } from './terminal-screen.ts';

const VITRINE = fileURLToPath(new URL('../bin/vitrine.mjs', import.meta.url));
const SMALL = { columns: 80, rows: 24 };
const LARGE = { columns: 120, rows: 40 };

/** What a terminal that calls itself xterm-256color sends. */
const KEY = {
  f1: '\x1bOP',
  f2: '\x1bOQ',
  f3: '\x1bOR',
  f5: '\x1b[15~',
  f6: '\x1b[17~',
  f7: '\x1b[18~',
  f8: '\x1b[19~',
  f10: '\x1b[21~',
  f11: '\x1b[23~',
  f12: '\x1b[24~',
  up: '\x1b[A',
  escape: '\x1b',
  controlC: '\x03',
} as const;

const KEYS_LINE = /^F1 help +F2 console +F3 pane +F5 go/;

const shows = (pattern: RegExp) => (lines: string[]) => lines.some((line) => pattern.test(line));
/** The log of commands has a line that matches, above the prompt. */
const says = shows;

const pty = await loadPty();
const required = process.env['VITRINE_WITNESSES'] === 'required';

describe.skipIf(pty === undefined && !required)(
  'the debugger’s window (needs node-pty, an optional dependency)',
  () => {
    const open = (command: string, args: string[], size = SMALL): TerminalScreen => {
      if (pty === undefined) throw new Error('node-pty is missing, and VITRINE_WITNESSES=required');
      return new TerminalScreen(pty satisfies PtyModule, command, args, size);
    };
    const start = async (size = SMALL, ...options: string[]): Promise<TerminalScreen> => {
      const all = [VITRINE, 'debug', '--pace', 'free', ...options];
      const screen = open(process.execPath, all, size);
      await screen.waitUntil('the keys', shows(KEYS_LINE));
      return screen;
    };

    it('breaks, steps, repeats and explains itself at 80x24', async () => {
      const screen = await start();
      expect(screen.lines[0]).toMatch(/^ vitrine debug +0x00001000, M-mode +cycle 0/);
      screen.type('b kernel_main\r');
      await screen.waitUntil('the breakpoint', says(/^breakpoint 1: 0x80.* kernel_main at/));
      screen.type(KEY.f5);
      let lines = await screen.waitUntil(
        'the stop',
        says(/^breakpoint 1: kernel_main at .*S-mode/),
      );
      expect(lines[0]).toMatch(/^ vitrine debug +kernel_main, S-mode/);
      expect(lines[1]).toContain('kernels/micro/main.ts');
      // Source beside machine code, both with a mark at the pc.
      expect(lines).toContainEqual(expect.stringMatching(/^-> +\d+ .*=> 80[0-9a-f]{6} {2}\w/));
      expect(lines).toContainEqual(expect.stringContaining('Vitrine firmware'));

      screen.type(KEY.f8);
      await screen.waitUntil('a step', (now) => now[0] !== lines[0] && now[0].includes('S-mode'));
      lines = screen.lines;
      screen.type('\r');
      lines = await screen.waitUntil('a step more', (now) => {
        return now[0] !== lines[0] && now[0].includes('S-mode');
      });
      screen.type(KEY.f10);
      await screen.waitUntil('an instruction', (now) => now[0] !== lines[0]);

      screen.type('?');
      lines = await screen.waitUntil('help', says(/^F7 +step a line/));
      expect(lines.join(' ')).toMatch(
        /commands: continue, stepi, stepc, diagram, step, next, out, until/,
      );
      screen.type('?');
      await screen.waitUntil('the panes again', (now) => now[1].includes('kernels/'));
      // Nothing of the help is left in the gap between source and code.
      const gap = screen.lines.slice(2, 10).map((line) => line.padEnd(SMALL.columns).charAt(39));
      expect(gap.join('').trim()).toBe('');

      screen.type('brea nowhere');
      screen.type('\r');
      await screen.waitUntil('what is wrong', says(/^no symbol "nowhere"/));
      screen.type(KEY.up);
      await screen.waitUntil('the last line', says(/^\(vitrine\) brea nowhere *$/));
      screen.type(KEY.controlC);
      await screen.waitUntil('an empty line', says(/^\(vitrine\) *$/));
      screen.type('cont\t');
      await screen.waitUntil('a completed name', says(/^\(vitrine\) continue *$/));
      screen.type(KEY.controlC);
      screen.type('quit\r');
      expect(await screen.exited).toBe(0);
    });

    it('goes by cycles, both ways, with the pipeline and registers as of WB', async () => {
      const screen = await start(LARGE, '--cpu', 'inorder:e31');
      screen.type('b kernel_main\r');
      screen.type(KEY.f5);
      await screen.waitUntil('the stop', says(/^breakpoint 1: kernel_main at .*S-mode/));
      const titles = (lines: string[]): string =>
        lines.filter((line) => line.includes('─ ')).join();
      for (let presses = 0; presses < 5 && !titles(screen.lines).includes('pipeline'); presses++) {
        const before = titles(screen.lines);
        screen.type(KEY.f3);
        await screen.waitUntil('another pane', (now) => titles(now) !== before);
      }
      const cycle = (lines: string[]): number => Number(/cycle (\d+)/.exec(lines[0])?.[1]);
      const first = cycle(screen.lines);
      for (let count = 1; count <= 3; count++) {
        screen.type(KEY.f11);
        await screen.waitUntil('a cycle', (now) => cycle(now) === first + count);
      }
      const lines = await screen.waitUntil('its registers', shows(/─ registers as of WB /));
      expect(titles(lines)).toContain(`─ pipeline at cycle ${first + 3} `);
      expect(lines).toContainEqual(expect.stringMatching(/ EX +8[0-9a-f]{7} +\w+/));
      screen.type(KEY.f12);
      await screen.waitUntil('a cycle back', (now) => cycle(now) === first + 2);
      screen.type('q\r');
      expect(await screen.exited).toBe(0);
    });

    it('takes turns with its panes', async () => {
      const screen = await start();
      screen.type('b sh:main\r');
      screen.type(KEY.f5);
      await screen.waitUntil('the shell', says(/^breakpoint 1: main at .*sh \(\d+\), U-mode/));
      const titles = [
        /^─ registers /,
        /^─ csrs /,
        /^─ memory /,
        /^─ processes /,
        /^─ breakpoints /,
      ];
      for (const title of [...titles, /^─ console /]) {
        screen.type(KEY.f3);
        await screen.waitUntil(String(title), shows(title));
        if (title.source.includes('csrs')) {
          expect(screen.lines).toContainEqual(
            expect.stringMatching(/^satp .* ASID=[\da-fx]+ MODE/),
          );
        }
        if (title.source.includes('processes')) {
          expect(screen.lines).toContainEqual(expect.stringMatching(/^ +init +1 +running/));
        }
      }
      screen.type('q\r');
      expect(await screen.exited).toBe(0);
    });

    it('gives keys to the guest’s console, stops it, and follows the terminal’s size', async () => {
      const screen = await start(LARGE);
      expect(screen.lines[1]).toMatch(/─ source .*─ code .*─ registers /);
      screen.type(KEY.f5);
      await screen.waitUntil('the guest’s prompt', shows(/^vitrine>/));
      screen.type(KEY.f2);
      await screen.waitUntil('the console in focus', (now) =>
        now[0].includes('keys go to the guest'),
      );
      screen.type('echo hallo welt\r');
      await screen.waitUntil('the echo', shows(/^hallo welt/));
      // These keys would be commands and help elsewhere.
      screen.type('? q');
      await screen.waitUntil('what is typed', shows(/^vitrine> \? q/));
      screen.type(KEY.f6);
      await screen.waitUntil('the stop', says(/^stopped by you/));
      expect(screen.lines[0]).not.toContain('running');

      screen.resize(SMALL.columns, SMALL.rows);
      await screen.waitUntil('the small layout', (now) => KEYS_LINE.test(now[SMALL.rows - 1]));
      expect(screen.lines[1]).not.toContain('registers');
      screen.resize(60, 20);
      await screen.waitUntil('a hint', shows(/^vitrine debug needs 80x24, here are 60x20/));
      screen.resize(100, 30);
      await screen.waitUntil('the panes again', (now) => KEYS_LINE.test(now[29]));

      screen.type(`${KEY.f2}c\r`);
      await screen.waitUntil('the guest running', (now) => now[0].includes('running'));
      screen.type('info registers\r');
      await screen.waitUntil('a refusal', says(/^the guest runs: F6 or Ctrl-C stops it/));
      screen.type(KEY.controlC);
      await screen.waitUntil('the stop by Ctrl-C', (now) => !now[0].includes('running'));
      screen.type('q\r');
      expect(await screen.exited).toBe(0);
    });

    it('gives the terminal back as it was, however it ends', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vitrine-window-'));
      const idFile = join(folder, 'process');
      // Two sessions: the first is left, the second is asked to end.
      const script = `
        stty -g
        "$0" "$@"; echo "status $?"
        sh -c 'echo $$ > ${idFile}; exec "$0" "$@"' "$0" "$@"; echo "status $?"
        stty -g; echo over; read -r line`;
      const screen = open('bash', ['-c', script, process.execPath, VITRINE, 'debug']);
      await screen.waitUntil('the window', shows(KEYS_LINE));
      screen.type('q\r');
      await screen.waitUntil('the end of the window', shows(/^status 0/));
      await screen.waitUntil('the second window', shows(KEYS_LINE));
      process.kill(Number(readFileSync(idFile, 'utf8')), 'SIGTERM');
      const lines = await screen.waitUntil('the shell behind it', shows(/^over/));
      rmSync(folder, { recursive: true });
      const settings = lines.filter((line) => /^[0-9a-f]+(:[0-9a-f]+)+$/.test(line.trim()));
      expect(settings).toHaveLength(2);
      expect(settings[0]).toBe(settings[1]);
      expect(lines.join('\n')).toMatch(/^status 0\n(.*\n)?status 143$/m);
      screen.close();
      await screen.exited;
    });
  },
);
