/**
 * The SHA-256 of files, without reading those that have not changed: size and time of change
 * answer for a file whose hash is known.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface KnownFile {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/** What survives between two builds: by path relative to the repository, with `/`. */
export type KnownFiles = Readonly<Record<string, KnownFile>>;

/**
 * A file that changed this recently may change again within the same tick of its file system's
 * clock, so its size and time do not answer for it.
 */
const SETTLED_MS = 50;

export function sha256(contents: Uint8Array | string): string {
  return createHash('sha256').update(contents).digest('hex');
}

export class FileHashes {
  private readonly hashes = new Map<string, string | null>();
  private readonly known = new Map<string, KnownFile>();

  constructor(
    private readonly root: string,
    private readonly previous: KnownFiles,
  ) {}

  /** The hash of a file's contents, or null if there is no such file. Asked once per path. */
  of(path: string): string | null {
    const seen = this.hashes.get(path);
    if (seen !== undefined) return seen;
    const hash = this.look(path);
    this.hashes.set(path, hash);
    return hash;
  }

  /** Notes a file that was just written, and is not going to be changed by anybody else. */
  noteWritten(path: string, hash: string): void {
    const { size, mtimeMs } = statSync(join(this.root, path));
    this.hashes.set(path, hash);
    this.known.set(path, { size, mtimeMs, sha256: hash });
  }

  /** What to keep for the next build. */
  toKnownFiles(): KnownFiles {
    return Object.fromEntries([...this.known].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private look(path: string): string | null {
    const absolute = join(this.root, path);
    const stat = statSync(absolute, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) return null;
    const { size, mtimeMs } = stat;
    const before = Object.hasOwn(this.previous, path) ? this.previous[path] : undefined;
    const unchanged = before?.size === size && before.mtimeMs === mtimeMs;
    const hash = unchanged ? before.sha256 : sha256(readFileSync(absolute));
    if (unchanged || mtimeMs < Date.now() - SETTLED_MS) {
      this.known.set(path, { size, mtimeMs, sha256: hash });
    }
    return hash;
  }
}
