/**
 * The virtio block device.
 *
 * Time: the device does one request after the other and each takes what the disk's speed says, after
 * which its data, its status, its place in the used ring and the interrupt appear at one instant. So a
 * driver sees what it sees of hardware, a completion that comes some time after the notification,
 * while the disk costs next to nothing. All that is under way is one moment in time: the request is
 * taken from the ring when it is done, so a snapshot needs to know no more.
 *
 * What QEMU does and drivers may rely on: a request may be cut into buffers anywhere; used.len
 * counts everything that the device might have written, also of a request that failed; a discarded
 * sector keeps its contents.
 *
 * Source: Virtual I/O Device 1.2, 5.2 "Block Device"; QEMU hw/block/virtio-blk.c.
 */

import type { Alarm, Timebase } from '../device.ts';
import { NEVER } from '../device-state.ts';
import type { HostEnd } from '../host-end.ts';
import {
  BLK_SIZE,
  BLOCK_DEVICE_ID,
  BLOCK_QUEUES,
  BLOCK_QUEUE_SIZE,
  BlockFeature,
  CAPACITY,
  CONFIG_BYTES,
  CYLINDERS,
  DISCARD_SECTOR_ALIGNMENT,
  HEADS,
  ID_BYTES,
  LARGEST_REQUEST,
  MAX_DISCARD_SECTORS,
  MAX_DISCARD_SEG,
  MAX_WRITE_ZEROES_SECTORS,
  MAX_WRITE_ZEROES_SEG,
  NUM_QUEUES,
  RANGE_BYTES,
  RANGE_FLAGS,
  RANGE_SECTOR,
  RANGE_SECTORS,
  RANGE_UNMAP,
  REQUEST_BARRIER,
  REQUEST_HEADER,
  REQUEST_SECTOR,
  REQUEST_TYPE,
  RequestStatus,
  RequestType,
  SECTORS,
  SEG_MAX,
  STATUS_BYTES,
  WRITEBACK,
  WRITE_ZEROES_MAY_UNMAP,
  declareBlock,
} from './block-registers.ts';
import { SECTOR_SIZE, type Disk } from './disk.ts';
import { DISK_SPEEDS, REQUEST_LATENCY, requestCycles, type DiskSpeed } from './disk-speed.ts';
import { CONFIG, type TransportState } from './mmio-registers.ts';
import { VirtioMmio, type VirtioWiring } from './mmio.ts';
import { byteLength, gather, piecesOf, scatter, splitAt, type Segments } from './segments.ts';
import type { Chain, Virtqueue } from './virtqueue.ts';

/** Data passes the host in pieces of at most this, in bytes; a multiple of the sector size. */
const PIECE_BYTES = 0x4_0000;

/** The geometry that a disk has had since disks stopped having one, and its limits in cylinders. */
const GEOMETRY_HEADS = 16;
const GEOMETRY_SECTORS = 63;
const FEWEST_CYLINDERS = 2;
const MOST_CYLINDERS = 16_383;

const TWO_32 = 2 ** 32;

export interface BlockOptions extends VirtioWiring {
  /** The slot's name. */
  readonly name: string;
  readonly disk: Disk;
  /** `instant` if absent. */
  readonly speed?: DiskSpeed;
  /** Serial number, of which the driver sees the first 20 bytes in UTF-8; empty if absent. */
  readonly serial?: string;
}

/** What the device offers for a disk. */
function blockFeatures({ disk, version }: BlockOptions): bigint {
  return (
    BlockFeature.SegmentMaximum |
    BlockFeature.Geometry |
    BlockFeature.BlockSize |
    BlockFeature.Flush |
    BlockFeature.Topology |
    BlockFeature.ConfigWriteback |
    BlockFeature.Discard |
    BlockFeature.WriteZeroes |
    (disk.isReadOnly ? BlockFeature.ReadOnly : 0n) |
    (version === 'legacy' ? BlockFeature.Scsi : 0n)
  );
}

/** The configuration, with `writeback` still 0. */
function blockConfiguration(disk: Disk): Uint8Array {
  const sectors = disk.bytes / SECTOR_SIZE;
  const cylinders = Math.floor(sectors / (GEOMETRY_HEADS * GEOMETRY_SECTORS));
  const view = new DataView(new ArrayBuffer(CONFIG_BYTES));
  view.setBigUint64(CAPACITY, BigInt(sectors), true);
  view.setUint32(SEG_MAX, BLOCK_QUEUE_SIZE - 2, true); // but for header and status
  view.setUint16(CYLINDERS, Math.min(Math.max(cylinders, FEWEST_CYLINDERS), MOST_CYLINDERS), true);
  view.setUint8(HEADS, GEOMETRY_HEADS);
  view.setUint8(SECTORS, GEOMETRY_SECTORS);
  view.setUint32(BLK_SIZE, SECTOR_SIZE, true);
  view.setUint16(NUM_QUEUES, BLOCK_QUEUES, true);
  view.setUint32(MAX_DISCARD_SECTORS, LARGEST_REQUEST, true);
  view.setUint32(MAX_DISCARD_SEG, 1, true);
  view.setUint32(DISCARD_SECTOR_ALIGNMENT, 1, true);
  view.setUint32(MAX_WRITE_ZEROES_SECTORS, LARGEST_REQUEST, true);
  view.setUint32(MAX_WRITE_ZEROES_SEG, 1, true);
  view.setUint8(WRITE_ZEROES_MAY_UNMAP, 1);
  return new Uint8Array(view.buffer);
}

/** A little-endian 64-bit value; exact below 2^53, and beyond every disk above. */
function read64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * TWO_32 + view.getUint32(offset, true);
}

const viewOf = ({ buffer, byteOffset, byteLength: length }: Uint8Array) =>
  new DataView(buffer, byteOffset, length);

export class VirtioBlock extends VirtioMmio<ReturnType<typeof declareBlock>['state']> {
  readonly hostEnds: readonly HostEnd[];
  readonly storage: Disk;
  private readonly id: Uint8Array;
  private readonly configuration: Uint8Array;
  private readonly speed: DiskSpeed;
  private readonly time: Timebase;
  private readonly requestDone: Alarm;

  constructor(options: BlockOptions) {
    const { name, version, disk, serial = '', timebase } = options;
    const kind = {
      deviceId: BLOCK_DEVICE_ID,
      features: blockFeatures(options),
      queues: BLOCK_QUEUES,
      queueSize: BLOCK_QUEUE_SIZE,
    };
    super(declareBlock(name, version), kind, options);
    this.storage = disk;
    this.speed = options.speed ?? DISK_SPEEDS.instant;
    this.hostEnds = disk.written === undefined ? [] : [disk.written];
    this.id = new TextEncoder().encode(`${serial}\0`).subarray(0, ID_BYTES);
    this.configuration = blockConfiguration(disk);
    this.time = timebase;
    this.requestDone = timebase.alarm(`${name} request`, () => this.onRequestDone());
  }

  protected override transportPart(): TransportState {
    return this.state;
  }

  protected override readConfiguration(): Uint8Array {
    this.configuration[WRITEBACK] = this.state.writeback;
    return this.configuration;
  }

  protected override writeConfiguration(offset: number, width: number, value: number): void {
    if (offset === WRITEBACK) this.state.writeback = (value & 0xff) === 0 ? 0 : 1;
    else this.reportWrite(CONFIG + offset, width, value, 'configuration is read-only here');
  }

  /** Without a switch between the two, writes last at once unless the driver knows how to flush. */
  protected override onDriverOk(): void {
    if (this.hasFeature(BlockFeature.ConfigWriteback)) return;
    this.state.writeback = this.hasFeature(BlockFeature.Flush) ? 1 : 0;
  }

  protected override onDriverReset(): void {
    this.state.writeback = 1;
    this.setRequestDue(NEVER);
  }

  protected override onNotify(): void {
    if (this.state.requestDue === NEVER) this.startRequest();
  }

  private startRequest(): void {
    this.setRequestDue(this.time.now + this.nextRequestCycles);
  }

  /** How long the request takes that is next in the queue. */
  private get nextRequestCycles(): number {
    const taken = this.queues[0].peek();
    if (taken.kind !== 'chain') return REQUEST_LATENCY;
    const { readable, writable } = taken.chain;
    const header = gather(this.memory, splitAt(readable, REQUEST_HEADER)[0]);
    if (header.length < REQUEST_HEADER) return REQUEST_LATENCY;
    switch (viewOf(header).getUint32(REQUEST_TYPE, true) & ~REQUEST_BARRIER) {
      case RequestType.In:
        return requestCycles(this.speed.read, byteLength(writable) - STATUS_BYTES);
      case RequestType.Out:
        return requestCycles(this.speed.write, byteLength(readable) - REQUEST_HEADER);
      default:
        return REQUEST_LATENCY;
    }
  }

  private setRequestDue(due: number): void {
    this.state.requestDue = due;
    if (due === NEVER) this.requestDone.clear();
    else this.requestDone.set(due);
  }

  private onRequestDone(): void {
    this.state.requestDue = NEVER;
    const [queue] = this.queues;
    const taken = queue.take();
    switch (taken.kind) {
      case 'empty':
        queue.askForNotification();
        break;
      case 'nonsense':
        this.breakDown(queue, taken.problem);
        break;
      case 'chain':
        this.serve(queue, taken.chain);
        this.goOn(queue);
        break;
    }
  }

  /** After a request: on to the next, which the driver need not have notified the device of. */
  private goOn(queue: Virtqueue): void {
    if (this.isBroken) return;
    if (queue.isEmpty) queue.askForNotification();
    else this.startRequest();
  }

  private serve(queue: Virtqueue, chain: Chain): void {
    const { readable, writable } = chain;
    const [header, output] = splitAt(readable, REQUEST_HEADER);
    if (byteLength(header) < REQUEST_HEADER || writable.length === 0) {
      this.breakDown(queue, 'request without header or status');
      return;
    }
    const written = byteLength(writable);
    const [input, statusByte] = splitAt(writable, written - STATUS_BYTES);
    const request = viewOf(gather(this.memory, header));
    const type = request.getUint32(REQUEST_TYPE, true);
    const status = this.perform(type, read64(request, REQUEST_SECTOR), output, input);
    if (status === undefined) {
      this.breakDown(queue, 'discard or write zeroes without a range');
      return;
    }
    scatter(this.memory, statusByte, Uint8Array.of(status));
    this.complete(queue, chain, written);
  }

  /** The request's status, or undefined if it makes no sense. */
  private perform(
    type: number,
    sector: number,
    output: Segments,
    input: Segments,
  ): RequestStatus | undefined {
    switch ((type & ~REQUEST_BARRIER) >>> 0) {
      case RequestType.In:
        return this.readSectors(sector, input);
      case RequestType.Out:
        return this.writeSectors(sector, output);
      case RequestType.Flush:
      case RequestType.Flush | RequestType.Out:
        return this.storage.flush() ? RequestStatus.Ok : RequestStatus.IoError;
      case RequestType.GetId:
      case RequestType.GetId | RequestType.Out:
        scatter(this.memory, input, this.id);
        return RequestStatus.Ok;
      case RequestType.Discard:
      case RequestType.WriteZeroes:
        return this.changeRange(type, output);
      default:
        return RequestStatus.Unsupported;
    }
  }

  /** Whether a request may reach that much of the disk. */
  private isRange(sector: number, bytes: number): boolean {
    const sectors = bytes / SECTOR_SIZE;
    return (
      Number.isInteger(sectors) &&
      sectors <= LARGEST_REQUEST &&
      sector + sectors <= this.storage.bytes / SECTOR_SIZE
    );
  }

  private readSectors(sector: number, input: Segments): RequestStatus {
    if (!this.isRange(sector, byteLength(input))) return RequestStatus.IoError;
    return this.transfer(sector, input, (offset, bytes, address) => {
      return this.storage.read(offset, bytes) && this.memory.writeBytes(address, bytes);
    });
  }

  private writeSectors(sector: number, output: Segments): RequestStatus {
    const { storage: disk } = this;
    if (disk.isReadOnly || !this.isRange(sector, byteLength(output))) return RequestStatus.IoError;
    const status = this.transfer(sector, output, (offset, bytes, address) => {
      return this.memory.readBytes(address, bytes) && disk.write(offset, bytes);
    });
    return status === RequestStatus.Ok ? this.settle() : status;
  }

  /** Moves data piece by piece; the disk is asked for bytes, since buffers may cut sectors. */
  private transfer(
    sector: number,
    segments: Segments,
    move: (offset: number, bytes: Uint8Array, address: number) => boolean,
  ): RequestStatus {
    const buffer = new Uint8Array(Math.min(PIECE_BYTES, byteLength(segments)));
    let offset = sector * SECTOR_SIZE;
    for (const { address, length } of piecesOf(segments, PIECE_BYTES)) {
      if (!move(offset, buffer.subarray(0, length), address)) return RequestStatus.IoError;
      offset += length;
    }
    return RequestStatus.Ok;
  }

  /** The end of every change of the disk. */
  private settle(): RequestStatus {
    const lasts = this.state.writeback !== 0 || this.storage.flush();
    return lasts ? RequestStatus.Ok : RequestStatus.IoError;
  }

  /** Discards or zeroes one range, as its descriptor in the request's data says. */
  private changeRange(type: number, output: Segments): RequestStatus | undefined {
    const bytes = byteLength(output);
    if (bytes < RANGE_BYTES) return undefined;
    if (bytes > RANGE_BYTES) return RequestStatus.Unsupported;
    const range = viewOf(gather(this.memory, output));
    const sector = read64(range, RANGE_SECTOR);
    const length = range.getUint32(RANGE_SECTORS, true) * SECTOR_SIZE;
    const flags = range.getUint32(RANGE_FLAGS, true);
    if (!this.isRange(sector, length)) return RequestStatus.IoError;
    const isDiscard = (type & ~REQUEST_BARRIER) === RequestType.Discard;
    const knownFlags = isDiscard ? 0 : RANGE_UNMAP;
    if ((flags & ~knownFlags) !== 0) return RequestStatus.Unsupported;
    if (this.storage.isReadOnly) return RequestStatus.IoError;
    if (isDiscard) return RequestStatus.Ok;
    const done = this.storage.writeZeroes(sector * SECTOR_SIZE, length);
    return done ? this.settle() : RequestStatus.IoError;
  }

  protected override stateReplaced(): void {
    // A restored interrupt level is part of the restored interrupt controller.
    this.setRequestDue(this.state.requestDue);
  }
}
