/**
 * What the initrd (a cpio archive, `newc`) holds beside the files of userland/disk. Names are without
 * a leading `/`.
 */

/** The ELF file that the kernel loads as the first process. */
export const INIT_PATH: string = 'boot/init';

/** What init reads: the services of the image (userland/services/init/manifest.ts says how). */
export const MANIFEST_PATH: string = 'boot/manifest';

/** The folder with the ELF files of services and programs. */
export const BOOT_FOLDER: string = 'boot/';

/** What every program reaches the kernel through. */
export const LIBSYS_PATH: string = 'boot/libsys';
