/** The transcript in the README is what the program prints. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ConsoleSession, PROMPT } from './console-session.ts';
import { MASKS, maskTranscript, type TranscriptMask } from './transcript-masks.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What moves with every change of the sources, and is no news to a reader. */
const SIZES: readonly TranscriptMask[] = [
  { name: 'ps: pages', pattern: /^ *\d+ {2}\w+ .* (\d+) +#$/gm },
  { name: 'fault: pc', pattern: /pc 0x([\da-f]{8})/g },
];
const TRANSCRIPT = /<!-- transcript of npm start -->\n```console\n(.*?)```/s;

it('shows a session as it is', async () => {
  const shown = TRANSCRIPT.exec(readFileSync(`${ROOT}/README.md`, 'utf8'))?.[1] ?? '';
  const lines = shown
    .split('\n')
    .filter((line) => line.startsWith(PROMPT))
    .map((line) => line.slice(PROMPT.length));
  expect(lines.at(-1)).toBe('poweroff');

  const session = new ConsoleSession(process.execPath, [
    ...[`${ROOT}/bin/vitrine.mjs`, 'boot', 'micro', '--pace', 'free'],
    ...['--max-cycles', '20000000000'],
  ]);
  expect(await session.run(lines)).toBe(0);
  const masks = [...MASKS.filter(({ name }) => name !== 'ps: pages of init'), ...SIZES];
  expect(maskTranscript(session.transcript, masks)).toBe(maskTranscript(shown, masks));
});
