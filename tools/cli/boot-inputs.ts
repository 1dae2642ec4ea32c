/** What `vitrine boot` and `vitrine debug` start: the files that the command line names, or our own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NO_KERNEL, readBootFile, readInitrd, type LoadedBootFile } from '../host/boot-files.ts';
import { needsFirmware } from '../host/boot-plan.ts';
import { InputError } from '../host/command-error.ts';
import { build } from '../images/build.ts';
import {
  DEFAULT_PLACEMENT,
  hybridFiles,
  MICRO_FILES,
  MONO_FILES,
  type KernelFiles,
} from '../images/folders.ts';
import { listPlacements } from '../images/placements.ts';
import { nearest } from './nearest.ts';

/** The kernel that is started unless another is named. */
export const MICRO = 'micro';
/** Its placement may follow after a colon. */
const HYBRID = 'hybrid';

/** What there is by name. */
const OWN_FILES = new Map([
  [MICRO, MICRO_FILES],
  ['mono', MONO_FILES],
  [HYBRID, hybridFiles(DEFAULT_PLACEMENT)],
]);
/** In place of a file: no firmware. */
const NO_FIRMWARE = 'none';

export interface BootFileOptions {
  /** A kernel's name or file; undefined: there is none. */
  readonly kernel: string | undefined;
  /** `--bios` */
  readonly bios: string | undefined;
  /** `--initrd` */
  readonly initrd: string | undefined;
}

export interface BootInputs {
  readonly kernel: LoadedBootFile;
  readonly firmware: LoadedBootFile | undefined;
  readonly initrd: ReturnType<typeof readInitrd> | undefined;
}

/** Whether a kernel is one of ours, by its name: it has the disk of userland/disk. */
export function isOwnKernel(kernel: string): boolean {
  return OWN_FILES.has(kernel) || kernel.startsWith(`${HYBRID}:`);
}

/** What one of ours is booted from; undefined if it is none. */
function ownFiles(root: string, kernel: string): KernelFiles | undefined {
  if (!kernel.startsWith(`${HYBRID}:`)) return OWN_FILES.get(kernel);
  const placement = kernel.slice(HYBRID.length + 1);
  const placements = listPlacements(root);
  if (placements.includes(placement)) return hybridFiles(placement);
  throw new InputError(`unknown placement "${placement}": there is ${placements.join(', ')}`);
}

/**
 * Reads everything, and builds what is ours and stale.
 * @throws InputError about a file that cannot be used
 */
export async function readBootInputs(root: string, options: BootFileOptions): Promise<BootInputs> {
  const { kernel, bios, initrd } = options;
  const files = kernel === undefined ? undefined : ownFiles(root, kernel);
  // What the person named is looked at before anything is built for it.
  const named = {
    kernel: kernel === undefined ? NO_KERNEL : files === undefined ? readKernel(kernel) : undefined,
    firmware:
      bios === undefined || bios === NO_FIRMWARE ? undefined : readBootFile(bios, 'firmware'),
    initrd: initrd === undefined ? undefined : readInitrd(initrd),
  };
  const ownFirmware =
    bios === undefined && (named.kernel === undefined || needsFirmware(named.kernel.file));
  if (named.kernel === undefined || ownFirmware) {
    const goal = named.kernel === undefined ? 'everything' : 'firmware';
    await build({ root, terminal: process.stderr, goal });
  }
  const own = (path: string, role: string): LoadedBootFile => readBootFile(join(root, path), role);
  return {
    kernel: named.kernel ?? own((files ?? MICRO_FILES).kernel, 'kernel'),
    firmware: ownFirmware ? own(MICRO_FILES.firmware, 'firmware') : named.firmware,
    initrd:
      named.initrd ?? (files === undefined ? undefined : readInitrd(join(root, files.initrd))),
  };
}

function readKernel(kernel: string): LoadedBootFile {
  const looksLikeFile = /[./\\]/.test(kernel);
  if (!looksLikeFile && !existsSync(kernel)) {
    const kernels = [...OWN_FILES.keys()];
    const meant = nearest(kernel, kernels);
    const hint = meant === undefined ? `there is ${kernels.join(', ')}` : `did you mean ${meant}?`;
    throw new InputError(`unknown kernel "${kernel}": ${hint}`);
  }
  return readBootFile(kernel, 'kernel');
}
