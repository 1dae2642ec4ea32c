/** Servers that die, drivers that reach too far and clients that send nonsense, in a running system. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HANG_MILLISECONDS = 60_000;
/** Far above what any of the sessions takes: a budget for one that never ends. */
const MOST_CYCLES = '5000000000';

function vitrine(...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [join(ROOT, 'bin/vitrine.mjs'), ...words];
    const options = { cwd: ROOT, timeout: HANG_MILLISECONDS };
    const child = execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.replaceAll('\r', ''));
      else reject(new Error(`${error.message}\n${stdout}${stderr}`));
    });
    child.stdin?.end();
  });
}

/** What the console shows while lines are typed at the prompt of a system's shell. */
function session(initrd: string, lines: readonly string[]): Promise<string> {
  const typed = lines.flatMap((line) => ['--exec', line]);
  const image = ['--initrd', join('build', initrd), '--max-cycles', MOST_CYCLES];
  return vitrine('boot', 'micro', ...image, ...typed);
}

/** `FILE:LINE` of the only line of a source that has a text. */
function placeOf(file: string, text: string): string {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const found = lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []));
  expect(found).toHaveLength(1);
  return `${file}:${found.join('')}`;
}

/** Restarts by service, from the table that ps prints. */
function restarts(transcript: string): Record<string, number> {
  const rows = transcript.matchAll(/^ *\d+ +(\S+) +\w+ +\d+ +(\d+) +\d+ +\d+\.\d+$/gm);
  return Object.fromEntries([...rows].map(([, name, count]) => [name, Number(count)]));
}

beforeAll(async () => {
  await vitrine('build');
}, 4 * HANG_MILLISECONDS);

describe('a server that dereferences null', () => {
  const crashed = ['names', 'console', 'initrd', 'power', 'supervisor', 'pipe', 'tmpfs', 'clock'];
  let transcript: string;

  beforeAll(async () => {
    const lines = crashed.map((server) => `crash ${server}`);
    transcript = await session('micro.cpio', [...lines, 'cat motd', 'ls /svc', 'ps']);
  }, HANG_MILLISECONDS);

  it.each(crashed)('is reported with cause, address and line, and started again: %s', (server) => {
    const place = placeOf('userland/environment/user/base-service.ts', 'store<u32>(NULL');
    const report = new RegExp(
      `^supervisor: ${server} died: store page fault \\(15\\) at 0x00000000, ` +
        `pc 0x0001[0-9a-f]{4}, ${place}; restarted( by init)?$`,
      'm',
    );
    const shown = transcript.slice(transcript.indexOf(`vitrine> crash ${server}\n`));
    expect(shown.split('\n')[1]).toMatch(report);
  });

  it('leaves the others alone, and all of them go on', () => {
    const found = restarts(transcript);
    expect(Object.keys(found)).toEqual(expect.arrayContaining([...crashed, 'block', 'fs', 'sh']));
    for (const [name, count] of Object.entries(found)) {
      expect(count, name).toBe(crashed.includes(name) ? 1 : 0);
    }
    expect(transcript).toContain('vitrine> cat motd\nVitrine: an operating system under glass.\n');
  });
});

describe('a server that keeps dying', () => {
  it.each(['initrd', 'names', 'console', 'supervisor'])(
    'is started again after growing pauses: %s',
    async (name) => {
      const lines = Array.from({ length: 9 }, () => `crash ${name}`);
      const after = ['sleep 1', 'cat /boot/manifest', 'ps'];
      const transcript = await session('micro.cpio', [...lines, ...after]);
      expect(transcript).toContain('\nservice init\n');
      expect(restarts(transcript)[name]).toBe(9);
      if (name !== 'supervisor') expect(transcript).toContain('; restart in 320 ms\n');
    },
  );
});

describe('a driver that reaches for what it was not given', () => {
  let transcript: string;

  beforeAll(async () => {
    transcript = await session('release/micro-intruder.cpio', ['ps']);
  }, HANG_MILLISECONDS);

  it.each([
    ['device', '0x10001000'],
    ['kernel', '0x80400000'],
    ['server', '0x40000000'],
  ])('dies by a page fault: a foreign %s', (target, address) => {
    const place = placeOf('userland/services/console-intruder/main.ts', 'lw(target)');
    expect(transcript).toMatch(
      new RegExp(
        `^supervisor: intruder-${target} died: load page fault \\(13\\) at ${address}, ` +
          `pc 0x0001[0-9a-f]{4}, ${place}; it stays stopped$`,
        'm',
      ),
    );
  });

  it('harms nobody', () => {
    expect(restarts(transcript)).toMatchObject({ console: 0, initrd: 0, names: 0, sh: 0 });
  });
});

describe('a client that sends nonsense', () => {
  it('gets an answer to everything, and no server dies of it', async () => {
    const transcript = await session('release/micro-hostile.cpio', ['ps']);
    const reports = [...transcript.matchAll(/^hostile: (\S+): (.*)$/gm)];
    const attacked = reports.map(([, path]) => path);
    expect(attacked).toEqual(expect.arrayContaining(['/svc/console', '/svc/block', '/svc/fs']));
    for (const [, path, outcome] of reports) {
      expect(outcome, path).toBe('500 of 500 answered, alive');
    }
    expect(new Set(Object.values(restarts(transcript)))).toEqual(new Set([0]));
  });
});
