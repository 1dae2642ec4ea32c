/** How QEMU boots the images that `vitrine build` made. */
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../build', import.meta.url));

export const QEMU = 'qemu-system-riscv32';

/** In place of the files that a kernel has by default. */
export interface QemuFiles {
  readonly initrd?: string;
  /** A file, and behind commas options such as `snapshot=on`. */
  readonly drive?: string;
}

/** Arguments without the consoles, for one of our kernels. */
export function qemuBoot(kernel: string, files: QemuFiles = {}): readonly string[] {
  const { initrd = `${BUILD}/${kernel}.cpio`, drive = `${BUILD}/disk.img,snapshot=on` } = files;
  return [
    ...['-machine', 'virt', '-cpu', 'rv32,h=off', '-m', '128M', '-display', 'none'],
    ...['-monitor', 'none', '-no-reboot', '-bios', `${BUILD}/firmware.elf`],
    ...['-kernel', `${BUILD}/${kernel}.elf`, '-initrd', initrd],
    ...['-drive', `file=${drive},format=raw,if=none,id=disk`],
    ...['-device', 'virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0'],
  ];
}

/** The system that is booted when nobody asks for another. */
export const QEMU_BOOT: readonly string[] = qemuBoot('micro');
