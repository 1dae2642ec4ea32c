/**
 * The virtio network card.
 *
 * Time: the card sends one frame after the other, and each takes `TRANSMIT_CYCLES`, after which it is
 * on the wire and its buffers are given back. Frames come in through `offer`, between two slices,
 * and are in the driver's buffers at that instant, or as soon as the driver has given some.
 *
 * What QEMU does and drivers may rely on: the filter lets everything pass until the driver sets it;
 * a header and its frame may be cut into buffers anywhere; commands are carried out before the
 * notification returns; a frame that does not fit into unmergeable buffers is lost, and the buffers
 * are kept for the next.
 *
 * Source: Virtual I/O Device 1.2, 5.1 "Network Device"; QEMU hw/net/virtio-net.c.
 */

import type { Alarm, Timebase } from '../device.ts';
import { NEVER } from '../device-state.ts';
import { CONFIG, Feature, STATUS_DRIVER_OK, type TransportState } from './mmio-registers.ts';
import { VirtioMmio, type VirtioWiring } from './mmio.ts';
import { commandFilter, passesFilter, resetFilter } from './net-filter.ts';
import { FrameQueue, isFrameLength, type NetPort } from './net-link.ts';
import {
  ACK_BYTES,
  COMMAND_BYTES,
  CONFIG_BYTES,
  CONTROL_QUEUE,
  ControlAck,
  declareNet,
  HEADER_BYTES,
  LINK_STATUS,
  LINK_UP,
  MAC,
  MAC_BYTES,
  MERGEABLE_HEADER_BYTES,
  NET_DEVICE_ID,
  NET_QUEUE_SIZE,
  NET_QUEUES,
  NetFeature,
  NUM_BUFFERS,
  RECEIVE_QUEUE,
  TRANSMIT_QUEUE,
} from './net-registers.ts';
import { byteLength, gather, scatter, splitAt } from './segments.ts';
import type { Chain, Virtqueue } from './virtqueue.ts';

/** How long it takes to send a frame, in cycles: a microsecond. */
export const TRANSMIT_CYCLES = 1000;
/** Longest command: both address lists full, and more than full. */
const LONGEST_COMMAND = 0x2000;

export interface NetOptions extends VirtioWiring {
  /** The slot's name. */
  readonly name: string;
  /** Hardware address: `MAC_BYTES` bytes. */
  readonly mac: Uint8Array;
  readonly port: NetPort;
}

/** What the card offers: QEMU's features where the host's end does no offloading. */
function netFeatures({ version }: NetOptions): bigint {
  return (
    NetFeature.ControlGuestOffloads |
    NetFeature.Mac |
    NetFeature.MergeableReceiveBuffers |
    NetFeature.Status |
    NetFeature.ControlQueue |
    NetFeature.ControlReceive |
    NetFeature.ControlVlan |
    NetFeature.ControlReceiveExtra |
    NetFeature.GuestAnnounce |
    NetFeature.ControlMacAddress |
    (version === 'legacy' ? NetFeature.AnyGso | Feature.AnyLayout : 0n)
  );
}

export class VirtioNet extends VirtioMmio<ReturnType<typeof declareNet>['state']> {
  private readonly time: Timebase;
  private readonly transmitted: Alarm;
  private readonly address: Uint8Array;
  private readonly port: NetPort;
  /** Frames that the host has offered and the card has no buffers for yet. */
  private readonly arrived = new FrameQueue();
  readonly hostEnds = [this.arrived];

  constructor(options: NetOptions) {
    const { name, version, mac, port, timebase } = options;
    const kind = {
      deviceId: NET_DEVICE_ID,
      features: netFeatures(options),
      queues: NET_QUEUES,
      queueSize: NET_QUEUE_SIZE,
    };
    super(declareNet(name, version), kind, options);
    this.address = mac.slice(0, MAC_BYTES);
    this.port = port;
    this.time = timebase;
    this.transmitted = timebase.alarm(`${name} transmit`, () => this.onTransmitted());
  }

  /**
   * Where frames enter the machine; the bytes stay as they are from now on. Called while the machine
   * does not run. A frame of an impossible length is lost, and so is one too many.
   */
  offer(frame: Uint8Array): void {
    if (this.arrived.add(frame)) this.receive();
  }

  protected override transportPart(): TransportState {
    return this.state;
  }

  protected override readConfiguration(): Uint8Array {
    const configuration = new Uint8Array(CONFIG_BYTES);
    configuration.set(this.state.mac, MAC);
    configuration[LINK_STATUS] = LINK_UP;
    return configuration;
  }

  /** Drivers that know no better way change the hardware address here. */
  protected override writeConfiguration(offset: number, width: number, value: number): void {
    const isWritable =
      !this.hasFeature(NetFeature.ControlMacAddress) && !this.hasFeature(Feature.Version1);
    if (!isWritable || offset + width > MAC + MAC_BYTES) {
      this.reportWrite(CONFIG + offset, width, value, 'configuration is read-only here');
      return;
    }
    for (let byte = 0; byte < width; byte++) {
      this.state.mac[offset + byte] = (value >>> (8 * byte)) & 0xff;
    }
  }

  protected override onDriverOk(): void {
    this.receive();
  }

  protected override onDriverReset(): void {
    resetFilter(this.state, this.address);
    this.arrived.clear();
    this.setTransmitDue(NEVER);
  }

  protected override onNotify(queue: Virtqueue): void {
    switch (queue.index) {
      case RECEIVE_QUEUE:
        this.receive();
        break;
      case TRANSMIT_QUEUE:
        if (this.state.transmitDue === NEVER) this.startTransmit();
        break;
      case CONTROL_QUEUE:
        this.control(queue);
        break;
    }
  }

  /** The header comes first in every buffer; nothing in it says anything to this card. */
  private get headerBytes(): number {
    const isLong =
      this.hasFeature(NetFeature.MergeableReceiveBuffers) || this.hasFeature(Feature.Version1);
    return isLong ? MERGEABLE_HEADER_BYTES : HEADER_BYTES;
  }

  private get isDriven(): boolean {
    return (this.state.status & STATUS_DRIVER_OK) !== 0 && !this.isBroken;
  }

  private startTransmit(): void {
    this.setTransmitDue(this.time.now + TRANSMIT_CYCLES);
  }

  private setTransmitDue(due: number): void {
    this.state.transmitDue = due;
    if (due === NEVER) this.transmitted.clear();
    else this.transmitted.set(due);
  }

  private onTransmitted(): void {
    this.state.transmitDue = NEVER;
    const queue = this.queues[TRANSMIT_QUEUE];
    const taken = queue.take();
    switch (taken.kind) {
      case 'empty':
        queue.askForNotification();
        break;
      case 'nonsense':
        this.breakDown(queue, taken.problem);
        break;
      case 'chain':
        this.transmit(queue, taken.chain);
        break;
    }
  }

  private transmit(queue: Virtqueue, chain: Chain): void {
    if (chain.readable.length === 0) {
      this.breakDown(queue, 'frame without header');
      return;
    }
    const [, data] = splitAt(chain.readable, this.headerBytes);
    if (isFrameLength(byteLength(data))) this.port.send(gather(this.memory, data));
    this.complete(queue, chain, 0);
    if (queue.isEmpty) queue.askForNotification();
    else this.startTransmit();
  }

  /** Puts what has arrived into the driver's buffers, as far as there are any. */
  private receive(): void {
    const queue = this.queues[RECEIVE_QUEUE];
    for (let frame = this.arrived.first(); frame !== undefined; frame = this.arrived.first()) {
      if (this.isDriven && queue.isReady) {
        const passes = passesFilter(this.state, frame, this.hasFeature(NetFeature.ControlVlan));
        if (passes && !this.store(queue, frame)) return;
      }
      this.arrived.drop();
      this.port.received(frame);
    }
  }

  /** False if the frame has to wait for buffers. */
  private store(queue: Virtqueue, frame: Uint8Array): boolean {
    const isMergeable = this.hasFeature(NetFeature.MergeableReceiveBuffers);
    const packet = new Uint8Array(this.headerBytes + frame.length);
    packet.set(frame, this.headerBytes);
    const chains: Chain[] = [];
    for (let room = 0; room < packet.length;) {
      const taken = queue.take();
      if (taken.kind === 'empty') {
        queue.putBack(chains.length);
        queue.askForNotification();
        return false;
      }
      if (taken.kind === 'nonsense' || taken.chain.writable.length === 0) {
        this.breakDown(queue, taken.kind === 'nonsense' ? taken.problem : 'nothing to write to');
        return true;
      }
      room += byteLength(taken.chain.writable);
      chains.push(taken.chain);
      if (!isMergeable && room < packet.length) {
        queue.putBack(chains.length);
        return true;
      }
    }
    if (this.headerBytes === MERGEABLE_HEADER_BYTES) {
      new DataView(packet.buffer).setUint16(NUM_BUFFERS, chains.length, true);
    }
    this.fill(queue, chains, packet);
    return true;
  }

  /** Spreads a packet over chains that hold it. */
  private fill(queue: Virtqueue, chains: readonly Chain[], packet: Uint8Array): void {
    let at = 0;
    for (const [index, chain] of chains.entries()) {
      const piece = packet.subarray(at, at + byteLength(chain.writable));
      scatter(this.memory, chain.writable, piece);
      at += piece.length;
      if (index === chains.length - 1) this.complete(queue, chain, piece.length);
      else queue.giveBack(chain, piece.length);
    }
  }

  /** Carries out every command that waits; there are at most as many as the queue is long. */
  private control(queue: Virtqueue): void {
    for (;;) {
      const taken = queue.take();
      if (taken.kind === 'empty') break;
      if (taken.kind === 'nonsense') {
        this.breakDown(queue, taken.problem);
        return;
      }
      if (!this.command(queue, taken.chain)) return;
    }
    queue.askForNotification();
  }

  private command(queue: Virtqueue, chain: Chain): boolean {
    const { readable, writable } = chain;
    const bytes = byteLength(readable);
    if (bytes < COMMAND_BYTES || writable.length === 0) {
      this.breakDown(queue, 'command without header or acknowledgement');
      return false;
    }
    let ack: ControlAck = ControlAck.Error;
    if (bytes <= LONGEST_COMMAND) {
      const request = gather(this.memory, readable);
      const [kind, command] = request;
      ack = commandFilter(this.state, kind, command, request.subarray(COMMAND_BYTES));
    }
    scatter(this.memory, writable, Uint8Array.of(ack));
    this.complete(queue, chain, ACK_BYTES);
    return true;
  }

  protected override stateReplaced(cause: 'reset' | 'restore'): void {
    if (cause === 'reset') {
      this.state.mac.set(this.address);
      this.arrived.clear();
    }
    this.setTransmitDue(this.state.transmitDue);
  }
}
