/** What `vitrine boot` and `vitrine debug` start: the files that the command line names, or our own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FLASH_BANKS } from '../../machine/boards/virt-memory-map.ts';
import type { FwCfgKernel } from '../../machine/devices/fw-cfg-entries.ts';
import {
  NO_KERNEL,
  readBootFile,
  readInitrd,
  readInputFile,
  type LoadedBootFile,
} from '../host/boot-files.ts';
import { needsFirmware } from '../host/boot-plan.ts';
import { InputError } from '../host/command-error.ts';
import { MACHINE_BANK, SUPERVISOR_BANK, type FlashOption } from '../host/flash-option.ts';
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
  /** `--pflash`: the banks that have contents. */
  readonly flash?: readonly FlashOption[];
}

export interface BootInputs {
  readonly kernel: LoadedBootFile;
  readonly firmware: LoadedBootFile | undefined;
  readonly initrd: ReturnType<typeof readInitrd> | undefined;
  /** Where firmware goes on, if that is not the kernel: in flash. */
  readonly entry?: number;
  /** What is found there under `fw_cfg`; nothing of it is in RAM then. */
  readonly fwCfg?: FwCfgKernel;
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
  const { kernel, bios, initrd, flash = [] } = options;
  if (flash.some(({ unit }) => unit === SUPERVISOR_BANK)) return readFlashInputs(root, options);
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

/**
 * Firmware in flash starts the kernel: that is handed over as it is in its file, and the initrd too.
 * Firmware in machine mode is not needed where the machine starts from flash.
 */
async function readFlashInputs(root: string, options: BootFileOptions): Promise<BootInputs> {
  const { kernel, bios, initrd, flash = [] } = options;
  const own = kernel === undefined ? undefined : ownFiles(root, kernel);
  const needsOwnFirmware = bios === undefined && !flash.some(({ unit }) => unit === MACHINE_BANK);
  const firmware =
    bios === undefined || bios === NO_FIRMWARE ? undefined : readBootFile(bios, 'firmware');
  const disk = initrd === undefined ? undefined : readInitrd(initrd);
  if (own !== undefined || needsOwnFirmware) {
    const goal = own === undefined ? 'firmware' : 'everything';
    await build({ root, terminal: process.stderr, goal });
  }
  const path = own === undefined ? kernel : join(root, own.kernel);
  const ownDisk = own === undefined ? undefined : readInitrd(join(root, own.initrd));
  const loaded = disk ?? ownDisk;
  const fwCfg =
    path === undefined
      ? undefined
      : {
          kernel: readInputFile(path, 'kernel'),
          ...(loaded === undefined ? {} : { initrd: loaded.bytes }),
        };
  return {
    kernel: NO_KERNEL,
    firmware: needsOwnFirmware
      ? readBootFile(join(root, MICRO_FILES.firmware), 'firmware')
      : firmware,
    initrd: undefined,
    entry: FLASH_BANKS[SUPERVISOR_BANK].base,
    ...(fwCfg === undefined ? {} : { fwCfg }),
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
