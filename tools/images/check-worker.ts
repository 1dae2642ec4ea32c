/** The process that checks sources for what the dialect has not. Its working directory is the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { formatDiagnostic } from '../compiler/diagnostics.ts';
import { checkSource } from '../dialect/check.ts';
import { sha256 } from './file-hashes.ts';
import { serveJobs } from './serve-jobs.ts';

serveJobs((job) => {
  if (job.kind !== 'check') throw new TypeError(`this process checks sources, not ${job.kind}`);
  const inputs: Record<string, string> = {};
  const errors: string[] = [];
  for (const path of job.files) {
    // A file that has just gone has nothing wrong in it.
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    inputs[path] = sha256(text);
    const breaches = checkSource({ path, text }, existsSync);
    errors.push(...breaches.map(({ diagnostic }) => formatDiagnostic(diagnostic)));
  }
  if (errors.length > 0) return { kind: 'failed', message: errors.join('\n') };
  return { kind: 'done', outputs: [], inputs, warnings: [] };
});
