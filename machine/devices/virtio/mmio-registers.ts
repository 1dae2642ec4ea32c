/**
 * The registers and the state of a virtio-mmio slot that has a device in it, in both versions of the
 * interface: what the declaration of every virtio device begins with.
 *
 * Source: Virtual I/O Device 1.2, 4.2 "Virtio Over MMIO" and 4.2.4 "Legacy interface"; QEMU
 * hw/virtio/virtio-mmio.c.
 */

import type { RegisterDeclaration, StateDeclaration } from '../device.ts';
import type { StateOf } from '../device-state.ts';

/** `legacy` is version 1 of the register interface, `modern` version 2. */
export type VirtioVersion = 'legacy' | 'modern';

export const MAGIC_VALUE = 0x000;
export const VERSION = 0x004;
export const DEVICE_ID = 0x008;
export const VENDOR_ID = 0x00c;
export const DEVICE_FEATURES = 0x010;
export const DEVICE_FEATURES_SEL = 0x014;
export const DRIVER_FEATURES = 0x020;
export const DRIVER_FEATURES_SEL = 0x024;
export const GUEST_PAGE_SIZE = 0x028;
export const QUEUE_SEL = 0x030;
export const QUEUE_NUM_MAX = 0x034;
export const QUEUE_NUM = 0x038;
export const QUEUE_ALIGN = 0x03c;
export const QUEUE_PFN = 0x040;
export const QUEUE_READY = 0x044;
export const QUEUE_NOTIFY = 0x050;
export const INTERRUPT_STATUS = 0x060;
export const INTERRUPT_ACK = 0x064;
export const STATUS = 0x070;
export const QUEUE_DESC_LOW = 0x080;
export const QUEUE_DESC_HIGH = 0x084;
export const QUEUE_DRIVER_LOW = 0x090;
export const QUEUE_DRIVER_HIGH = 0x094;
export const QUEUE_DEVICE_LOW = 0x0a0;
export const QUEUE_DEVICE_HIGH = 0x0a4;
export const SHM_LEN_LOW = 0x0b0;
export const SHM_LEN_HIGH = 0x0b4;
export const QUEUE_RESET = 0x0c0;
export const CONFIG_GENERATION = 0x0fc;
export const CONFIG = 0x100;

/** Bytes of a slot's window that answer. */
export const SLOT_SIZE = 0x200;
/** Registers take accesses of their whole width only; device configuration and empty slots take any. */
export const SLOT_ACCESS_WIDTHS = [1, 2, 4, 8] as const;

/** "virt", little-endian. */
export const MAGIC = 0x7472_6976;
/** "QEMU", little-endian: drivers may tell vendors apart, so it is that of the board we are like. */
export const VENDOR = 0x554d_4551;
export const VERSION_NUMBERS: Readonly<Record<VirtioVersion, number>> = { legacy: 1, modern: 2 };

export const STATUS_DRIVER_OK = 0x04;
export const STATUS_FEATURES_OK = 0x08;
export const STATUS_DEVICE_NEEDS_RESET = 0x40;
export const STATUS_MASK = 0xff;

export const INTERRUPT_USED_BUFFER = 0x1;
export const INTERRUPT_CONFIGURATION = 0x2;

/** Features of the transport and of queues, by mask: see 6 "Reserved Feature Bits". */
export const Feature = {
  /** Legacy: an interrupt whenever the driver's ring runs empty. */
  NotifyOnEmpty: 1n << 24n,
  /** Legacy: headers and data may be cut into buffers anywhere. */
  AnyLayout: 1n << 27n,
  IndirectDescriptors: 1n << 28n,
  EventIndex: 1n << 29n,
  Version1: 1n << 32n,
  RingReset: 1n << 40n,
} as const;

/** What every device offers, by version of the interface. */
export const TRANSPORT_FEATURES: Readonly<Record<VirtioVersion, bigint>> = {
  legacy: Feature.NotifyOnEmpty | Feature.IndirectDescriptors | Feature.EventIndex,
  modern: Feature.IndirectDescriptors | Feature.EventIndex | Feature.Version1 | Feature.RingReset,
};

/** The longest queue that a driver may set up, whatever the device suggests. */
export const LARGEST_QUEUE = 1024;
/** Where legacy rings are aligned until the driver says otherwise. */
export const LEGACY_QUEUE_ALIGN = 4096;
/** Queues are selected and notified by numbers below this; others are ignored. */
export const QUEUE_NUMBERS = 1024;
/** What the length of a shared memory region reads as that does not exist. */
export const NO_SHARED_MEMORY = 0xffff_ffff;

const register = (
  name: string,
  offset: number,
  access: RegisterDeclaration['access'],
  doc: string,
): RegisterDeclaration => ({ name, offset, width: 4, access, doc });

const bit = (name: string, lsb: number, doc: string) => ({ name, lsb, width: 1, doc });

/** What both versions have. */
const COMMON_REGISTERS: readonly RegisterDeclaration[] = [
  register('MagicValue', MAGIC_VALUE, 'ro', '0x74726976, "virt"'),
  register('Version', VERSION, 'ro', '1 legacy, 2 modern'),
  register('DeviceID', DEVICE_ID, 'ro', 'Kind of device; 0: the slot is empty'),
  register('VendorID', VENDOR_ID, 'ro', '0x554d4551, "QEMU"'),
  register('DeviceFeatures', DEVICE_FEATURES, 'ro', 'Features offered, the selected 32'),
  register('DeviceFeaturesSel', DEVICE_FEATURES_SEL, 'wo', 'Selects features: 0 low, else high'),
  register('DriverFeatures', DRIVER_FEATURES, 'wo', 'Features accepted, the selected 32'),
  register('DriverFeaturesSel', DRIVER_FEATURES_SEL, 'wo', 'Selects features: 0 low, else high'),
  register('QueueSel', QUEUE_SEL, 'wo', 'The queue that the other Queue registers are about'),
  register('QueueNumMax', QUEUE_NUM_MAX, 'ro', 'Longest queue; 0: there is no such queue'),
  register('QueueNum', QUEUE_NUM, 'wo', 'Number of descriptors in the queue'),
  register('QueueNotify', QUEUE_NOTIFY, 'wo', 'Queue with new buffers'),
  {
    ...register('InterruptStatus', INTERRUPT_STATUS, 'ro', 'Why the device interrupts'),
    fields: [
      bit('USED_BUFFER', 0, 'A buffer was used'),
      bit('CONFIGURATION', 1, 'The configuration or the status changed'),
    ],
  },
  register('InterruptACK', INTERRUPT_ACK, 'wo', 'Clears bits of InterruptStatus'),
  {
    ...register('Status', STATUS, 'rw', 'How far the driver is; writing 0 resets the device'),
    fields: [
      bit('ACKNOWLEDGE', 0, 'The driver has seen the device'),
      bit('DRIVER', 1, 'The driver knows how to drive it'),
      bit('DRIVER_OK', 2, 'The driver is ready'),
      bit('FEATURES_OK', 3, 'Features are settled'),
      bit('DEVICE_NEEDS_RESET', 6, 'The driver has set up what makes no sense'),
      bit('FAILED', 7, 'The driver has given up'),
    ],
  },
  register('SHMLenLow', SHM_LEN_LOW, 'ro', 'All ones: no shared memory'),
  register('SHMLenHigh', SHM_LEN_HIGH, 'ro', 'All ones: no shared memory'),
];

/** The registers of a slot with a device, without the device's configuration. */
export const TRANSPORT_REGISTERS: Readonly<Record<VirtioVersion, readonly RegisterDeclaration[]>> =
  {
    legacy: [
      ...COMMON_REGISTERS,
      register('GuestPageSize', GUEST_PAGE_SIZE, 'wo', 'Unit of QueuePFN in bytes'),
      register('QueueAlign', QUEUE_ALIGN, 'wo', 'Alignment of the used ring in bytes'),
      register('QueuePFN', QUEUE_PFN, 'rw', 'Page of the queue; writing 0 resets the device'),
    ],
    modern: [
      ...COMMON_REGISTERS,
      register('QueueReady', QUEUE_READY, 'rw', '1: the device may use the queue'),
      register('QueueDescLow', QUEUE_DESC_LOW, 'wo', 'Descriptor table, low half of the address'),
      register('QueueDescHigh', QUEUE_DESC_HIGH, 'wo', 'Descriptor table, high half'),
      register('QueueDriverLow', QUEUE_DRIVER_LOW, 'wo', 'Available ring, low half'),
      register('QueueDriverHigh', QUEUE_DRIVER_HIGH, 'wo', 'Available ring, high half'),
      register('QueueDeviceLow', QUEUE_DEVICE_LOW, 'wo', 'Used ring, low half'),
      register('QueueDeviceHigh', QUEUE_DEVICE_HIGH, 'wo', 'Used ring, high half'),
      register('QueueReset', QUEUE_RESET, 'rw', 'Writing 1 resets the queue; reads 0: it is done'),
      register('ConfigGeneration', CONFIG_GENERATION, 'ro', 'Changes with the configuration'),
    ],
  };

/** The state of a slot with a device that has `queues` queues, suggested to be `queueSize` long. */
export function transportState(queues: number, queueSize: number) {
  return [
    { name: 'deviceFeaturesSel', type: 'u8', doc: '1: the high half of the features' },
    { name: 'driverFeaturesSel', type: 'u8', doc: '1: the high half of the features' },
    { name: 'driverFeatures', type: 'u32', length: 2, doc: 'As written; version 2 only' },
    { name: 'features', type: 'u64', doc: 'Features in force' },
    { name: 'status', type: 'u8', doc: 'Status' },
    { name: 'broken', type: 'u8', doc: '1: nothing is done before a reset' },
    { name: 'interruptStatus', type: 'u8', doc: 'InterruptStatus' },
    { name: 'configGeneration', type: 'u32', doc: 'ConfigGeneration' },
    { name: 'guestPageShift', type: 'u8', doc: 'GuestPageSize, as a power of two' },
    { name: 'queueSel', type: 'u32', doc: 'QueueSel' },
    { name: 'queueNum', type: 'u32', length: queues, reset: queueSize, doc: 'QueueNum by queue' },
    {
      name: 'queueAlign',
      type: 'u32',
      length: queues,
      reset: LEGACY_QUEUE_ALIGN,
      doc: 'QueueAlign by queue',
    },
    { name: 'queueReady', type: 'u8', length: queues, doc: '1: the rings are set up, by queue' },
    { name: 'queueDesc', type: 'u64', length: queues, doc: 'Descriptor table by queue' },
    { name: 'queueDriver', type: 'u64', length: queues, doc: 'Available ring by queue' },
    { name: 'queueDevice', type: 'u64', length: queues, doc: 'Used ring by queue' },
    { name: 'nextAvailable', type: 'u32', length: queues, doc: 'Next avail.idx to take, 16 bits' },
    { name: 'nextUsed', type: 'u32', length: queues, doc: 'used.idx, 16 bits' },
    { name: 'signalledUsed', type: 'u32', length: queues, doc: 'used.idx at the last interrupt' },
    { name: 'signalledValid', type: 'u8', length: queues, doc: '1: signalledUsed means something' },
  ] as const satisfies readonly StateDeclaration[];
}

export type TransportState = StateOf<ReturnType<typeof transportState>>;
