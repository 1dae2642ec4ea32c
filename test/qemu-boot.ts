/** How QEMU boots the images that `vitrine build` made. */
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../build', import.meta.url));

export const QEMU = 'qemu-system-riscv32';

/**
 * Arguments without the consoles.
 *
 * @param initrd a file
 * @param drive a file, and behind commas options such as `snapshot=on`
 */
export function qemuBoot(initrd: string, drive: string): readonly string[] {
  return [
    ...['-machine', 'virt', '-cpu', 'rv32,h=off', '-m', '128M', '-display', 'none'],
    ...['-monitor', 'none', '-no-reboot', '-bios', `${BUILD}/firmware.elf`],
    ...['-kernel', `${BUILD}/micro.elf`, '-initrd', initrd],
    ...['-drive', `file=${drive},format=raw,if=none,id=disk`],
    ...['-device', 'virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0'],
  ];
}

/** The system that is booted when nobody asks for another. */
export const QEMU_BOOT = qemuBoot(`${BUILD}/micro.cpio`, `${BUILD}/disk.img,snapshot=on`);
