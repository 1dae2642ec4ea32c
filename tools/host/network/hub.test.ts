import fc from 'fast-check';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../../machine/bus/physical-memory.ts';
import { QueueDriver } from '../../../machine/devices/virtio/testing/queue-driver.ts';
import { campaign } from '../../../test/campaign.ts';
import { QemuOnWire } from '../../../test/network/qemu-on-a-wire.ts';
import { QEMU } from '../../../test/qemu-boot.ts';
import { describeWithWitness } from '../../../test/witness.ts';
import { encodeFrame, FrameReader } from './frame-stream.ts';
import { WireMember } from './hub.ts';
import { wireFolder, wirePlace } from './wire-folder.ts';
import { Wire } from './wire.ts';

const MS = 1;
const PATIENCE_MS = 5000;

const frame = (length: number, fill: number) => new Uint8Array(length).fill(fill);

let base: string;
let folder: string;
const members: WireMember[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'vitrine-hub-'));
  folder = wireFolder(base);
});

afterEach(() => {
  for (const member of members.splice(0)) member.close();
  rmSync(base, { recursive: true });
});

async function joinWire(received: Uint8Array[] = []): Promise<WireMember> {
  const member = await WireMember.join(wirePlace('test', folder), (bytes) => received.push(bytes));
  members.push(member);
  return member;
}

/** Waits until something is so, which takes as long as the host's sockets take. */
async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += MS) {
    if (waited > PATIENCE_MS) throw new Error('it does not become so');
    await new Promise((resolve) => setTimeout(resolve, MS));
  }
}

describe('a wire', () => {
  it('carries what one sends to all others', () => {
    const wire = new Wire();
    const got: string[] = [];
    const [a, b] = ['a', 'b', 'c'].map((name) => wire.attach(() => got.push(name)));
    a.send(frame(60, 1));
    expect(got).toEqual(['b', 'c']);
    b.close();
    a.send(frame(60, 1));
    expect([got, wire.size]).toEqual([['b', 'c', 'c'], 2]);
  });

  it('reaches over a socket: the first is the hub', async () => {
    const [first, second, third]: Uint8Array[][] = [[], [], []];
    const hub = await joinWire(first);
    const peer = await joinWire(second);
    await joinWire(third);
    expect([hub.isHub, peer.isHub]).toEqual([true, false]);
    peer.send(frame(60, 2));
    await until(() => first.length === 1 && third.length === 1);
    hub.send(frame(70, 1));
    await until(() => second.length === 1 && third.length === 2);
    expect(third).toEqual([frame(60, 2), frame(70, 1)]);
    expect(second).toEqual([frame(70, 1)]);
  });

  it('goes on when the hub goes', async () => {
    const [second, third]: Uint8Array[][] = [[], []];
    const hub = await joinWire();
    const peer = await joinWire(second);
    const other = await joinWire(third);
    hub.close();
    await until(() => peer.isHub || other.isHub);
    for (let sent = 0; second.length === 0 || third.length === 0; sent++) {
      if (sent > PATIENCE_MS) throw new Error('they do not meet again');
      peer.send(frame(60, 1));
      other.send(frame(60, 2));
      await new Promise((resolve) => setTimeout(resolve, MS));
    }
    expect([second[0], third[0]]).toEqual([frame(60, 2), frame(60, 1)]);
  });

  it('lies in a folder of its owner, and leaves nothing there', async () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const hub = await joinWire();
    hub.close();
    expect(readdirSync(folder)).toEqual([]);
    const place = wirePlace('test', folder);
    const [one, two] = [place.takeNumber(), place.takeNumber()];
    expect([one.number, two.number]).toEqual([0, 1]);
    one.lock.release();
    const again = place.takeNumber();
    expect(again.number).toBe(0);
    again.lock.release();
    two.lock.release();
  });
});

describe('a peer that sends nonsense', () => {
  it('loses frames that are none, or its connection', async () => {
    const received: Uint8Array[] = [];
    await joinWire(received);
    const peer = connect(wirePlace('test', folder).address);
    peer.on('error', () => undefined);
    peer.write(encodeFrame(frame(13, 1)));
    peer.write(encodeFrame(new Uint8Array(0)));
    peer.write(encodeFrame(frame(60, 2)));
    peer.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    let isClosed = false;
    peer.on('close', () => (isClosed = true));
    peer.resume();
    await until(() => isClosed);
    expect(received).toEqual([frame(60, 2)]);
  });

  it('never makes a reader keep more than a frame, or see one of impossible length', () => {
    const length = fc.oneof(
      fc.nat(80),
      fc.nat(0xffff_ffff),
      fc.constantFrom(13, 14, 65_536, 65_537),
    );
    const message = fc.record({ length, bytes: fc.uint8Array({ maxLength: 80 }) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.nat(7), (messages, cut) => {
        const frames: number[] = [];
        const reader = new FrameReader(({ length: bytes }) => frames.push(bytes));
        const stream = messages.flatMap((sent) => {
          const header = new Uint8Array(4);
          new DataView(header.buffer).setUint32(0, sent.length);
          return [...header, ...sent.bytes];
        });
        for (let at = 0; at < stream.length; at += cut + 1) {
          if (!reader.push(Uint8Array.from(stream.slice(at, at + cut + 1)))) break;
        }
        expect(frames.every((bytes) => bytes >= 14 && bytes <= 65_536)).toBe(true);
      }),
      campaign(300),
    );
  });

  it('a stream is the same frames however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 14, maxLength: 90 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        (sent, cut) => {
          const got: Uint8Array[] = [];
          const reader = new FrameReader((bytes) => got.push(bytes));
          const stream = Uint8Array.from(sent.flatMap((bytes) => [...encodeFrame(bytes)]));
          for (let at = 0; at < stream.length; at += cut) {
            expect(reader.push(stream.slice(at, at + cut))).toBe(true);
          }
          expect(got).toEqual(sent);
        },
      ),
      campaign(100),
    );
  });
});

describeWithWitness(QEMU, 'QEMU on the wire', () => {
  it('sends to us and hears us', async () => {
    const received: Uint8Array[] = [];
    const hub = await joinWire(received);
    const { address } = wirePlace('test', folder);
    const qemu = new QemuOnWire('modern', [
      ...['-netdev', `stream,id=wire,server=off,addr.type=unix,addr.path=${address}`],
      ...['-device', 'virtio-net-device,netdev=wire,bus=virtio-mmio-bus.0'],
    ]);
    try {
      const driver = new QueueDriver(qemu, {
        ...{ slot: 0x1000_1000, memory: RAM_BASE + 0x4_0000, isModern: true, queues: 2 },
        features: [32],
      });
      await driver.initialise();
      await driver.offer(1, new Uint8Array(12), frame(100, 7));
      await driver.notify(1);
      await until(() => received.length > 0);
      expect(received).toEqual([frame(100, 7)]);
      await driver.offer(0, 1600);
      await driver.notify(0);
      hub.send(frame(90, 9));
      let answer = await driver.collect(0);
      for (let pauses = 0; answer === undefined && pauses < 400; pauses++) {
        await qemu.pause();
        answer = await driver.collect(0);
      }
      expect(answer?.written.slice(12, answer.usedLength)).toEqual(frame(90, 9));
    } finally {
      await qemu.end();
    }
  });
});
