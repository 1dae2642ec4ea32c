/**
 * The virtio-mmio transport: what every virtio device on the board has in common. A device extends
 * it with its configuration and with what it does when it is notified.
 *
 * Registers behave as QEMU's in both versions: features that were not offered are dropped silently,
 * FEATURES_OK then stands, queues work from the moment their rings are set up, and an interrupt is
 * asserted anew for every used buffer. Beyond QEMU, DEVICE_NEEDS_RESET is set in version 1 too, a
 * queue that is not ready is left alone in version 2, and QueueReset works.
 *
 * Source: Virtual I/O Device 1.2, 4.2 "Virtio Over MMIO"; QEMU hw/virtio/virtio-mmio.c.
 */

import type { PhysicalMemory } from '../../bus/physical-memory.ts';
import type { InterruptLine, StateDeclaration, Timebase } from '../device.ts';
import type { GuestErrorHook } from '../guest-error.ts';
import { RegisterDevice, type DeclarationWith } from '../register-device.ts';
import {
  CONFIG,
  CONFIG_GENERATION,
  DEVICE_FEATURES,
  DEVICE_FEATURES_SEL,
  DEVICE_ID,
  DRIVER_FEATURES,
  DRIVER_FEATURES_SEL,
  Feature,
  GUEST_PAGE_SIZE,
  INTERRUPT_ACK,
  INTERRUPT_CONFIGURATION,
  INTERRUPT_STATUS,
  INTERRUPT_USED_BUFFER,
  LARGEST_QUEUE,
  MAGIC,
  MAGIC_VALUE,
  NO_SHARED_MEMORY,
  QUEUE_ALIGN,
  QUEUE_DESC_HIGH,
  QUEUE_DESC_LOW,
  QUEUE_DEVICE_HIGH,
  QUEUE_DEVICE_LOW,
  QUEUE_DRIVER_HIGH,
  QUEUE_DRIVER_LOW,
  QUEUE_NOTIFY,
  QUEUE_NUM,
  QUEUE_NUMBERS,
  QUEUE_NUM_MAX,
  QUEUE_PFN,
  QUEUE_READY,
  QUEUE_RESET,
  QUEUE_SEL,
  SHM_LEN_HIGH,
  SHM_LEN_LOW,
  STATUS,
  STATUS_DEVICE_NEEDS_RESET,
  STATUS_DRIVER_OK,
  STATUS_FEATURES_OK,
  STATUS_MASK,
  TRANSPORT_FEATURES,
  VENDOR,
  VENDOR_ID,
  VERSION,
  VERSION_NUMBERS,
  type TransportState,
  type VirtioVersion,
} from './mmio-registers.ts';
import { Virtqueue, type Chain } from './virtqueue.ts';

/** What a slot is wired to. */
export interface VirtioWiring {
  readonly version: VirtioVersion;
  readonly memory: PhysicalMemory;
  readonly interrupt: InterruptLine;
  readonly timebase: Timebase;
  readonly report: GuestErrorHook;
}

/** What kind of device is behind the transport. */
export interface VirtioKind {
  /** See 5 "Device Types". */
  readonly deviceId: number;
  /** Its own features, besides those of the transport. */
  readonly features: bigint;
  /** Number of queues. */
  readonly queues: number;
  /** The length that a queue has unless the driver says otherwise. */
  readonly queueSize: number;
}

const REGISTER_WIDTH = 4;
const WRONG_WIDTH = 'registers take accesses of 4 bytes';
const BEHIND_CONFIGURATION = 'behind the configuration';
const LOW_HALF = 0xffff_ffffn;
const HALF_BITS = 32n;
/** The descriptor table and the available ring of a legacy queue, in bytes per descriptor. */
const LEGACY_TABLE_ENTRY = 16;
const LEGACY_RING_ENTRY = 2;
/** `flags` and `idx` of the available ring. */
const LEGACY_RING_HEADER = 4;

/** Zero bits below the lowest one: 32 for 0. */
const trailingZeros = (value: number) => (value === 0 ? 32 : 31 - Math.clz32(value & -value));
const LARGEST_PAGE_SHIFT = 31;

export abstract class VirtioMmio<
  const State extends readonly StateDeclaration[],
> extends RegisterDevice<State> {
  protected readonly memory: PhysicalMemory;
  protected readonly queues: readonly Virtqueue[];
  private readonly transport: TransportState;
  private readonly version: VirtioVersion;
  private readonly kind: VirtioKind;
  private readonly offered: bigint;
  private readonly interrupt: InterruptLine;

  /** @param declaration its registers begin with `TRANSPORT_REGISTERS`, its state with `transportState` */
  protected constructor(
    declaration: DeclarationWith<State>,
    kind: VirtioKind,
    { version, memory, interrupt, report }: VirtioWiring,
  ) {
    super(declaration, report);
    this.version = version;
    this.kind = kind;
    this.offered = kind.features | TRANSPORT_FEATURES[version];
    this.memory = memory;
    this.interrupt = interrupt;
    this.transport = this.transportPart();
    this.queues = Array.from(
      { length: kind.queues },
      (_, index) => new Virtqueue(index, this.transport, memory),
    );
  }

  /** The state, as far as the transport knows it. */
  protected abstract transportPart(): TransportState;

  /** The device's configuration as it is now. */
  protected abstract readConfiguration(): Uint8Array;

  /** A write inside the configuration, of `width` bytes at its byte `offset`. */
  protected abstract writeConfiguration(offset: number, width: number, value: number): void;

  /** The driver says that there are new chains in a queue, which is ready. */
  protected abstract onNotify(queue: Virtqueue): void;

  /** The driver has said that it is ready, once more perhaps. */
  protected abstract onDriverOk(): void;

  /** The driver has reset the device; the transport's state has been reset. */
  protected abstract onDriverReset(): void;

  protected hasFeature(mask: bigint): boolean {
    return (this.transport.features & mask) !== 0n;
  }

  protected get isBroken(): boolean {
    return this.transport.broken !== 0;
  }

  /** Gives a chain back and interrupts, if the driver wants that. */
  protected complete(queue: Virtqueue, chain: Chain, written: number): void {
    queue.giveBack(chain, written);
    if (queue.takeInterrupt()) this.raise(INTERRUPT_USED_BUFFER);
  }

  /** The driver has set up what makes no sense: nothing more happens before it resets the device. */
  protected breakDown(queue: Virtqueue, problem: string): void {
    const { transport } = this;
    transport.broken = 1;
    transport.status |= STATUS_DEVICE_NEEDS_RESET;
    this.reportWrite(QUEUE_NOTIFY, REGISTER_WIDTH, queue.index, problem);
    if (this.hasFeature(Feature.Version1) && (transport.status & STATUS_DRIVER_OK) !== 0) {
      this.changeConfiguration();
    }
  }

  /** Tells the driver that the configuration or the status is no longer what it was. */
  protected changeConfiguration(): void {
    const { transport } = this;
    transport.configGeneration = (transport.configGeneration + 1) >>> 0;
    this.raise(INTERRUPT_USED_BUFFER | INTERRUPT_CONFIGURATION);
  }

  /** To an interrupt controller each call is an assertion, so the cause may be there already. */
  private raise(causes: number): void {
    this.transport.interruptStatus |= causes;
    this.interrupt.set(true);
  }

  override read(offset: number, width: number): number {
    if (offset >= CONFIG) return this.readConfigurationAt(offset - CONFIG, width);
    if (width === REGISTER_WIDTH) return super.read(offset, width);
    this.reportRead(offset, width, WRONG_WIDTH);
    return 0;
  }

  override write(offset: number, width: number, value: number): void {
    if (offset >= CONFIG) {
      this.writeConfigurationAt(offset - CONFIG, width, value);
    } else if (width === REGISTER_WIDTH) {
      super.write(offset, width, value);
    } else {
      this.reportWrite(offset, width, value, WRONG_WIDTH);
    }
  }

  /** All ones unless the access is wholly inside the configuration. */
  private readConfigurationAt(offset: number, width: number): number {
    const configuration = this.readConfiguration();
    if (offset + width > configuration.length) {
      this.reportRead(CONFIG + offset, width, BEHIND_CONFIGURATION);
      return 2 ** (8 * width) - 1;
    }
    let value = 0;
    for (let at = width - 1; at >= 0; at--) value = value * 0x100 + configuration[offset + at];
    return value;
  }

  private writeConfigurationAt(offset: number, width: number, value: number): void {
    if (offset + width <= this.readConfiguration().length) {
      this.writeConfiguration(offset, width, value);
    } else {
      this.reportWrite(CONFIG + offset, width, value, BEHIND_CONFIGURATION);
    }
  }

  protected override readRegister(register: number): number {
    const { transport, version, offered } = this;
    const queue = this.selectedQueue;
    switch (register) {
      case MAGIC_VALUE:
        return MAGIC;
      case VERSION:
        return VERSION_NUMBERS[version];
      case DEVICE_ID:
        return this.kind.deviceId;
      case VENDOR_ID:
        return VENDOR;
      case DEVICE_FEATURES:
        return half(offered, transport.deviceFeaturesSel);
      case QUEUE_NUM_MAX:
        return queue === undefined ? 0 : LARGEST_QUEUE;
      case QUEUE_PFN:
        return queue === undefined ? 0 : this.pageOf(queue);
      case QUEUE_READY:
        return queue === undefined ? 0 : transport.queueReady[queue.index];
      case INTERRUPT_STATUS:
        return transport.interruptStatus;
      case STATUS:
        return transport.status;
      case SHM_LEN_LOW:
      case SHM_LEN_HIGH:
        return NO_SHARED_MEMORY;
      case CONFIG_GENERATION:
        return transport.configGeneration;
      default:
        // QueueReset: a reset is done before its write is.
        return 0;
    }
  }

  protected override writeRegister(register: number, _element: number, value: number): void {
    const { transport } = this;
    switch (register) {
      case DEVICE_FEATURES_SEL:
        transport.deviceFeaturesSel = value === 0 ? 0 : 1;
        break;
      case DRIVER_FEATURES:
        this.writeDriverFeatures(value);
        break;
      case DRIVER_FEATURES_SEL:
        transport.driverFeaturesSel = value === 0 ? 0 : 1;
        break;
      case GUEST_PAGE_SIZE: {
        const shift = trailingZeros(value);
        transport.guestPageShift = shift > LARGEST_PAGE_SHIFT ? 0 : shift;
        break;
      }
      case QUEUE_SEL:
        if (value < QUEUE_NUMBERS) transport.queueSel = value;
        else this.reportWrite(register, REGISTER_WIDTH, value, 'no such queue');
        break;
      case QUEUE_NOTIFY:
        this.notify(value);
        break;
      case INTERRUPT_ACK:
        transport.interruptStatus &= ~value;
        this.interrupt.set(transport.interruptStatus !== 0);
        break;
      case STATUS:
        this.writeStatus(value & STATUS_MASK);
        break;
      default:
        this.writeQueueRegister(register, value);
    }
  }

  private get selectedQueue(): Virtqueue | undefined {
    return this.queues.at(this.transport.queueSel);
  }

  private writeQueueRegister(register: number, value: number): void {
    const queue = this.selectedQueue;
    if (queue === undefined) {
      this.reportWrite(register, REGISTER_WIDTH, value, 'no such queue');
      return;
    }
    const { transport } = this;
    const { index } = queue;
    switch (register) {
      case QUEUE_NUM:
        if (value === 0 || value > LARGEST_QUEUE) {
          this.reportWrite(register, REGISTER_WIDTH, value, `not from 1 to ${LARGEST_QUEUE}`);
          break;
        }
        transport.queueNum[index] = value;
        this.placeLegacyRings(index);
        break;
      case QUEUE_ALIGN:
        if (value === 0) break;
        transport.queueAlign[index] = value;
        this.placeLegacyRings(index);
        break;
      case QUEUE_PFN:
        this.writeQueuePage(index, value);
        break;
      case QUEUE_READY:
        transport.queueReady[index] = value === 0 ? 0 : 1;
        break;
      case QUEUE_RESET:
        if (value === 0) break;
        if (this.hasFeature(Feature.RingReset)) queue.reset(this.kind.queueSize);
        else this.reportWrite(register, REGISTER_WIDTH, value, 'RING_RESET is not negotiated');
        break;
      case QUEUE_DESC_LOW:
      case QUEUE_DESC_HIGH:
        setHalf(transport.queueDesc, index, register === QUEUE_DESC_HIGH, value);
        break;
      case QUEUE_DRIVER_LOW:
      case QUEUE_DRIVER_HIGH:
        setHalf(transport.queueDriver, index, register === QUEUE_DRIVER_HIGH, value);
        break;
      case QUEUE_DEVICE_LOW:
      case QUEUE_DEVICE_HIGH:
        setHalf(transport.queueDevice, index, register === QUEUE_DEVICE_HIGH, value);
        break;
    }
  }

  private pageOf({ index }: Virtqueue): number {
    const { queueDesc, guestPageShift } = this.transport;
    return Number((queueDesc[index] >> BigInt(guestPageShift)) & LOW_HALF);
  }

  private writeQueuePage(index: number, page: number): void {
    const { transport } = this;
    if (page === 0) {
      this.resetByDriver();
      return;
    }
    transport.queueDesc[index] = BigInt(page) << BigInt(transport.guestPageShift);
    transport.queueReady[index] = 1;
    this.placeLegacyRings(index);
  }

  /**
   * Legacy rings lie behind the descriptor table: see 2.7.2 "Legacy Interfaces". The place of the
   * used ring is QEMU's, which leaves used_event out of account; for alignments of a page, and
   * lengths that are powers of two, that makes no difference.
   */
  private placeLegacyRings(index: number): void {
    if (this.version !== 'legacy') return;
    const { queueDesc, queueNum, queueAlign, queueDriver, queueDevice } = this.transport;
    const size = queueNum[index];
    const driver = queueDesc[index] + BigInt(LEGACY_TABLE_ENTRY * size);
    const end = driver + BigInt(LEGACY_RING_HEADER + LEGACY_RING_ENTRY * size);
    const beyond = BigInt(queueAlign[index]) - 1n;
    queueDriver[index] = driver;
    queueDevice[index] = (end + beyond) & ~beyond;
  }

  private writeDriverFeatures(value: number): void {
    const { transport, version } = this;
    if (version === 'modern') {
      transport.driverFeatures[transport.driverFeaturesSel] = value;
    } else if (transport.driverFeaturesSel === 0) {
      this.setFeatures(BigInt(value));
    } else if (value !== 0) {
      // Linux clears what would be the upper half, whatever the version.
      this.reportWrite(DRIVER_FEATURES, REGISTER_WIDTH, value, 'version 1 has 32 features only');
    }
  }

  /** Features are settled once the driver has set FEATURES_OK. */
  private setFeatures(accepted: bigint): void {
    const { transport, offered } = this;
    if ((transport.status & STATUS_FEATURES_OK) === 0) transport.features = accepted & offered;
  }

  private writeStatus(status: number): void {
    const { transport, version } = this;
    if (version === 'modern' && (status & STATUS_FEATURES_OK) !== 0) {
      const [low, high] = transport.driverFeatures;
      this.setFeatures((BigInt(high) << HALF_BITS) | BigInt(low));
    }
    transport.status = status;
    if (status === 0) this.resetByDriver();
    else if ((status & STATUS_DRIVER_OK) !== 0) this.onDriverOk();
  }

  private notify(index: number): void {
    const queue = this.queues.at(index);
    if (queue === undefined) {
      this.reportWrite(QUEUE_NOTIFY, REGISTER_WIDTH, index, 'no such queue');
    } else if (!this.isBroken && queue.isReady) {
      this.onNotify(queue);
    }
  }

  /**
   * What a driver can reset. The selectors, the page size and the alignment stay, as on QEMU, and so
   * does the generation, which must not come back to a value that a driver has seen.
   */
  private resetByDriver(): void {
    const { transport } = this;
    transport.features = 0n;
    transport.status = 0;
    transport.broken = 0;
    transport.queueSel = 0;
    transport.interruptStatus = 0;
    for (const queue of this.queues) queue.reset(this.kind.queueSize);
    this.interrupt.set(false);
    this.onDriverReset();
  }
}

/** The low or the high 32 bits. */
function half(value: bigint, high: number): number {
  return Number((high === 0 ? value : value >> HALF_BITS) & LOW_HALF);
}

function setHalf(values: BigUint64Array, index: number, high: boolean, value: number): void {
  const [kept, shift] = high ? [LOW_HALF, HALF_BITS] : [LOW_HALF << HALF_BITS, 0n];
  values[index] = (values[index] & kept) | (BigInt(value) << shift);
}
