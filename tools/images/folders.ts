/** Where the build reads and writes: repository paths with `/`. */

export const PROTOCOLS = 'userland/protocols';

/** What services stand on: where imports of `environment/…` lead. */
export const ENVIRONMENTS = {
  user: 'userland/environment/user',
  kernel: 'userland/environment/kernel',
} as const;

export const FIRMWARE = 'kernels/firmware';
export const MICRO = 'kernels/micro';
/** Each file in it describes a system that the microkernel can start. */
export const MICRO_SYSTEMS = `${MICRO}/images`;

export const MONO = 'kernels/mono';
/** The services that the monolithic kernel has inside. */
export const MONO_SYSTEM = `${MONO}/images/default.json`;

export const HYBRID = 'kernels/hybrid';
/** Each file in it says of every service whether it is inside the hybrid kernel or outside. */
export const HYBRID_SYSTEMS = `${HYBRID}/images`;
/** The placement that is booted when nobody asks for another. */
export const DEFAULT_PLACEMENT = 'split';

/** A placement's kernel image; the folder of its binding, among the stubs, has the same name. */
export function hybridImage(placement: string): string {
  return `hybrid-${placement}`;
}

/** Each folder in it is a program; tools/images/programs.ts says which lie in `/bin`. */
export const PROGRAMS = 'userland/programs';
/** What programs reach the microkernel through. */
export const MICRO_LIBSYS = 'userland/libsys/libsys-micro';
/** The same for the monolithic kernel. */
export const MONO_LIBSYS = 'userland/libsys/libsys-mono';

/** The files that the system has in its initrd beside the programs. */
export const DISK = 'userland/disk';

export const BUILD = 'build';
export const STUBS = `${BUILD}/stubs`;
/** Made with the stubs: the number of every protocol and method. */
export const PROTOCOL_NUMBERS = `${STUBS}/protocols.json`;
/** Every image of the release flavour, and what each was made from. */
export const RELEASE = `${BUILD}/release`;

/** What one of our kernels is booted from. */
export interface KernelFiles {
  readonly firmware: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: string;
}

/** What `vitrine boot micro` loads. */
export const MICRO_FILES: KernelFiles = {
  firmware: `${BUILD}/firmware.elf`,
  kernel: `${BUILD}/micro.elf`,
  initrd: `${BUILD}/micro.cpio`,
  disk: `${BUILD}/disk.img`,
};

/** What `vitrine boot mono` loads: the disk, and the programs on it, are the same. */
export const MONO_FILES: KernelFiles = {
  firmware: MICRO_FILES.firmware,
  kernel: `${BUILD}/mono.elf`,
  initrd: `${BUILD}/mono.cpio`,
  disk: MICRO_FILES.disk,
};

/** What `vitrine boot hybrid:PLACEMENT` loads. */
export function hybridFiles(placement: string): KernelFiles {
  const name = hybridImage(placement);
  return {
    firmware: MICRO_FILES.firmware,
    kernel: `${BUILD}/${name}.elf`,
    initrd: `${BUILD}/${name}.cpio`,
    disk: MICRO_FILES.disk,
  };
}
