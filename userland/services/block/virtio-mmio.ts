/**
 * A device behind virtio-mmio, as its driver sees it: the registers of one slot, in both versions of
 * the transport (Virtual I/O Device 1.2, section 4.2; the older one in 4.2.4, "Legacy interface").
 */
import { fence, lw, sw } from '../../abi/rv';

/** Offsets of registers, each a little-endian word; names of the specification. */
const VERSION: u32 = 0x004;
const DEVICE_ID: u32 = 0x008;
const DEVICE_FEATURES: u32 = 0x010;
const DEVICE_FEATURES_SEL: u32 = 0x014;
const DRIVER_FEATURES: u32 = 0x020;
const DRIVER_FEATURES_SEL: u32 = 0x024;
/** Legacy. */
const GUEST_PAGE_SIZE: u32 = 0x028;
const QUEUE_SEL: u32 = 0x030;
const QUEUE_NUM_MAX: u32 = 0x034;
const QUEUE_NUM: u32 = 0x038;
/** Legacy. */
const QUEUE_ALIGN: u32 = 0x03c;
/** Legacy. */
const QUEUE_PFN: u32 = 0x040;
const QUEUE_READY: u32 = 0x044;
const QUEUE_NOTIFY: u32 = 0x050;
const INTERRUPT_STATUS: u32 = 0x060;
const INTERRUPT_ACK: u32 = 0x064;
const STATUS: u32 = 0x070;
const QUEUE_DESC_LOW: u32 = 0x080;
const QUEUE_DESC_HIGH: u32 = 0x084;
const QUEUE_DRIVER_LOW: u32 = 0x090;
const QUEUE_DRIVER_HIGH: u32 = 0x094;
const QUEUE_DEVICE_LOW: u32 = 0x0a0;
const QUEUE_DEVICE_HIGH: u32 = 0x0a4;
const CONFIG: u32 = 0x100;

const LEGACY: u32 = 1;
/** Legacy: the queue's address is given in pages of this size, and its second part begins at one. */
const PAGE_BYTES: u32 = 4096;

/** Bits of STATUS (section 2.1). */
const ACKNOWLEDGE: u32 = 1;
const DRIVER: u32 = 2;
const DRIVER_OK: u32 = 4;
const FEATURES_OK: u32 = 8;
const FAILED: u32 = 128;

/** Feature 32, in the second word: the device keeps to version 1 of the specification. */
const VIRTIO_F_VERSION_1: u32 = 1;

/** A slot is the address of its registers. */
@unmanaged
export class VirtioMmio {
  static at(registers: usize): VirtioMmio {
    return changetype<VirtioMmio>(registers);
  }

  get deviceId(): u32 {
    return this.read(DEVICE_ID);
  }

  private get isLegacy(): bool {
    return this.read(VERSION) == LEGACY;
  }

  /**
   * Takes the device over, from whatever state it is in, and agrees on the features of the first word
   * that are in `wanted`, as far as it has them.
   *
   * @returns those features, or −1 if the device does not go along.
   */
  reset(wanted: u32): i64 {
    this.write(STATUS, 0);
    // The device has let go of the queue, and of what lies in it, once it says so (section 4.2.3.1).
    while (this.read(STATUS) != 0) {}
    this.write(STATUS, ACKNOWLEDGE);
    this.write(STATUS, ACKNOWLEDGE | DRIVER);
    this.write(DEVICE_FEATURES_SEL, 0);
    const features = this.read(DEVICE_FEATURES) & wanted;
    this.write(DRIVER_FEATURES_SEL, 0);
    this.write(DRIVER_FEATURES, features);
    if (this.isLegacy) {
      this.write(GUEST_PAGE_SIZE, PAGE_BYTES);
      return features;
    }
    this.write(DRIVER_FEATURES_SEL, 1);
    this.write(DRIVER_FEATURES, VIRTIO_F_VERSION_1);
    this.write(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return (this.read(STATUS) & FEATURES_OK) != 0 ? <i64>features : -1;
  }

  /**
   * Gives the device queue 0, whose parts lie at physical addresses: descriptors and, behind them, the
   * available ring from `descriptors` on, the used ring at the page boundary `used`.
   *
   * @returns false if the device takes no queue of `size` entries.
   */
  setQueue(size: u32, descriptors: u32, available: u32, used: u32): bool {
    this.write(QUEUE_SEL, 0);
    if (this.read(QUEUE_NUM_MAX) < size) return false;
    this.write(QUEUE_NUM, size);
    if (this.isLegacy) {
      this.write(QUEUE_ALIGN, PAGE_BYTES);
      this.write(QUEUE_PFN, descriptors / PAGE_BYTES);
    } else {
      this.write(QUEUE_DESC_LOW, descriptors);
      this.write(QUEUE_DESC_HIGH, 0);
      this.write(QUEUE_DRIVER_LOW, available);
      this.write(QUEUE_DRIVER_HIGH, 0);
      this.write(QUEUE_DEVICE_LOW, used);
      this.write(QUEUE_DEVICE_HIGH, 0);
      this.write(QUEUE_READY, 1);
    }
    return true;
  }

  /** The device may begin. */
  setReady(): void {
    this.write(STATUS, this.read(STATUS) | DRIVER_OK);
  }

  /** The driver has given the device up. */
  setFailed(): void {
    this.write(STATUS, this.read(STATUS) | FAILED);
  }

  /** Tells the device that something new is in queue 0. */
  notify(): void {
    fence();
    this.write(QUEUE_NOTIFY, 0);
  }

  /** Takes back the device's request for attention. */
  acknowledge(): void {
    this.write(INTERRUPT_ACK, this.read(INTERRUPT_STATUS));
  }

  /** A word of the device's own configuration. */
  config(offset: u32): u32 {
    return this.read(CONFIG + offset);
  }

  private read(register: u32): u32 {
    return lw(changetype<usize>(this) + register);
  }

  private write(register: u32, value: u32): void {
    sw(changetype<usize>(this) + register, value);
  }
}
