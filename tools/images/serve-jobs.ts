import type { BuildJob, BuildResult } from './build-job.ts';

/**
 * The life of a worker process: it carries out jobs that its parent sends, and ends at once when the
 * parent disconnects or dies.
 */
export function serveJobs(carryOut: (job: BuildJob) => BuildResult | Promise<BuildResult>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (job: BuildJob) => {
    void Promise.resolve()
      .then(() => carryOut(job))
      .catch((error: unknown): BuildResult => {
        const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
        return { kind: 'crashed', message, stack };
      })
      .then((result) => process.send?.(result));
  });
}
