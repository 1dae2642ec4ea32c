import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BuildJob } from './build-job.ts';
import { runJobs } from './worker-pool.ts';

/** Answers with its process id, and takes its time to end. */
const SLOW_TO_END = `
  process.on('message', () => process.send({ kind: 'crashed', message: String(process.pid), stack: '' }));
  process.on('disconnect', () => setTimeout(() => undefined, 300));
`;

test('no process outlives the build: at its end Node gives a terminal its old mode back', async () => {
  const root = mkdtempSync(join(tmpdir(), 'vitrine-workers-'));
  try {
    const script = join(root, 'worker.mjs');
    writeFileSync(script, SLOW_TO_END);
    const job: BuildJob = { kind: 'stubs' };
    const ignore = (): void => undefined;
    const [result] = await runJobs([job], {
      ...{ script, root, workers: 1 },
      ...{ onStart: ignore, onDone: ignore },
    });
    const pid = result?.kind === 'crashed' ? Number(result.message) : 0;
    expect(pid).toBeGreaterThan(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  } finally {
    rmSync(root, { recursive: true });
  }
});
