/** Network card, console and entropy source offer what QEMU's do, and look as QEMU's do. */
import { expect, it } from 'vitest';
import { QemuOnWire } from '../../../test/network/qemu-on-a-wire.ts';
import { QEMU } from '../../../test/qemu-boot.ts';
import { describeWithWitness } from '../../../test/witness.ts';
import type { Device } from '../device.ts';
import { VirtioConsole } from './console.ts';
import { VirtioEntropy } from './entropy.ts';
import type { VirtioWiring } from './mmio.ts';
import { VirtioNet } from './net.ts';
import { DeviceBench, SLOT } from './testing/device-bench.ts';
import type { GuestBus } from './testing/guest-driver.ts';

const MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
const port = { transmit: () => undefined, send: () => undefined, received: () => undefined };

type Build = (wiring: VirtioWiring & { readonly name: string }) => Device;

const DEVICES: { name: string; theirs: string[]; build: Build }[] = [
  {
    name: 'net',
    theirs: ['-netdev', 'hubport,id=n,hubid=0', '-device', 'virtio-net-device,netdev=n'],
    build: (wiring) => new VirtioNet({ ...wiring, mac: MAC, port }),
  },
  {
    name: 'console',
    theirs: [
      ...['-device', 'virtio-serial-device', '-chardev', 'null,id=c'],
      ...['-device', 'virtconsole,chardev=c'],
    ],
    build: (wiring) => new VirtioConsole({ ...wiring, port }),
  },
  {
    name: 'entropy',
    theirs: ['-device', 'virtio-rng-device'],
    build: (wiring) => new VirtioEntropy({ ...wiring, seed: 1 }),
  },
];

/** Everything that a driver reads before it decides what to do. */
async function look(bus: GuestBus, slot: number): Promise<unknown> {
  const read = (offset: number, width: 1 | 2 | 4 = 4) => bus.read(slot + offset, width);
  const registers = [];
  for (const offset of [0, 4, 8, 0xc, 0x34, 0x60, 0x70]) registers.push(await read(offset));
  const features = [];
  for (const half of [0, 1]) {
    await bus.write(slot + 0x14, 4, half);
    features.push(await read(0x10));
  }
  const configuration = [];
  for (let at = 0; at < 24; at++) configuration.push(await read(0x100 + at, 1));
  const lengths = [];
  for (let queue = 0; queue < 70; queue++) {
    await bus.write(slot + 0x30, 4, queue);
    lengths.push(await read(0x34));
  }
  return { registers, features, configuration, lengths };
}

describeWithWitness(QEMU, 'virtio devices beside QEMU’s', () => {
  it.each(
    DEVICES.flatMap((device) => [
      { ...device, version: 'legacy' as const },
      { ...device, version: 'modern' as const },
    ]),
  )('$name, $version', async ({ theirs, build, version }) => {
    // QEMU fills its slots from the last to the first.
    const qemu = new QemuOnWire(version, theirs);
    try {
      const found = await look(qemu, 0x1000_8000);
      expect(await look(new DeviceBench(version, build), SLOT)).toEqual(found);
    } finally {
      await qemu.end();
    }
  });
});
