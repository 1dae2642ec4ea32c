/**
 * What the last build was made from, so that the next one makes only what has changed. Everything
 * is compared by content: a file that was touched, or changed and changed back, costs nothing.
 */
import { readFileSync } from 'node:fs';
import type { FileHashes, KnownFile, KnownFiles } from './file-hashes.ts';
import { replaceFile } from './replace-file.ts';

/** Raised when the record's form changes; an older record then counts as none. */
const FORMAT = 1;

/** Hashes by repository path; null: there was no such file. */
export type Inputs = Readonly<Record<string, string | null>>;

export interface JobRecord {
  /** What decides the outputs beside files: the description, the tools, the list of what takes part. */
  readonly identity: string;
  readonly inputs: Inputs;
  readonly outputs: Readonly<Record<string, string>>;
}

interface StoredRecord {
  readonly format: typeof FORMAT;
  readonly files: KnownFiles;
  readonly jobs: Readonly<Record<string, JobRecord>>;
}

export class BuildRecord {
  private readonly jobs: Map<string, JobRecord>;
  /** What is known of files since the last build. */
  readonly files: KnownFiles;

  private constructor(
    private readonly path: string,
    stored: StoredRecord | undefined,
  ) {
    this.jobs = new Map(Object.entries(stored?.jobs ?? {}));
    this.files = stored?.files ?? {};
  }

  /** The record at `path`. One that is absent or damaged is empty: everything is built again. */
  static load(path: string): BuildRecord {
    try {
      const stored: unknown = JSON.parse(readFileSync(path, 'utf8'));
      return new BuildRecord(path, isStoredRecord(stored) ? stored : undefined);
    } catch {
      return new BuildRecord(path, undefined);
    }
  }

  /** Whether a job's outputs are there and are what building them now would give. */
  isFresh(name: string, identity: string, hashes: FileHashes): boolean {
    const job = this.jobs.get(name);
    if (job?.identity !== identity) return false;
    const files = [...Object.entries(job.inputs), ...Object.entries(job.outputs)];
    return files.every(([path, hash]) => hashes.of(path) === hash);
  }

  /** What a job was made from the last time, if the same decides about it beside files. */
  inputsOf(name: string, identity: string): Inputs {
    const job = this.jobs.get(name);
    return job?.identity === identity ? job.inputs : {};
  }

  /** Notes what a job was made from and has made. */
  set(name: string, job: JobRecord): void {
    this.jobs.set(name, job);
  }

  /** Forgets all jobs but those in `names`. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of [...this.jobs.keys()]) if (!names.has(name)) this.jobs.delete(name);
  }

  save(hashes: FileHashes): void {
    const jobs = [...this.jobs].sort(([a], [b]) => (a < b ? -1 : 1));
    // Asks for every file once, so that the next build knows them all.
    for (const [, { inputs, outputs }] of jobs) {
      for (const path of [...Object.keys(inputs), ...Object.keys(outputs)]) hashes.of(path);
    }
    const stored: StoredRecord = {
      format: FORMAT,
      files: hashes.toKnownFiles(),
      jobs: Object.fromEntries(jobs),
    };
    replaceFile(this.path, JSON.stringify(stored, undefined, 1));
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStoredRecord(value: unknown): value is StoredRecord {
  return (
    isObject(value) &&
    value['format'] === FORMAT &&
    isObject(value['files']) &&
    Object.values(value['files']).every(isKnownFile) &&
    isObject(value['jobs']) &&
    Object.values(value['jobs']).every(isJobRecord)
  );
}

function isKnownFile(value: unknown): value is KnownFile {
  return (
    isObject(value) &&
    typeof value['size'] === 'number' &&
    typeof value['mtimeMs'] === 'number' &&
    typeof value['sha256'] === 'string'
  );
}

function isJobRecord(value: unknown): value is JobRecord {
  return (
    isObject(value) &&
    typeof value['identity'] === 'string' &&
    isObject(value['inputs']) &&
    isObject(value['outputs'])
  );
}
