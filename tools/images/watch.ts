/**
 * Builds again whenever a source has changed. It looks at size and time of every file again and again:
 * unlike the events of a file system that loses none, however an editor saves, and what changes during
 * a build is seen after it.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../host/command-error.ts';

/** Where sources and descriptions lie. */
const WATCHED = ['kernels', 'userland'];
const POLL_MS = 200;
/** How long nothing may have changed before a build begins: editors write in several steps. */
const SETTLE_MS = 40;
/** As many changed files are named, the others counted. */
const MOST_NAMES = 3;

export interface WatchOptions {
  readonly root: string;
  /** @returns what was written; throws a CommandError about sources */
  readonly build: () => Promise<readonly string[]>;
  readonly print: (line: string) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** Size and time of change, by repository path. */
type Look = ReadonlyMap<string, string>;

function lookAt(root: string): Look {
  const look = new Map<string, string>();
  for (const folder of WATCHED) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const path = `${folder}/${name.replaceAll('\\', '/')}`;
      const stat = statSync(join(root, path), { throwIfNoEntry: false });
      if (stat?.isFile() === true) look.set(path, `${stat.size} ${stat.mtimeMs} ${stat.ino}`);
    }
  }
  return look;
}

function changes(before: Look, after: Look): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

/** Looks until nothing changes any more. */
async function settledLook(root: string, signal: AbortSignal): Promise<Look> {
  for (let look = lookAt(root); ;) {
    await pause(SETTLE_MS, signal);
    const next = lookAt(root);
    if (signal.aborted || changes(look, next).length === 0) return next;
    look = next;
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Rejects only because the watch ends, which whoever waits sees by the signal.
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

function namesOf(changed: readonly string[]): string {
  const more = changed.length - MOST_NAMES;
  const names = changed.slice(0, MOST_NAMES).join(', ');
  return more > 0 ? `${names} and ${more} more` : names;
}

/** Builds at once and after every change, one line for each build, until the signal comes. */
export async function watchAndBuild({ root, build, print, signal }: WatchOptions): Promise<void> {
  const isEnded = (): boolean => signal.aborted;
  let seen = lookAt(root);
  let subject = 'watching';
  while (!isEnded()) {
    const startedAt = performance.now();
    const outcome = await attempt(build, print, signal);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    if (!isEnded()) print(`${subject}: ${outcome} in ${seconds} s`);

    let changed: string[] = [];
    while (changed.length === 0 && !isEnded()) {
      const look = await settledLook(root, signal);
      changed = changes(seen, look);
      seen = look;
      if (changed.length === 0) await pause(POLL_MS, signal);
    }
    subject = namesOf(changed);
  }
}

async function attempt(
  build: WatchOptions['build'],
  print: WatchOptions['print'],
  signal: AbortSignal,
): Promise<string> {
  try {
    const written = await build();
    return written.length === 0 ? 'nothing to do' : `${written.length} files built`;
  } catch (error) {
    // Ctrl-C reaches the processes of the build too.
    if (signal.aborted) return 'left';
    if (!(error instanceof CommandError)) throw error;
    print(error.message);
    return 'not built';
  }
}
