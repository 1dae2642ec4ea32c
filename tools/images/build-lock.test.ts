import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withBuildLock } from './build-lock.ts';

let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-lock-'));
  lock = join(folder, 'build.lock');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('withBuildLock', () => {
  test('one after the other', async () => {
    const events: string[] = [];
    const waits: number[] = [];
    const build = (name: string): Promise<void> =>
      withBuildLock(
        lock,
        async () => {
          events.push(`${name} begins`);
          await new Promise((resolve) => setTimeout(resolve, 40));
          events.push(`${name} ends`);
        },
        (owner) => waits.push(owner),
      );
    await Promise.all([build('a'), build('b')]);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(waits).toEqual([process.pid]);
    expect(existsSync(lock)).toBe(false);
  });

  test('a lock whose owner has died is taken over', async () => {
    const dead = spawnSync(process.execPath, ['--eval', '']).pid;
    writeFileSync(lock, String(dead));
    const result = await withBuildLock(
      lock,
      () => Promise.resolve(7),
      () => expect.unreachable(),
    );
    expect(result).toBe(7);
  });

  test('a lock that holds no process id is taken over', async () => {
    writeFileSync(lock, '');
    await withBuildLock(
      lock,
      () => Promise.resolve(),
      () => expect.unreachable(),
    );
    expect(existsSync(lock)).toBe(false);
  });

  test('is released when the work fails', async () => {
    const failing = withBuildLock(
      lock,
      () => Promise.reject(new Error('no')),
      () => expect.unreachable(),
    );
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });
});
