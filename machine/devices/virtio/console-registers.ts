/**
 * The console device's configuration, features, control messages and state. Like QEMU's it offers 31
 * ports, of which port 0 is there; every port has its queues.
 *
 * Source: Virtual I/O Device 1.2, 5.3 "Console Device"; QEMU hw/char/virtio-serial-bus.c.
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

export const CONSOLE_DEVICE_ID = 3;
export const CONSOLE_QUEUE_SIZE = 128;
/** Ports that there could be. */
export const CONSOLE_PORTS = 31;
/** The port that there is. */
export const PORT = 0;

export const RECEIVE_QUEUE = 0;
export const TRANSMIT_QUEUE = 1;
export const CONTROL_RECEIVE_QUEUE = 2;
export const CONTROL_TRANSMIT_QUEUE = 3;
/** Two for each port, and two for control messages. */
export const CONSOLE_QUEUES = 2 * (CONSOLE_PORTS + 1);

/** Features of the console, by mask. */
export const ConsoleFeature = { MultiplePorts: 1n << 1n, EmergencyWrite: 1n << 2n } as const;

// struct virtio_console_config, as offsets in the configuration
export const MAX_NR_PORTS = 4;
export const EMERG_WR = 8;
export const CONFIG_BYTES = 12;

// struct virtio_console_control
export const CONTROL_BYTES = 8;
export const CONTROL_ID = 0;
export const CONTROL_EVENT = 4;
export const CONTROL_VALUE = 6;

export const ControlEvent = {
  DeviceReady: 0,
  PortAdd: 1,
  PortReady: 3,
  ConsolePort: 4,
  PortOpen: 6,
} as const;

const field = (
  name: string,
  offset: number,
  width: RegisterDeclaration['width'],
  access: RegisterDeclaration['access'],
  doc: string,
): RegisterDeclaration => ({ name, offset: CONFIG + offset, width, access, doc });

const CONFIGURATION: readonly RegisterDeclaration[] = [
  field('cols', 0, 2, 'ro', '0: the size of the console is not known'),
  field('rows', 2, 2, 'ro', '0'),
  field('max_nr_ports', MAX_NR_PORTS, 4, 'ro', 'Ports that there could be: 31'),
  field('emerg_wr', EMERG_WR, 4, 'wo', 'Writes a character to the console, with no queue set up'),
];

/** The declaration of a console in a slot of that name. */
export function declareConsole(name: string, version: VirtioVersion) {
  return {
    name,
    source:
      'Virtual I/O Device 1.2, 4.2 and 5.3; QEMU hw/virtio/virtio-mmio.c, hw/char/virtio-serial-bus.c',
    compatible: ['virtio,mmio'],
    size: SLOT_SIZE,
    accessWidths: SLOT_ACCESS_WIDTHS,
    registers: [...TRANSPORT_REGISTERS[version], ...CONFIGURATION],
    state: [
      ...transportState(CONSOLE_QUEUES, CONSOLE_QUEUE_SIZE),
      { name: 'isOpen', type: 'u8', doc: '1: the driver of several ports has opened port 0' },
      { name: 'transmitDue', type: 'cycle', doc: 'When the next piece of output is written' },
      { name: 'transmitted', type: 'u32', doc: 'Bytes written of the output at the queue’s head' },
    ],
  } as const satisfies DeviceDeclaration;
}
