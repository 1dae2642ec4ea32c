/**
 * A virtio block device (Virtual I/O Device 1.2, section 5.2) with its queue and its buffers, all in
 * the memory that the device reaches: two pages for the queue, one for what surrounds each request's
 * data, and then a buffer for each request that can be under way.
 */
import { Errno } from '../../abi/errno.enums';
import { lbu, sb, sw } from '../../abi/rv';
import { AVAILABLE_OFFSET, MOST_PLACES, QUEUE_SIZE, Virtqueue } from './virtqueue';
import { VirtioMmio } from './virtio-mmio';

export const SECTOR_BYTES: u32 = 512;
/** Most that one request moves. */
export const BUFFER_BYTES: u32 = 65536;

const BLOCK_DEVICE_ID: u32 = 2;
const VIRTIO_BLK_F_RO: u32 = 1 << 5;
const VIRTIO_BLK_F_FLUSH: u32 = 1 << 9;
/** struct virtio_blk_config: le64 capacity, in sectors. */
const CONFIG_CAPACITY_LOW: u32 = 0;
const CONFIG_CAPACITY_HIGH: u32 = 4;

/** struct virtio_blk_req: le32 type, le32 reserved, le64 sector; behind the data, u8 status. */
export const VIRTIO_BLK_T_IN: u32 = 0;
export const VIRTIO_BLK_T_OUT: u32 = 1;
export const VIRTIO_BLK_T_FLUSH: u32 = 4;
const REQUEST_TYPE: u32 = 0;
const REQUEST_RESERVED: u32 = 4;
const REQUEST_SECTOR_LOW: u32 = 8;
const REQUEST_SECTOR_HIGH: u32 = 12;
const REQUEST_HEADER_BYTES: u32 = 16;
const VIRTIO_BLK_S_OK: u32 = 0;
/** What the status byte says until the device writes it; none of the device's own values. */
const NO_STATUS: u32 = 0xff;

const PAGE_BYTES: u32 = 4096;
const USED_OFFSET: u32 = PAGE_BYTES;
const HEADERS_OFFSET: u32 = 2 * PAGE_BYTES;
const BUFFERS_OFFSET: u32 = 3 * PAGE_BYTES;
/** In the page of headers: header and status of a place, apart. */
const HEADER_STRIDE: u32 = 32;
const STATUS_OFFSET: u32 = 16;

@unmanaged
export class VirtioDisk {
  private device: VirtioMmio;
  private queue: Virtqueue;
  private memory: usize;
  private physical: u32;
  /** Requests that can be under way. */
  places: u32;
  isReadOnly: bool;
  private canFlush: bool;
  /** 512-byte sectors. */
  sectors: u32;

  /**
   * Takes the device over. ENODEV: its registers are not a block device's; ENOMEM: `bytes` of memory
   * are too few; EIO: it does not work as it should.
   */
  open(registers: usize, memoryOfDevice: usize, physical: u32, bytes: u32): i32 {
    if (bytes < BUFFERS_OFFSET + BUFFER_BYTES) return -Errno.ENOMEM;
    this.places = min((bytes - BUFFERS_OFFSET) / BUFFER_BYTES, MOST_PLACES);
    this.memory = memoryOfDevice;
    this.physical = physical;
    const device = VirtioMmio.at(registers);
    this.device = device;
    if (device.deviceId != BLOCK_DEVICE_ID) return -Errno.ENODEV;
    const features = device.reset(VIRTIO_BLK_F_RO | VIRTIO_BLK_F_FLUSH);
    if (features < 0) return this.fail();
    this.isReadOnly = ((<u32>features) & VIRTIO_BLK_F_RO) != 0;
    this.canFlush = ((<u32>features) & VIRTIO_BLK_F_FLUSH) != 0;
    // After a restart the last life's rings are there still; since the reset, the device leaves them.
    memory.fill(memoryOfDevice, 0, HEADERS_OFFSET);
    this.queue = changetype<Virtqueue>(memory.data(offsetof<Virtqueue>(), 4));
    this.queue.prepare(memoryOfDevice, memoryOfDevice + USED_OFFSET);
    const available = physical + AVAILABLE_OFFSET;
    if (!device.setQueue(QUEUE_SIZE, physical, available, physical + USED_OFFSET)) {
      return this.fail();
    }
    const isHuge = device.config(CONFIG_CAPACITY_HIGH) != 0;
    this.sectors = isHuge ? u32.MAX_VALUE : device.config(CONFIG_CAPACITY_LOW);
    device.setReady();
    return 0;
  }

  private fail(): i32 {
    this.device.setFailed();
    return -Errno.EIO;
  }

  /** Where the data of the request at `place` lie for the driver. */
  buffer(place: u32): usize {
    return this.memory + BUFFERS_OFFSET + place * BUFFER_BYTES;
  }

  /** Whether a request of this type means anything to the device. */
  knows(type: u32): bool {
    return type != VIRTIO_BLK_T_FLUSH || this.canFlush;
  }

  /** Has the device do a request, with the data in the place's buffer. */
  begin(place: u32, type: u32, sector: u32, bytes: u32): void {
    const header = HEADERS_OFFSET + place * HEADER_STRIDE;
    sw(this.memory + header + REQUEST_TYPE, type);
    sw(this.memory + header + REQUEST_RESERVED, 0);
    sw(this.memory + header + REQUEST_SECTOR_LOW, sector);
    sw(this.memory + header + REQUEST_SECTOR_HIGH, 0);
    sb(this.memory + header + STATUS_OFFSET, NO_STATUS);
    this.queue.describe(
      place,
      this.physical + header,
      REQUEST_HEADER_BYTES,
      this.physical + BUFFERS_OFFSET + place * BUFFER_BYTES,
      bytes,
      type == VIRTIO_BLK_T_IN,
      this.physical + header + STATUS_OFFSET,
    );
    this.queue.offer(place);
    this.device.notify();
  }

  /** The device asked for attention: it will not do so again for what is answered now. */
  acknowledge(): void {
    this.device.acknowledge();
  }

  get hasAnswer(): bool {
    return this.queue.hasAnswer;
  }

  /** The place of the next request that the device has done; −1 for one that was never made. */
  take(): i32 {
    return this.queue.take();
  }

  /** 0, or EIO: how the device has done the request at `place`. */
  outcome(place: u32): i32 {
    const status = lbu(this.memory + HEADERS_OFFSET + place * HEADER_STRIDE + STATUS_OFFSET);
    return status == VIRTIO_BLK_S_OK ? 0 : -Errno.EIO;
  }

  /** The device does nothing any more. */
  stop(): void {
    this.device.reset(0);
    this.device.setFailed();
  }
}
