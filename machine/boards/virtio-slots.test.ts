import { expect, it } from 'vitest';
import { MemoryDisk } from '../devices/virtio/disk.ts';
import { detachedBoard } from './detached-board.ts';
import { placeDevices } from './virtio-slots.ts';

const drive = (slot?: number) => ({
  disk: new MemoryDisk(new Uint8Array(512)),
  ...(slot === undefined ? {} : { slot }),
});

it('drives fill the slots in order, but for those that name one', () => {
  const drives = [drive(), drive(7), drive(), drive(1)];
  const [first, second, third, fourth] = drives;
  const nothing = undefined;
  expect(placeDevices({ drives })).toEqual(
    [first, fourth, third, nothing, nothing, nothing, nothing, second].map(
      (contents) => contents && { kind: 'drive', ...contents },
    ),
  );
});

it.each([
  ['a slot that is taken', [drive(1), drive()], 'drive 2 in virtio slot 1, which is taken'],
  ['a slot that does not exist', [drive(8)], 'drive 1 in virtio slot 8: there are 0 to 7'],
  ['too many', Array.from({ length: 9 }, () => drive()), 'drive 9 in virtio slot 8'],
])('refuses %s', (_name, drives, message) => {
  expect(() => placeDevices({ drives })).toThrow(message);
});

it('the board has eight slots, those without a drive empty', () => {
  const { bus } = detachedBoard({ ramBytes: 2 ** 20, harts: 1, drives: [drive(), drive(5)] });
  const ids = Array.from({ length: 8 }, (_, slot) => bus.read(0x1000_1008 + 0x1000 * slot, 4));
  expect(ids).toEqual([2, 0, 0, 0, 0, 2, 0, 0]);
});

it('the network card comes behind the drives, others behind it', () => {
  const port = { send: () => undefined, received: () => undefined };
  const net = { port, mac: Uint8Array.of(2, 0, 0, 0, 0, 1) };
  const console = { kind: 'console' as const, port: { transmit: () => undefined } };
  const entropy = { kind: 'entropy' as const, seed: 0, slot: 0 };
  const { bus } = detachedBoard({
    ...{ ramBytes: 2 ** 20, harts: 1, drives: [drive(5)], net, others: [console, entropy] },
  });
  const ids = Array.from({ length: 8 }, (_, slot) => bus.read(0x1000_1008 + 0x1000 * slot, 4));
  expect(ids).toEqual([4, 1, 3, 0, 0, 2, 0, 0]);
  expect(() => placeDevices({ drives: [drive(1)], net })).toThrow(
    'the network card in virtio slot 1, which is taken',
  );
});
