/**
 * A split virtqueue (Virtual I/O Device 1.2, section 2.7) in memory that the device reads and writes:
 * every access is a volatile one. Each request has a place of its own with three descriptors, which
 * are chained once and for all: what the device reads, the data, and the byte it answers with.
 */
import { fence, lhu, lw, sh, sw } from '../../abi/rv';

/** struct virtq_desc: le64 addr, le32 len, le16 flags, le16 next. */
const DESCRIPTOR_BYTES: u32 = 16;
const DESC_ADDR_LOW: u32 = 0;
const DESC_ADDR_HIGH: u32 = 4;
const DESC_LEN: u32 = 8;
const DESC_FLAGS: u32 = 12;
const DESC_NEXT: u32 = 14;
const VIRTQ_DESC_F_NEXT: u32 = 1;
/** The device writes. */
const VIRTQ_DESC_F_WRITE: u32 = 2;

/** struct virtq_avail and virtq_used begin with le16 flags, le16 idx. */
const RING_IDX: u32 = 2;
const RING_ENTRIES: u32 = 4;
/** struct virtq_used_elem: le32 id, le32 len. */
const USED_ELEMENT_BYTES: u32 = 8;

/** Descriptors of a place: header, data, status. */
const CHAIN: u32 = 4;
const HEADER: u32 = 0;
const DATA: u32 = 1;
const STATUS: u32 = 2;

/** Places, and entries of the rings: a power of two that every device takes. */
export const MOST_PLACES: u32 = 16;
export const QUEUE_SIZE: u32 = MOST_PLACES * CHAIN;

/** Where the available ring begins behind the descriptors. */
export const AVAILABLE_OFFSET: u32 = QUEUE_SIZE * DESCRIPTOR_BYTES;

@unmanaged
export class Virtqueue {
  private descriptors: usize;
  private available: usize;
  private used: usize;
  /** Entries that were put into the available ring, and taken from the used one; counted on. */
  private added: u32;
  private taken: u32;

  /** Prepares a queue in zeroed memory: its first part at `start`, the used ring at `used`. */
  prepare(start: usize, used: usize): void {
    this.descriptors = start;
    this.available = start + AVAILABLE_OFFSET;
    this.used = used;
    this.added = 0;
    this.taken = 0;
  }

  /** Describes the parts of the request at `place`, by physical addresses; no data if `bytes` is 0. */
  describe(
    place: u32,
    header: u32,
    headerBytes: u32,
    data: u32,
    bytes: u32,
    isRead: bool,
    status: u32,
  ): void {
    const first = place * CHAIN;
    const second = first + (bytes == 0 ? STATUS : DATA);
    this.set(first + HEADER, header, headerBytes, VIRTQ_DESC_F_NEXT, second);
    const dataFlags = VIRTQ_DESC_F_NEXT | (isRead ? VIRTQ_DESC_F_WRITE : 0);
    this.set(first + DATA, data, bytes, dataFlags, first + STATUS);
    this.set(first + STATUS, status, 1, VIRTQ_DESC_F_WRITE, 0);
  }

  /** Offers the request at `place` to the device, which has to be notified then. */
  offer(place: u32): void {
    const entry = this.added % QUEUE_SIZE;
    sh(this.available + RING_ENTRIES + entry * 2, place * CHAIN);
    this.added += 1;
    // The device must not see the index before the entry, nor before what the entry leads to.
    fence();
    sh(this.available + RING_IDX, this.added & 0xffff);
  }

  /** Whether the device has answered requests that were not taken yet. */
  get hasAnswer(): bool {
    if (lhu(this.used + RING_IDX) == (this.taken & 0xffff)) return false;
    fence();
    return true;
  }

  /** Takes the next answer: the place of its request, or −1 if the device answers what nobody asked. */
  take(): i32 {
    const entry = this.taken % QUEUE_SIZE;
    const id = lw(this.used + RING_ENTRIES + entry * USED_ELEMENT_BYTES);
    this.taken += 1;
    return id < QUEUE_SIZE && id % CHAIN == 0 ? <i32>(id / CHAIN) : -1;
  }

  private set(index: u32, address: u32, bytes: u32, flags: u32, next: u32): void {
    const descriptor = this.descriptors + index * DESCRIPTOR_BYTES;
    sw(descriptor + DESC_ADDR_LOW, address);
    sw(descriptor + DESC_ADDR_HIGH, 0);
    sw(descriptor + DESC_LEN, bytes);
    sh(descriptor + DESC_FLAGS, flags);
    sh(descriptor + DESC_NEXT, next);
  }
}
