/** Services that several callers are in at once, under every kernel, and what outlives a service. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConsoleSession } from './console-session.ts';

const VITRINE = fileURLToPath(new URL('../bin/vitrine.mjs', import.meta.url));
const MOST_CYCLES = '5000000000';

/** What the console shows after each line, the lines typed at the prompt. */
async function answers(kernel: string, lines: readonly string[]): Promise<string[]> {
  const typed = lines.flatMap((line) => ['--exec', line]);
  const args = ['boot', kernel, '--max-cycles', MOST_CYCLES, ...typed];
  const session = new ConsoleSession(process.execPath, [VITRINE, ...args]);
  expect(await session.ended, session.transcript + session.errors).toBe(0);
  return session.transcript.split(/^vitrine> .*\n/m).slice(1);
}

/** The lines that `wc` prints, without names and the total, in the order of their bytes. */
function counts(text: string | undefined): string[] {
  const lines = (text ?? '').matchAll(/^ *(\d+) +(\d+) +(\d+)(?: +\/.*)?$/gm);
  return [...lines].map(([, ...numbers]) => numbers.join(' ')).toSorted();
}

/** Programs, of which the disk's cache has none at first, and a small file, which it soon has. */
const FILES = ['/bin/bench', '/bin/sh', '/bin/grep', '/motd'];
const copyOf = (file: string): string => `/tmp/copy-${file.slice(file.lastIndexOf('/') + 1)}`;
const COPIES = FILES.map(copyOf);

describe.each(['micro', 'mono', 'hybrid:split'])('services under %s', (kernel) => {
  it('serve programs that read, write and wait at the same time', async () => {
    const together = [
      ...FILES.map((file) => `cp ${file} ${copyOf(file)} &`),
      ...FILES.map((file) => `cat ${file} | cat | wc &`),
      'sleep 0.01 & wait',
    ].join(' ');
    const [uncached, first, cached, second, originals] = await answers(kernel, [
      together,
      `wc ${COPIES.join(' ')}; rm ${COPIES.join(' ')}`,
      together,
      `wc ${COPIES.join(' ')}`,
      `wc ${FILES.join(' ')}`,
    ]);
    const all = counts(originals);
    const files = counts(uncached);
    expect(files).toHaveLength(FILES.length);
    // `wc` of several files counts them together, too.
    expect(all).toEqual(expect.arrayContaining(files));
    expect(counts(cached)).toEqual(files);
    expect(counts(first)).toEqual(all);
    expect(counts(second)).toEqual(all);
  }, 60_000);

  it('tell the time in a file', async () => {
    const [early, , late] = await answers(kernel, [
      'cat /svc/clock',
      'sleep 0.2',
      'cat /svc/clock',
    ]);
    const seconds = (text: string | undefined): number =>
      Number(/^(\d+\.\d{3}) s since the start\n$/.exec(text ?? '')?.[1]);
    expect(seconds(late)).toBeGreaterThan(seconds(early) + 0.19);
  }, 60_000);
});

describe('a file that is open while fs dies and is started again', () => {
  it('is read on from where its holder was', async () => {
    // The pipe is full until `wc` begins, which is after the restart.
    const [whole, across] = await answers('micro', [
      'cat /bin/bench | wc',
      'cat /bin/bench | sh -c "sleep 0.3; wc" & sleep 0.1; crash fs; wait',
    ]);
    expect(across).toContain('supervisor: fs died');
    expect(counts(across)).toEqual(counts(whole));
  }, 60_000);
});
