/**
 * Processes that compile. asc holds several hundred megabytes, so it runs in processes of its own
 * that end with the build; each takes one job after the other, because the second is much faster.
 */
import { fork, type ChildProcess } from 'node:child_process';
import type { BuildJob, BuildResult } from './build-job.ts';

export interface WorkerPoolOptions {
  /** The bundled `build-worker.ts`. */
  readonly script: string;
  /** The repository: the workers' working directory. */
  readonly root: string;
  readonly workers: number;
  onStart(job: BuildJob): void;
  onDone(job: BuildJob, result: BuildResult): void;
}

/**
 * Runs jobs and returns their results in the order of the jobs. After the first that fails no
 * further job is started: those have no result. The processes have ended when it returns.
 */
export async function runJobs(
  jobs: readonly BuildJob[],
  options: WorkerPoolOptions,
): Promise<readonly (BuildResult | undefined)[]> {
  const results: (BuildResult | undefined)[] = jobs.map(() => undefined);
  let next = 0;
  let failed = false;

  const workThrough = async (): Promise<void> => {
    let worker: Worker | undefined;
    try {
      while (!failed && next < jobs.length) {
        const index = next++;
        const job = jobs[index];
        worker ??= new Worker(options);
        options.onStart(job);
        const result = await worker.run(job);
        results[index] = result;
        failed ||= result.kind !== 'done';
        options.onDone(job, result);
        if (result.kind === 'crashed') return;
      }
    } finally {
      await worker?.end();
    }
  };

  const count = Math.min(options.workers, jobs.length);
  await Promise.all(Array.from({ length: count }, workThrough));
  return results;
}

/** One process, one job at a time. */
class Worker {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private settle: ((result: BuildResult) => void) | undefined;

  constructor({ script, root }: WorkerPoolOptions) {
    // What a library prints must not get between the guest's console output.
    this.child = fork(script, {
      cwd: root,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
    });
    this.ended = new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', () => {
        // A process that could not be started does not exit either.
        if (this.child.pid === undefined) resolve();
      });
    });
    this.child.on('message', (message) => this.finish(message as BuildResult));
    this.child.on('error', (error) => this.finish(crash(`cannot be started: ${error.message}`)));
    this.child.on('exit', (code, signal) => {
      const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
      this.finish(crash(`ended with ${how}`));
    });
  }

  run(job: BuildJob): Promise<BuildResult> {
    return new Promise((resolve) => {
      this.settle = resolve;
      this.child.send(job, (error) => {
        if (error !== null) this.finish(crash(`took no job: ${error.message}`));
      });
    });
  }

  /**
   * The process ends when nobody can send it jobs any more. That is waited for: a Node process that
   * ends gives the terminal the mode that it found, which must not undo the boot's raw mode.
   */
  async end(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.ended;
  }

  private finish(result: BuildResult): void {
    this.settle?.(result);
    this.settle = undefined;
  }
}

function crash(what: string): BuildResult {
  return { kind: 'crashed', message: `a build process ${what}`, stack: '' };
}
