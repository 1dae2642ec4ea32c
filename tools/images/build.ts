/**
 * The build: what is stale of the stubs, the firmware, the kernel and the user images is made in
 * worker processes, and when all of it succeeds the results take the place of the last ones. Until
 * then, and if anything fails, the last good images stay where they are booted from.
 */
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError, RunError } from '../host/command-error.ts';
import { jobName, type BuildJob, type BuildOutput, type BuildProblem } from './build-job.ts';
import { withBuildLock } from './build-lock.ts';
import { BuildProgress, type ProgressTerminal } from './build-progress.ts';
import { BuildRecord, type Inputs } from './build-record.ts';
import { FileHashes, sha256 } from './file-hashes.ts';
import {
  BUILD,
  hybridFiles,
  hybridImage,
  MICRO_FILES,
  MONO_FILES,
  PROTOCOLS,
  RELEASE,
  STUBS,
} from './folders.ts';
import { diskContents, makeDisk, type DiskContents } from './disk.ts';
import type { ImageDescription } from './image-description.ts';
import { initrdContents, makeInitrd, monoInitrdContents, type InitrdContents } from './initrd.ts';
import { replaceFile } from './replace-file.ts';
import { listFolder } from './list-folder.ts';
import { listPlacements } from './placements.ts';
import {
  readFirmware,
  readHybridImages,
  readImages,
  readManifest,
  readMonoImages,
  readPlacements,
  readSystems,
  type NamedSystem,
} from './repository.ts';
import { listTargetCode } from './target-files.ts';
import { runJobs } from './worker-pool.ts';

const RECORD = `${RELEASE}/record.json`;
const LOCK = `${BUILD}/build.lock`;

/** By kind of job: the process that does it, and the packages that have a say in what it makes. */
const WORKERS = {
  stubs: { script: 'dist/stub-worker.mjs', packages: ['typescript'] },
  image: { script: 'dist/image-worker.mjs', packages: ['assemblyscript', 'binaryen'] },
  check: { script: 'dist/check-worker.mjs', packages: ['typescript'] },
} as const;

/** The job that checks the dialect of target code, which makes no file. */
const CHECK = 'check';

/** The system that is booted when nobody asks for another. */
const DEFAULT_SYSTEM = 'default';

/** That system's disk: the job and the file. */
const DISK_IMAGE = 'disk.img';

const MONO_INITRD = 'mono.cpio';

/** Where an image is built, and where it is booted from. */
type Publication = readonly [from: string, to: string];
const PUBLISHED_FIRMWARE: Publication = [`${RELEASE}/firmware.elf`, MICRO_FILES.firmware];
const PUBLISHED_MICRO: readonly Publication[] = [
  PUBLISHED_FIRMWARE,
  [`${RELEASE}/micro.elf`, MICRO_FILES.kernel],
  [`${RELEASE}/${initrdName(DEFAULT_SYSTEM)}`, MICRO_FILES.initrd],
  [`${RELEASE}/${DISK_IMAGE}`, MICRO_FILES.disk],
];
const PUBLISHED: Readonly<Record<BuildGoal, readonly Publication[]>> = {
  stubs: [],
  firmware: [PUBLISHED_FIRMWARE],
  micro: PUBLISHED_MICRO,
  everything: [
    ...PUBLISHED_MICRO,
    [`${RELEASE}/mono.elf`, MONO_FILES.kernel],
    [`${RELEASE}/${MONO_INITRD}`, MONO_FILES.initrd],
  ],
};

/** What the goal asks for, and with everything each placement's kernel and initrd. */
function publications(root: string, goal: BuildGoal): readonly Publication[] {
  if (goal !== 'everything') return PUBLISHED[goal];
  const placements = listPlacements(root).flatMap((placement): Publication[] => {
    const { kernel, initrd } = hybridFiles(placement);
    const name = hybridImage(placement);
    return [
      [`${RELEASE}/${name}.elf`, kernel],
      [`${RELEASE}/${name}.cpio`, initrd],
    ];
  });
  return [...PUBLISHED[goal], ...placements];
}

export interface BuildOptions {
  /** The repository. */
  readonly root: string;
  /** Where progress and warnings are shown. */
  readonly terminal: ProgressTerminal;
  readonly goal: BuildGoal;
}

/**
 * How much to build: the stubs, with them the firmware, with that what `vitrine boot micro` boots,
 * and with that the monolithic kernel, and the systems that only tests boot.
 */
export type BuildGoal = 'stubs' | 'firmware' | 'micro' | 'everything';

/** A job and what decides its outputs beside files. */
interface Step {
  readonly name: string;
  readonly identity: string;
  readonly job: BuildJob;
}

/**
 * Brings everything up to date.
 * @returns the repository paths of the files that were written
 * @throws InputError about an image description, RunError about a source that does not compile or a
 *   folder that cannot be written
 */
export async function build(options: BuildOptions): Promise<readonly string[]> {
  const { root, terminal } = options;
  if (new Build(options).isFresh()) return [];
  try {
    return await withBuildLock(
      join(root, LOCK),
      () => new Build(options).run(),
      (owner) => {
        if (terminal.isTTY === true) terminal.write(`waiting for a build of process ${owner}\n`);
      },
    );
  } catch (error) {
    throw explain(error);
  }
}

/** What the system says against a file becomes one line: a full disk, somebody else's checkout. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return error;
  const { code, path } = error;
  return new RunError(`the build cannot use ${String(path)} (${String(code)})`, { cause: error });
}

/** An initrd by the name of its file. */
interface NamedInitrd {
  readonly name: string;
  readonly contents: InitrdContents;
}

/** One look at the repository. */
class Build {
  private readonly root: string;
  private readonly record: BuildRecord;
  private readonly hashes: FileHashes;
  private readonly images: readonly ImageDescription[];
  private readonly systems: readonly NamedSystem[];
  /** What is outside of the hybrid kernel. */
  private readonly placements: readonly NamedSystem[];
  private readonly written: string[] = [];

  constructor(private readonly options: BuildOptions) {
    this.root = options.root;
    this.record = BuildRecord.load(join(this.root, RECORD));
    this.hashes = new FileHashes(this.root, this.record.files);
    const { goal, root } = options;
    this.systems = selectSystems(root, goal);
    this.placements = goal === 'everything' ? readPlacements(root) : [];
    const readAll = (): ImageDescription[] => {
      return readImages(root, [...this.systems, ...this.placements]);
    };
    this.images = {
      stubs: () => [],
      firmware: () => [readFirmware(root)],
      micro: readAll,
      everything: () => [...readMonoImages(root), ...readHybridImages(root), ...readAll()],
    }[goal]();
  }

  isFresh(): boolean {
    const steps = [this.stubStep(), ...this.imageSteps()];
    if (!steps.every((step) => this.isStepFresh(step))) return false;
    if (this.uncheckedFiles().length > 0) return false;
    if (!this.initrds().every((initrd) => this.isInitrdFresh(initrd))) return false;
    return this.isDiskFresh() && this.isPublished();
  }

  async run(): Promise<readonly string[]> {
    try {
      await this.runStale([this.stubStep()]);
      await this.compileAndCheck();
      if (this.options.goal === 'everything') this.forgetOldJobs();
      for (const initrd of this.initrds()) {
        if (!this.isInitrdFresh(initrd)) this.makeInitrd(initrd);
      }
      if (!this.isDiskFresh()) this.makeDisk();
      this.publish();
      return this.written;
    } finally {
      this.record.save(this.hashes);
    }
  }

  /** What was built once and is not any more. */
  private forgetOldJobs(): void {
    const initrds = this.initrds().map(({ name }) => name);
    this.record.keepOnly(
      new Set(['stubs', CHECK, DISK_IMAGE, ...initrds, ...this.images.map(({ name }) => name)]),
    );
  }

  /**
   * At the same time; what the check of the dialect says is said in place of what asc makes of the
   * same mistakes.
   */
  private async compileAndCheck(): Promise<void> {
    const [checked, compiled] = await Promise.allSettled([
      this.check(),
      this.runStale(this.imageSteps()),
    ]);
    for (const result of [checked, compiled]) {
      if (result.status === 'rejected') throw result.reason;
    }
  }

  /** Target code that is not as it was when nothing was wrong with it. */
  private uncheckedFiles(): readonly string[] {
    if (this.options.goal === 'stubs') return [];
    const known = this.record.inputsOf(CHECK, this.identity('check', CHECK));
    return listTargetCode(this.root).filter((path) => known[path] !== this.hashes.of(path));
  }

  private async check(): Promise<void> {
    const files = this.uncheckedFiles();
    if (files.length === 0) return;
    const [result] = await runJobs([{ kind: 'check', files }], {
      script: join(this.root, WORKERS.check.script),
      root: this.root,
      workers: 1,
      onStart: () => undefined,
      onDone: () => undefined,
    });
    if (result === undefined) return;
    if (result.kind !== 'done') throw describeFailure(result);
    const identity = this.identity('check', CHECK);
    const all = { ...this.record.inputsOf(CHECK, identity), ...result.inputs };
    const present = new Set(listTargetCode(this.root));
    const inputs = Object.fromEntries(Object.entries(all).filter(([path]) => present.has(path)));
    this.record.set(CHECK, { identity, inputs, outputs: {} });
  }

  private stubStep(): Step {
    const subject = [listFolder(join(this.root, PROTOCOLS)), listPlacements(this.root)];
    const identity = this.identity('stubs', subject);
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

    let failure: BuildProblem | undefined;
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
    // Some lie in folders of their own.
    const current = new Set(stubs.map((stub) => stub.name.split('/')[0]));
    for (const name of listFolder(join(this.root, STUBS))) {
      if (!current.has(name)) rmSync(join(this.root, STUBS, name), { recursive: true });
    }
  }

  /** The initrds that the goal asks for; the stubs have to be there. */
  private initrds(): NamedInitrd[] {
    const initrds = this.systems.map(({ name, system }): NamedInitrd => {
      const contents = initrdContents(this.root, system, readManifest(this.root, system));
      return { name: initrdName(name), contents };
    });
    if (this.options.goal !== 'everything') return initrds;
    const placed = this.placements.map(({ name, system }): NamedInitrd => {
      const contents = initrdContents(this.root, system, readManifest(this.root, system));
      return { name: `${name}.cpio`, contents };
    });
    const mono = { name: MONO_INITRD, contents: monoInitrdContents(this.root) };
    return [...initrds, ...placed, mono];
  }

  private isInitrdFresh({ name, contents }: NamedInitrd): boolean {
    return this.record.isFresh(name, sha256(JSON.stringify(contents)), this.hashes);
  }

  private makeInitrd({ name, contents }: NamedInitrd): void {
    const { archive, inputs } = makeInitrd(this.root, contents);
    const path = `${RELEASE}/${name}`;
    const outputs = { [path]: this.write(path, archive) };
    this.record.set(name, { identity: sha256(JSON.stringify(contents)), inputs, outputs });
  }

  /** What the disk of the default system is to hold; undefined if that system is not built now. */
  private diskContents(): DiskContents | undefined {
    const initrd = this.initrds().find(({ name }) => name === initrdName(DEFAULT_SYSTEM));
    return initrd === undefined ? undefined : diskContents(this.root, initrd.contents);
  }

  private isDiskFresh(): boolean {
    const contents = this.diskContents();
    if (contents === undefined) return true;
    return this.record.isFresh(DISK_IMAGE, sha256(JSON.stringify(contents)), this.hashes);
  }

  private makeDisk(): void {
    const contents = this.diskContents();
    if (contents === undefined) return;
    const { image, inputs } = makeDisk(this.root, contents);
    const path = `${RELEASE}/${DISK_IMAGE}`;
    const outputs = { [path]: this.write(path, image) };
    this.record.set(DISK_IMAGE, { identity: sha256(JSON.stringify(contents)), inputs, outputs });
  }

  private isPublished(): boolean {
    return publications(this.root, this.options.goal).every(([from, to]) => {
      return this.hashes.of(from) !== null && this.hashes.of(from) === this.hashes.of(to);
    });
  }

  private publish(): void {
    for (const [from, to] of publications(this.root, this.options.goal)) {
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

function selectSystems(root: string, goal: BuildGoal): NamedSystem[] {
  if (goal === 'everything') return readSystems(root);
  return goal === 'micro' ? readSystems(root).filter(({ name }) => name === DEFAULT_SYSTEM) : [];
}

function describeFailure(failure: BuildProblem): Error {
  if (failure.kind === 'refused') return new InputError(failure.message);
  if (failure.kind === 'failed') {
    return new RunError(`the build has failed, and the last good images stay\n${failure.message}`);
  }
  const error = new Error(failure.message);
  error.stack = failure.stack;
  return error;
}

function initrdName(system: string): string {
  return system === DEFAULT_SYSTEM ? 'micro.cpio' : `micro-${system}.cpio`;
}
