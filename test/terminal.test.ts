/** `vitrine boot` as a person meets it: in a terminal, typed at, read from the screen. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPty, TerminalScreen, type PtyModule } from './terminal-screen.ts';
import { PROMPT } from './console-session.ts';

const VITRINE = fileURLToPath(new URL('../bin/vitrine.mjs', import.meta.url));
const SIZE = { columns: 80, rows: 24 };
const CONTROL_A = '\x01';
const CONTROL_C = '\x03';

const atPrompt = (lines: string[]): boolean =>
  lines.findLast((line) => line !== '')?.startsWith(PROMPT.trimEnd()) ?? false;

const pty = await loadPty();
const required = process.env['VITRINE_WITNESSES'] === 'required';

describe.skipIf(pty === undefined && !required)(
  'a terminal (needs node-pty, an optional dependency)',
  () => {
    const open = (command: string, args: string[]): TerminalScreen => {
      if (pty === undefined) throw new Error('node-pty is missing, and VITRINE_WITNESSES=required');
      return new TerminalScreen(pty satisfies PtyModule, command, args, SIZE);
    };

    it('boots to a prompt, runs what is typed and powers off', async () => {
      const screen = open(process.execPath, [VITRINE, 'boot', 'micro']);
      await screen.waitUntil('the prompt', atPrompt);
      screen.type('echo hallo welt\r');
      const lines = await screen.waitUntil('the echoed words', (shown) =>
        shown.includes('hallo welt'),
      );
      expect(lines).toContain(`${PROMPT}echo hallo welt`);
      screen.type('poweroff\r');
      expect(await screen.exited).toBe(0);
    });

    it('edits lines and interrupts them', async () => {
      const screen = open(process.execPath, [VITRINE, 'boot', 'micro']);
      await screen.waitUntil('the prompt', atPrompt);
      screen.type('echo wrogn\x7f\x7fng\r');
      await screen.waitUntil('the corrected word', (shown) => shown.includes('wrong'));
      screen.type(`echo never${CONTROL_C}`);
      const lines = await screen.waitUntil('a prompt after ^C', (shown) =>
        shown.some(
          (line, row) => line.includes('^C') && shown.slice(row + 1).some((l) => l !== ''),
        ),
      );
      expect(lines).not.toContain('never');
      screen.type('poweroff\r');
      expect(await screen.exited).toBe(0);
    });

    it('leaves by Ctrl-A x and gives the terminal back as it was', async () => {
      const script = 'stty -g; "$0" "$@"; echo; echo "status $?"; stty -g; echo over; read -r line';
      const screen = open('bash', ['-c', script, process.execPath, VITRINE, 'boot', 'micro']);
      await screen.waitUntil('the prompt', atPrompt);
      screen.type(`${CONTROL_A}x`);
      const lines = await screen.waitUntil('the shell behind it', (shown) =>
        shown.includes('over'),
      );
      const settings = lines.filter((line) => /^[0-9a-f]+(:[0-9a-f]+)+$/.test(line.trim()));
      expect(settings).toHaveLength(2);
      expect(settings[0]).toBe(settings[1]);
      screen.close();
      await screen.exited;
    });
  },
);
