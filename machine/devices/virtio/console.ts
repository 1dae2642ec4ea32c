/**
 * The virtio console: one port, which is a console.
 *
 * Time: output is written when the driver notifies the device, as on QEMU, and its buffers are given
 * back before the notification returns; what is longer than `PIECE_BYTES` goes on after
 * `PIECE_CYCLES`, piece by piece, so that no notification takes for ever. Input enters through
 * `offer`, between two slices, and waits at the host's end until the driver has given buffers.
 *
 * Source: Virtual I/O Device 1.2, 5.3 "Console Device"; QEMU hw/char/virtio-serial-bus.c.
 */

import type { Alarm, Timebase } from '../device.ts';
import { NEVER } from '../device-state.ts';
import { BREAK, SerialInputQueue, type SerialPort } from '../serial-port.ts';
import {
  CONFIG_BYTES,
  CONSOLE_DEVICE_ID,
  CONSOLE_PORTS,
  CONSOLE_QUEUE_SIZE,
  CONSOLE_QUEUES,
  ConsoleFeature,
  CONTROL_BYTES,
  CONTROL_EVENT,
  CONTROL_ID,
  CONTROL_RECEIVE_QUEUE,
  CONTROL_TRANSMIT_QUEUE,
  CONTROL_VALUE,
  ControlEvent,
  declareConsole,
  EMERG_WR,
  MAX_NR_PORTS,
  PORT,
  RECEIVE_QUEUE,
  TRANSMIT_QUEUE,
} from './console-registers.ts';
import { CONFIG, Feature, STATUS_DRIVER_OK, type TransportState } from './mmio-registers.ts';
import { VirtioMmio, type VirtioWiring } from './mmio.ts';
import { byteLength, gather, scatter, splitAt } from './segments.ts';
import type { Chain, Virtqueue } from './virtqueue.ts';

/** Output is written in pieces of at most this, in bytes. */
export const PIECE_BYTES = 4096;
/** From one piece to the next, in cycles. */
export const PIECE_CYCLES = 1000;
/** Port 0 and the control messages have the first four queues; the others belong to no port. */
const USED_QUEUES = 4;

export interface ConsoleOptions extends VirtioWiring {
  /** The slot's name. */
  readonly name: string;
  readonly port: SerialPort;
}

export class VirtioConsole extends VirtioMmio<ReturnType<typeof declareConsole>['state']> {
  private readonly time: Timebase;
  private readonly port: SerialPort;
  private readonly pieceDue: Alarm;
  private readonly input = new SerialInputQueue();
  readonly hostEnds = [this.input];

  constructor(options: ConsoleOptions) {
    const { name, version, port, timebase } = options;
    const kind = {
      deviceId: CONSOLE_DEVICE_ID,
      features:
        ConsoleFeature.MultiplePorts |
        ConsoleFeature.EmergencyWrite |
        (version === 'legacy' ? Feature.AnyLayout : 0n),
      queues: CONSOLE_QUEUES,
      queueSize: CONSOLE_QUEUE_SIZE,
    };
    super(declareConsole(name, version), kind, options);
    this.port = port;
    this.time = timebase;
    this.pieceDue = timebase.alarm(`${name} transmit`, () => this.onPieceDue());
  }

  /** Bytes that the host has sent and the driver has given no buffers for. */
  get backlog(): number {
    return this.input.length;
  }

  /** Where the host's input enters the machine. Called while the machine does not run. */
  offer(bytes: Iterable<number>): void {
    this.input.add(bytes);
    this.receive();
  }

  protected override transportPart(): TransportState {
    return this.state;
  }

  protected override readConfiguration(): Uint8Array {
    const view = new DataView(new ArrayBuffer(CONFIG_BYTES));
    view.setUint32(MAX_NR_PORTS, CONSOLE_PORTS, true);
    return new Uint8Array(view.buffer);
  }

  protected override writeConfiguration(offset: number, width: number, value: number): void {
    if (offset === EMERG_WR) this.port.transmit(value & 0xff);
    else this.reportWrite(CONFIG + offset, width, value, 'configuration is read-only here');
  }

  protected override onDriverOk(): void {
    this.receive();
  }

  protected override onDriverReset(): void {
    this.state.isOpen = 0;
    this.state.transmitted = 0;
    this.setTransmitDue(NEVER);
  }

  protected override onNotify(queue: Virtqueue): void {
    switch (queue.index) {
      case RECEIVE_QUEUE:
        this.receive();
        break;
      case TRANSMIT_QUEUE:
        if (this.state.transmitDue === NEVER) this.transmit(queue);
        break;
      case CONTROL_TRANSMIT_QUEUE:
        this.control(queue);
        break;
      case CONTROL_RECEIVE_QUEUE:
        // Buffers for messages: there is none that waits.
        break;
      default:
        this.discard(queue);
    }
  }

  private setTransmitDue(due: number): void {
    this.state.transmitDue = due;
    if (due === NEVER) this.pieceDue.clear();
    else this.pieceDue.set(due);
  }

  private onPieceDue(): void {
    this.state.transmitDue = NEVER;
    this.transmit(this.queues[TRANSMIT_QUEUE]);
  }

  /** Writes up to a piece of output; if there is more, the rest comes later. */
  private transmit(queue: Virtqueue): void {
    for (let left = PIECE_BYTES; left > 0;) {
      const taken = queue.take();
      if (taken.kind === 'empty') {
        queue.askForNotification();
        return;
      }
      if (taken.kind === 'nonsense') {
        this.breakDown(queue, taken.problem);
        return;
      }
      const [, rest] = splitAt(taken.chain.readable, this.state.transmitted);
      const [piece, after] = splitAt(rest, left);
      for (const byte of gather(this.memory, piece)) this.port.transmit(byte);
      left -= Math.max(1, byteLength(piece));
      if (after.length > 0) {
        this.state.transmitted += byteLength(piece);
        queue.putBack(1);
      } else {
        this.state.transmitted = 0;
        this.complete(queue, taken.chain, 0);
      }
    }
    this.setTransmitDue(this.time.now + PIECE_CYCLES);
  }

  /** Whether the driver takes input. One that knows of several ports has to have opened its own. */
  private get isListening(): boolean {
    const isOpen = this.state.isOpen !== 0 || !this.hasFeature(ConsoleFeature.MultiplePorts);
    return isOpen && (this.state.status & STATUS_DRIVER_OK) !== 0 && !this.isBroken;
  }

  /** Puts what has been typed into the driver's buffers, as far as there are any. */
  private receive(): void {
    const queue = this.queues[RECEIVE_QUEUE];
    while (this.isListening && this.input.length > 0) {
      const chain = this.takeBuffers(queue);
      if (chain === undefined) return;
      const bytes = this.takeInput(Math.min(byteLength(chain.writable), this.input.length));
      scatter(this.memory, chain.writable, bytes);
      this.complete(queue, chain, bytes.length);
    }
  }

  /** A line without breaks: there are none on a virtio console. */
  private takeInput(most: number): Uint8Array {
    const bytes: number[] = [];
    while (bytes.length < most) {
      const symbol = this.input.take();
      if (symbol === undefined) break;
      if (symbol !== BREAK) bytes.push(symbol);
    }
    return Uint8Array.from(bytes);
  }

  /** The next chain that can be written to; undefined if there is none, or none that makes sense. */
  private takeBuffers(queue: Virtqueue): Chain | undefined {
    const taken = queue.take();
    if (taken.kind === 'nonsense') this.breakDown(queue, taken.problem);
    else if (taken.kind === 'empty') queue.askForNotification();
    else if (taken.chain.writable.length > 0) return taken.chain;
    else this.breakDown(queue, 'nothing to write to');
    return undefined;
  }

  /** Gives back what was written to a port that is not there, unread. */
  private discard(queue: Virtqueue): void {
    const isTransmitQueue = queue.index >= USED_QUEUES && queue.index % 2 === 1;
    if (isTransmitQueue) this.takeAll(queue, () => undefined);
  }

  private control(queue: Virtqueue): void {
    this.takeAll(queue, ({ readable }) => {
      const [message] = splitAt(readable, CONTROL_BYTES);
      const bytes = gather(this.memory, message);
      // A message that is cut off says nothing.
      if (bytes.length === CONTROL_BYTES) this.handle(new DataView(bytes.buffer));
    });
  }

  /** Takes every chain that waits, of which there are at most as many as the queue is long. */
  private takeAll(queue: Virtqueue, act: (chain: Chain) => void): void {
    for (;;) {
      const taken = queue.take();
      if (taken.kind === 'empty') break;
      if (taken.kind === 'nonsense') {
        this.breakDown(queue, taken.problem);
        return;
      }
      act(taken.chain);
      if (this.isBroken) return;
      this.complete(queue, taken.chain, 0);
    }
    queue.askForNotification();
  }

  private handle(message: DataView): void {
    const event = message.getUint16(CONTROL_EVENT, true);
    const value = message.getUint16(CONTROL_VALUE, true);
    if (event === ControlEvent.DeviceReady) {
      if (value !== 0) this.tell(ControlEvent.PortAdd);
      return;
    }
    if (message.getUint32(CONTROL_ID, true) !== PORT) return;
    if (event === ControlEvent.PortReady && value !== 0) {
      this.tell(ControlEvent.ConsolePort);
      this.tell(ControlEvent.PortOpen);
    } else if (event === ControlEvent.PortOpen) {
      this.state.isOpen = value === 0 ? 0 : 1;
      this.receive();
    }
  }

  /** Tells the driver something about the port; it is lost if the driver has given no buffer. */
  private tell(event: number): void {
    const queue = this.queues[CONTROL_RECEIVE_QUEUE];
    const chain = this.takeBuffers(queue);
    if (chain === undefined) return;
    const message = new DataView(new ArrayBuffer(CONTROL_BYTES));
    message.setUint32(CONTROL_ID, PORT, true);
    message.setUint16(CONTROL_EVENT, event, true);
    message.setUint16(CONTROL_VALUE, 1, true);
    scatter(this.memory, chain.writable, new Uint8Array(message.buffer));
    this.complete(queue, chain, Math.min(CONTROL_BYTES, byteLength(chain.writable)));
  }

  protected override stateReplaced(): void {
    this.setTransmitDue(this.state.transmitDue);
  }
}
