/** Wherever services are placed, the system is the same to programs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConsoleSession } from './console-session.ts';
import { buildPlaced, MOVABLE, placementText } from './placed-system.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITRINE = join(ROOT, 'bin/vitrine.mjs');
const DISK = `${join(ROOT, 'build/disk.img')},snapshot=on`;
/** Each takes a compilation: a few in `npm test`, and in a campaign as many as there are, about. */
const runs =
  process.env['VITRINE_CAMPAIGN'] === 'full' ? { numRuns: 256 } : { numRuns: 2, seed: 7 };

const folder = mkdtempSync(join(tmpdir(), 'vitrine-placements-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

beforeAll(async () => {
  const build = new ConsoleSession(process.execPath, [VITRINE, 'build']);
  expect(await build.ended).toBe(0);
});

/** Whatever is outside dies and is started again; whatever is inside takes the program with it. */
const LINES = [
  ...['crash block', 'crash fs', 'crash tmpfs', 'crash pipe', 'crash clock', 'sleep 0.5'],
  ...['cat /motd | wc', 'echo x > /tmp/x; cat /tmp/x', 'selftest'],
];

it('any services can be inside, and any outside', async () => {
  await fc.assert(
    fc.asyncProperty(fc.subarray(MOVABLE), async (inside) => {
      const { kernel, initrd } = await buildPlaced(ROOT, folder, inside);
      const lines = LINES.flatMap((line) => ['--exec', line]);
      const session = new ConsoleSession(process.execPath, [
        ...[VITRINE, 'boot', kernel, '--initrd', initrd, '--drive', DISK],
        ...['--max-cycles', '20G', ...lines],
      ]);
      await session.ended;
      expect(session.transcript).toMatch(/cat \/motd \| wc\n +2 +\d+ +\d+\n/);
      expect(session.transcript).toContain('cat /tmp/x\nx\n');
      expect(session.transcript).toMatch(/^selftest: \d+ checks, all passed$/m);
    }),
    { ...runs, endOnFailure: true },
  );
});

it('a placement of the test has the services that were asked for inside', () => {
  const text = placementText(ROOT, ['fs', 'pipe']);
  const places = [...text.matchAll(/"name":"([a-z]+)"[^}]*?"place":"kernel"/g)];
  expect(places.map(([, name]) => name)).toEqual(['fs', 'pipe']);
});
