/** How QEMU boots the images that `vitrine build` made. */
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../build', import.meta.url));

export const QEMU = 'qemu-system-riscv32';

/** Arguments without the consoles. */
export const QEMU_BOOT: readonly string[] = [
  ...['-machine', 'virt', '-cpu', 'rv32,h=off', '-m', '128M', '-display', 'none'],
  ...['-monitor', 'none', '-no-reboot', '-bios', `${BUILD}/firmware.elf`],
  ...['-kernel', `${BUILD}/micro.elf`, '-initrd', `${BUILD}/micro.cpio`],
  ...['-drive', `file=${BUILD}/disk.img,format=raw,if=none,id=disk,snapshot=on`],
  ...['-device', 'virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0'],
];
