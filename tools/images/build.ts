/**
 * The build: what is stale of the stubs, the firmware, the kernel and the user images is made in
 * worker processes, and when all of it succeeds the results take the place of the last ones. Until
 * then, and if anything fails, the last good images stay where they are booted from.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { RunError } from '../host/command-error.ts';
import {
  jobName,
  type BuildCrash,
  type BuildFailure,
  type BuildJob,
  type BuildOutput,
} from './build-job.ts';
import { withBuildLock } from './build-lock.ts';
import { BuildProgress, type ProgressTerminal } from './build-progress.ts';
import { BuildRecord, type Inputs } from './build-record.ts';
import { FileHashes, sha256 } from './file-hashes.ts';
import { BUILD, IMAGE_FOLDERS, MICRO_FILES, PROTOCOLS, RELEASE, STUBS } from './folders.ts';
import { parseImageDescription, type ImageDescription } from './image-description.ts';
import { initrdFiles, makeInitrd } from './initrd.ts';
import { replaceFile } from './replace-file.ts';
import { runJobs } from './worker-pool.ts';

const RECORD = `${RELEASE}/record.json`;
const LOCK = `${BUILD}/build.lock`;
const INITRD = `${RELEASE}/micro.cpio`;

/** By kind of job: the process that does it, and the packages that have a say in what it makes. */
const WORKERS = {
  stubs: { script: 'dist/stub-worker.mjs', packages: ['typescript'] },
  image: { script: 'dist/image-worker.mjs', packages: ['assemblyscript', 'binaryen'] },
} as const;

const FIRMWARE = 'firmware';
/** Images that are not files of the initrd. */
const BOOTED = [FIRMWARE, 'micro'];

const PUBLISHED_FIRMWARE = [`${RELEASE}/${FIRMWARE}.elf`, MICRO_FILES.firmware] as const;
/** Where the images are built, and where they are booted from. */
const PUBLISHED: Readonly<Record<BuildGoal, readonly (readonly [from: string, to: string])[]>> = {
  stubs: [],
  firmware: [PUBLISHED_FIRMWARE],
  everything: [
    PUBLISHED_FIRMWARE,
    [`${RELEASE}/micro.elf`, MICRO_FILES.kernel],
    [INITRD, MICRO_FILES.initrd],
  ],
};

export interface BuildOptions {
  /** The repository. */
  readonly root: string;
  /** Where progress and warnings are shown. */
  readonly terminal: ProgressTerminal;
  readonly goal: BuildGoal;
}

/** How much to build: each includes what it needs. */
export type BuildGoal = 'stubs' | 'firmware' | 'everything';

/** A job and what decides its outputs beside files. */
interface Step {
  readonly name: string;
  readonly identity: string;
  readonly job: BuildJob;
}

/**
 * Brings everything up to date.
 * @returns the repository paths of the files that were written
 * @throws InputError about an image description, RunError about a source that does not compile
 */
export async function build(options: BuildOptions): Promise<readonly string[]> {
  const { root, terminal } = options;
  if (new Build(options).isFresh()) return [];
  return withBuildLock(
    join(root, LOCK),
    () => new Build(options).run(),
    (owner) => {
      if (terminal.isTTY === true) terminal.write(`waiting for a build of process ${owner}\n`);
    },
  );
}

/** One look at the repository. */
class Build {
  private readonly root: string;
  private readonly record: BuildRecord;
  private readonly hashes: FileHashes;
  private readonly images: readonly ImageDescription[];
  private readonly written: string[] = [];

  constructor(private readonly options: BuildOptions) {
    this.root = options.root;
    this.record = BuildRecord.load(join(this.root, RECORD));
    this.hashes = new FileHashes(this.root, this.record.files);
    this.images = options.goal === 'stubs' ? [] : this.readDescriptions();
  }

  isFresh(): boolean {
    const steps = [this.stubStep(), ...this.imageSteps()];
    if (!steps.every((step) => this.isStepFresh(step))) return false;
    return (this.options.goal !== 'everything' || this.isInitrdFresh()) && this.isPublished();
  }

  async run(): Promise<readonly string[]> {
    try {
      await this.runStale([this.stubStep()]);
      const steps = this.imageSteps();
      await this.runStale(steps);
      if (this.options.goal === 'everything') {
        this.record.keepOnly(new Set(['stubs', 'initrd', ...steps.map((step) => step.name)]));
        if (!this.isInitrdFresh()) this.makeInitrd();
      }
      this.publish();
      return this.written;
    } finally {
      this.record.save(this.hashes);
    }
  }

  private readDescriptions(): ImageDescription[] {
    const images: ImageDescription[] = [];
    for (const folder of IMAGE_FOLDERS) {
      for (const name of list(join(this.root, folder))) {
        const path = `${folder}/${name}/image.json`;
        const absolute = join(this.root, path);
        if (this.options.goal === 'firmware' && name !== FIRMWARE) continue;
        if (!existsSync(absolute)) continue;
        images.push(parseImageDescription(readFileSync(absolute, 'utf8'), path));
      }
    }
    return images;
  }

  private stubStep(): Step {
    const identity = this.identity('stubs', list(join(this.root, PROTOCOLS)));
    return { name: 'stubs', identity, job: { kind: 'stubs' } };
  }

  private imageSteps(): Step[] {
    return this.images.map((image) => {
      const identity = this.identity('image', image);
      return { name: image.name, identity, job: { kind: 'image', image } };
    });
  }

  private identity(kind: BuildJob['kind'], subject: unknown): string {
    const { script, packages } = WORKERS[kind];
    const tools = [script, ...packages.map((name) => `node_modules/${name}/package.json`)];
    const hashes = tools.map((path) => this.hashes.of(path));
    return sha256(JSON.stringify([hashes, subject]));
  }

  private isStepFresh({ name, identity }: Step): boolean {
    return this.record.isFresh(name, identity, this.hashes);
  }

  /** Runs what is stale of steps of one kind, and throws about the first that fails, in their order. */
  private async runStale(all: readonly Step[]): Promise<void> {
    const steps = all.filter((step) => !this.isStepFresh(step));
    const [first] = steps;
    if (steps.length === 0) return;
    const { terminal } = this.options;
    const progress = new BuildProgress(terminal, steps.length);
    const jobs = steps.map((step) => step.job);
    const results = await runJobs(jobs, {
      script: join(this.root, WORKERS[first.job.kind].script),
      root: this.root,
      workers: availableParallelism(),
      onStart: (job) => progress.start(jobName(job)),
      onDone: (job) => progress.finish(jobName(job)),
    }).finally(() => progress.clear());

    let failure: BuildFailure | BuildCrash | undefined;
    for (const [index, step] of steps.entries()) {
      const result = results[index];
      if (result?.kind === 'done') {
        for (const warning of result.warnings) terminal.write(`${warning}\n`);
        this.keep(step, result.inputs, result.outputs);
      } else {
        failure ??= result;
      }
    }
    if (failure !== undefined) throw describeFailure(failure);
  }

  /** Writes what a step has made, and remembers what it was made from. */
  private keep({ name, identity, job }: Step, inputs: Inputs, made: readonly BuildOutput[]): void {
    const folder = job.kind === 'stubs' ? STUBS : RELEASE;
    if (job.kind === 'stubs') this.removeAllBut(made);
    const outputs: Record<string, string> = {};
    for (const output of made) {
      const path = `${folder}/${output.name}`;
      outputs[path] = this.write(path, output.contents);
    }
    this.record.set(name, { identity, inputs, outputs });
  }

  /** The stub of a protocol that is no more would still be found by an import. */
  private removeAllBut(stubs: readonly BuildOutput[]): void {
    const current = new Set(stubs.map((stub) => stub.name));
    for (const name of list(join(this.root, STUBS))) {
      if (!current.has(name)) rmSync(join(this.root, STUBS, name), { recursive: true });
    }
  }

  private initrdFiles(): ReturnType<typeof initrdFiles> {
    const names = this.images.map((image) => image.name);
    return initrdFiles(
      this.root,
      names.filter((name) => !BOOTED.includes(name)),
    );
  }

  private isInitrdFresh(): boolean {
    return this.record.isFresh('initrd', JSON.stringify(this.initrdFiles()), this.hashes);
  }

  private makeInitrd(): void {
    const files = this.initrdFiles();
    const { archive, inputs } = makeInitrd(this.root, files);
    const outputs = { [INITRD]: this.write(INITRD, archive) };
    this.record.set('initrd', { identity: JSON.stringify(files), inputs, outputs });
  }

  private isPublished(): boolean {
    return PUBLISHED[this.options.goal].every(([from, to]) => {
      return this.hashes.of(from) !== null && this.hashes.of(from) === this.hashes.of(to);
    });
  }

  private publish(): void {
    for (const [from, to] of PUBLISHED[this.options.goal]) {
      this.write(to, readFileSync(join(this.root, from)));
    }
  }

  /** Writes a file unless it is there already, and returns its hash. */
  private write(path: string, contents: Uint8Array): string {
    const hash = sha256(contents);
    if (this.hashes.of(path) !== hash) {
      replaceFile(join(this.root, path), contents);
      this.written.push(path);
      this.hashes.noteWritten(path, hash);
    }
    return hash;
  }
}

function describeFailure(failure: BuildFailure | BuildCrash): Error {
  if (failure.kind === 'failed') return new RunError(failure.message);
  const error = new Error(failure.message);
  error.stack = failure.stack;
  return error;
}

/** The names in a folder, in order; none if there is no such folder. */
function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
