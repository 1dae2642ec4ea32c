/** Where the build reads and writes: repository paths with `/`. */

export const PROTOCOLS = 'userland/protocols';

/** Folders whose own folders may each describe an image. */
export const IMAGE_FOLDERS = ['kernels', 'userland/services', 'userland/programs'];

/** The files that the system has in its initrd beside the programs. */
export const DISK = 'userland/disk';

export const BUILD = 'build';
export const STUBS = `${BUILD}/stubs`;
/** Every image of the release flavour, and what each was made from. */
export const RELEASE = `${BUILD}/release`;

/** What `vitrine boot micro` loads. */
export const MICRO_FILES = {
  firmware: `${BUILD}/firmware.elf`,
  kernel: `${BUILD}/micro.elf`,
  initrd: `${BUILD}/micro.cpio`,
} as const;
