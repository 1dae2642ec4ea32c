/**
 * The network card's configuration, features, headers, commands and state.
 *
 * Source: Virtual I/O Device 1.2, 5.1 "Network Device"; QEMU hw/net/virtio-net.c.
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

export const NET_DEVICE_ID = 1;
export const NET_QUEUE_SIZE = 256;
export const RECEIVE_QUEUE = 0;
export const TRANSMIT_QUEUE = 1;
export const CONTROL_QUEUE = 2;
export const NET_QUEUES = 3;

/** Features of the network card, by mask. */
export const NetFeature = {
  ControlGuestOffloads: 1n << 2n,
  Mac: 1n << 5n,
  /** Legacy: packets of any GSO type; QEMU offers it, with no GSO type to go with it. */
  AnyGso: 1n << 6n,
  MergeableReceiveBuffers: 1n << 15n,
  Status: 1n << 16n,
  ControlQueue: 1n << 17n,
  ControlReceive: 1n << 18n,
  ControlVlan: 1n << 19n,
  ControlReceiveExtra: 1n << 20n,
  GuestAnnounce: 1n << 21n,
  ControlMacAddress: 1n << 23n,
} as const;

// struct virtio_net_config, as offsets in the configuration
export const MAC = 0;
export const MAC_BYTES = 6;
export const LINK_STATUS = 6;
/** The last field that the offered features give a meaning ends here. */
export const CONFIG_BYTES = 8;

export const LINK_UP = 0x1;

// struct virtio_net_hdr
export const HEADER_BYTES = 10;
/** With `num_buffers`, which mergeable buffers and version 1.0 of the specification have. */
export const MERGEABLE_HEADER_BYTES = 12;
export const NUM_BUFFERS = 10;

// struct virtio_net_ctrl
export const COMMAND_BYTES = 2;
export const ACK_BYTES = 1;
export const ControlAck = { Ok: 0, Error: 1 } as const;
export type ControlAck = (typeof ControlAck)[keyof typeof ControlAck];

export const ControlClass = { Receive: 0, Mac: 1, Vlan: 2, Announce: 3 } as const;
/** Commands of the class `Receive` switch the filter's modes, in this order. */
export const RECEIVE_MODES = [
  'promiscuous',
  'allMulticast',
  'allUnicast',
  'noMulticast',
  'noUnicast',
  'noBroadcast',
] as const;
export const MacCommand = { TableSet: 0, AddressSet: 1 } as const;
export const VlanCommand = { Add: 0, Delete: 1 } as const;

/** Addresses that the filter's table holds; with more, it lets all of the kind pass. */
export const MAC_TABLE_ENTRIES = 64;
export const VLANS = 4096;

const field = (
  name: string,
  offset: number,
  width: RegisterDeclaration['width'],
  access: RegisterDeclaration['access'],
  doc: string,
): RegisterDeclaration => ({ name, offset: CONFIG + offset, width, access, doc });

const CONFIGURATION: readonly RegisterDeclaration[] = [
  {
    ...field('mac', MAC, 1, 'rw', 'Hardware address; legacy drivers may change it here'),
    dimensions: [{ name: 'byte', count: MAC_BYTES, stride: 1 }],
  },
  field('status', LINK_STATUS, 2, 'ro', 'Bit 0: the link is up'),
];

/** The declaration of a network card in a slot of that name. */
export function declareNet(name: string, version: VirtioVersion) {
  return {
    name,
    source:
      'Virtual I/O Device 1.2, 4.2 and 5.1; QEMU hw/virtio/virtio-mmio.c, hw/net/virtio-net.c',
    compatible: ['virtio,mmio'],
    size: SLOT_SIZE,
    accessWidths: SLOT_ACCESS_WIDTHS,
    registers: [...TRANSPORT_REGISTERS[version], ...CONFIGURATION],
    state: [
      ...transportState(NET_QUEUES, NET_QUEUE_SIZE),
      { name: 'mac', type: 'u8', length: MAC_BYTES, doc: 'Hardware address' },
      { name: 'promiscuous', type: 'u8', reset: 1, doc: '1: every frame passes the filter' },
      { name: 'allMulticast', type: 'u8', doc: '1: every multicast frame passes' },
      { name: 'allUnicast', type: 'u8', doc: '1: every unicast frame passes' },
      { name: 'noMulticast', type: 'u8', doc: '1: no multicast frame passes' },
      { name: 'noUnicast', type: 'u8', doc: '1: no unicast frame passes' },
      { name: 'noBroadcast', type: 'u8', doc: '1: no broadcast frame passes' },
      {
        name: 'macTable',
        type: 'u8',
        length: MAC_TABLE_ENTRIES * MAC_BYTES,
        doc: 'Addresses that pass: unicast, then multicast',
      },
      { name: 'unicastEntries', type: 'u32', doc: 'Unicast addresses in the table' },
      { name: 'multicastEntries', type: 'u32', doc: 'Multicast addresses in the table' },
      { name: 'unicastOverflow', type: 'u8', doc: '1: there were more than the table holds' },
      { name: 'multicastOverflow', type: 'u8', doc: '1: there were more than the table holds' },
      { name: 'vlans', type: 'u32', length: VLANS / 32, doc: 'VLANs that pass, a bit for each' },
      {
        name: 'transmitDue',
        type: 'cycle',
        doc: 'When the frame at the head of the queue is sent',
      },
    ],
  } as const satisfies DeviceDeclaration;
}
