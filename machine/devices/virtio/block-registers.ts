/**
 * The block device's configuration, features, requests and state.
 *
 * Source: Virtual I/O Device 1.2, 5.2 "Block Device"; QEMU hw/block/virtio-blk.c.
 */

import type { DeviceDeclaration, RegisterDeclaration } from '../device.ts';
import {
  CONFIG,
  SLOT_ACCESS_WIDTHS,
  SLOT_SIZE,
  TRANSPORT_REGISTERS,
  transportState,
  type VirtioVersion,
} from './mmio-registers.ts';

export const BLOCK_DEVICE_ID = 2;
export const BLOCK_QUEUES = 1;
export const BLOCK_QUEUE_SIZE = 256;

/** Features of the block device, by mask. */
export const BlockFeature = {
  SegmentMaximum: 1n << 2n,
  Geometry: 1n << 4n,
  ReadOnly: 1n << 5n,
  BlockSize: 1n << 6n,
  /** Legacy: SCSI packet commands; offered by QEMU, which then refuses every one. */
  Scsi: 1n << 7n,
  Flush: 1n << 9n,
  Topology: 1n << 10n,
  ConfigWriteback: 1n << 11n,
  Discard: 1n << 13n,
  WriteZeroes: 1n << 14n,
} as const;

// struct virtio_blk_config, as offsets in the configuration
export const CAPACITY = 0;
export const SEG_MAX = 12;
export const CYLINDERS = 16;
export const HEADS = 18;
export const SECTORS = 19;
export const BLK_SIZE = 20;
export const WRITEBACK = 32;
export const NUM_QUEUES = 34;
export const MAX_DISCARD_SECTORS = 36;
export const MAX_DISCARD_SEG = 40;
export const DISCARD_SECTOR_ALIGNMENT = 44;
export const MAX_WRITE_ZEROES_SECTORS = 48;
export const MAX_WRITE_ZEROES_SEG = 52;
export const WRITE_ZEROES_MAY_UNMAP = 56;
/** The last field ends here; what lies behind reads as all ones. */
export const CONFIG_BYTES = 57;

// struct virtio_blk_req
export const REQUEST_HEADER = 16;
export const REQUEST_TYPE = 0;
export const REQUEST_SECTOR = 8;
export const STATUS_BYTES = 1;

export const RequestType = {
  In: 0,
  Out: 1,
  Flush: 4,
  GetId: 8,
  Discard: 11,
  WriteZeroes: 13,
} as const;
/** Legacy: a flag on any type, which has been ignored for as long as there are drivers. */
export const REQUEST_BARRIER = 0x8000_0000;

export const RequestStatus = { Ok: 0, IoError: 1, Unsupported: 2 } as const;
export type RequestStatus = (typeof RequestStatus)[keyof typeof RequestStatus];

/** Longest serial number, which has no end marker then. */
export const ID_BYTES = 20;

// struct virtio_blk_discard_write_zeroes
export const RANGE_BYTES = 16;
export const RANGE_SECTOR = 0;
export const RANGE_SECTORS = 8;
export const RANGE_FLAGS = 12;
export const RANGE_UNMAP = 0x1;

/** Most sectors in one request: just below 2 GiB. */
export const LARGEST_REQUEST = 0x3f_ffff;

const field = (
  name: string,
  offset: number,
  width: RegisterDeclaration['width'],
  doc: string,
): RegisterDeclaration => ({ name, offset: CONFIG + offset, width, access: 'ro', doc });

const CONFIGURATION: readonly RegisterDeclaration[] = [
  field('capacity', CAPACITY, 8, 'Size in sectors of 512 bytes'),
  field('seg_max', SEG_MAX, 4, 'Most buffers in a request'),
  field('geometry.cylinders', CYLINDERS, 2, 'Geometry, made up from the size'),
  field('geometry.heads', HEADS, 1, '16'),
  field('geometry.sectors', SECTORS, 1, '63'),
  field('blk_size', BLK_SIZE, 4, 'Size of a block in bytes: 512'),
  {
    ...field('writeback', WRITEBACK, 1, '1: writes last from the next flush on; 0: at once'),
    access: 'rw',
  },
  field('num_queues', NUM_QUEUES, 2, '1'),
  field('max_discard_sectors', MAX_DISCARD_SECTORS, 4, 'Most sectors in a discard'),
  field('max_discard_seg', MAX_DISCARD_SEG, 4, 'Ranges in a discard: 1'),
  field('discard_sector_alignment', DISCARD_SECTOR_ALIGNMENT, 4, '1'),
  field('max_write_zeroes_sectors', MAX_WRITE_ZEROES_SECTORS, 4, 'Most sectors to write zeroes to'),
  field('max_write_zeroes_seg', MAX_WRITE_ZEROES_SEG, 4, 'Ranges in such a request: 1'),
  field('write_zeroes_may_unmap', WRITE_ZEROES_MAY_UNMAP, 1, '1'),
];

/** The declaration of a block device in a slot of that name. */
export function declareBlock(name: string, version: VirtioVersion) {
  return {
    name,
    source:
      'Virtual I/O Device 1.2, 4.2 and 5.2; QEMU hw/virtio/virtio-mmio.c, hw/block/virtio-blk.c',
    compatible: ['virtio,mmio'],
    size: SLOT_SIZE,
    accessWidths: SLOT_ACCESS_WIDTHS,
    registers: [...TRANSPORT_REGISTERS[version], ...CONFIGURATION],
    state: [
      ...transportState(BLOCK_QUEUES, BLOCK_QUEUE_SIZE),
      { name: 'writeback', type: 'u8', reset: 1, doc: '0: every write is flushed' },
      {
        name: 'requestDue',
        type: 'cycle',
        doc: 'When the request at the head of the queue is done',
      },
    ],
  } as const satisfies DeviceDeclaration;
}
