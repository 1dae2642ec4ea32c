/** What keeps a service's threads apart, where they may lose the hart at every instruction. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HANG_MILLISECONDS = 60_000;
const MOST_CYCLES = '2000000000';
/** Entries of the three threads that compete with the first. */
const RIVAL_ENTRIES = 3 * 400;

/** Boots the system with the trials (userland/services/lock-trial). */
function boot(): Promise<string> {
  return new Promise((resolve, reject) => {
    const image = [
      '--initrd',
      'build/release/micro-block-trial.cpio',
      '--drive',
      'build/disk.img,snapshot=on',
    ];
    const words = ['boot', 'micro', ...image, '--max-cycles', MOST_CYCLES, '--exec', 'sleep 0.5'];
    const args = [join(ROOT, 'bin/vitrine.mjs'), ...words];
    execFile(process.execPath, args, { cwd: ROOT, timeout: HANG_MILLISECONDS }, (error, shown) => {
      if (error === null) resolve(shown.replaceAll('\r', ''));
      else reject(new Error(`${error.message}\n${shown}`));
    }).stdin?.end();
  });
}

let transcript: string;

beforeAll(async () => {
  transcript = await boot();
}, 2 * HANG_MILLISECONDS);

/** What a trial has counted. */
function trial(name: string): { entries: number; waits: number; collisions: number; lost: number } {
  const counted = /: (\d+) entries, (\d+) waits, (\d+) collisions, (\d+) lost$/m;
  const line = transcript.split('\n').find((text) => text.startsWith(`lock-trial: ${name}: `));
  const [, ...numbers] = counted.exec(line ?? '') ?? [];
  const [entries = NaN, waits = NaN, collisions = NaN, lost = NaN] = numbers.map(Number);
  return { entries, waits, collisions, lost };
}

describe('threads of one service', () => {
  it.each(['lock', 'sleep lock'])('are kept apart by a %s, for which they wait', (name) => {
    const { entries, waits, collisions, lost } = trial(name);
    expect(entries).toBeGreaterThan(RIVAL_ENTRIES);
    expect(waits).toBeGreaterThan(100);
    expect([collisions, lost]).toEqual([0, 0]);
  });

  it('wake each other, and nothing that one puts for the other is lost', () => {
    const [, put, taken] =
      /^lock-trial: condition: (\d+) put, (\d+) taken$/m.exec(transcript) ?? [];
    expect(put).toBe(`${(3 * (400 * 401)) / 2}`);
    expect(taken).toBe(put);
  });

  it('collide where nothing keeps them apart: the trial can tell', () => {
    const { collisions, lost } = trial('nothing');
    expect(collisions).toBeGreaterThan(100);
    expect(lost).toBeGreaterThan(100);
  });
});
