/**
 * The 16550A's registers, bits and state: the declaration that the UART is built from.
 *
 * Source: National Semiconductor PC16550D data sheet; QEMU hw/char/serial.c.
 */

import type { DeviceDeclaration } from './device.ts';
import { CYCLES_PER_SECOND } from './guest-time.ts';

// Register offsets. Reads and writes of 0 and 2 reach different registers; LCR.DLAB banks 0 and 1.
export const DATA = 0;
export const IER = 1;
export const IIR_FCR = 2;
export const LCR = 3;
export const MCR = 4;
export const LSR = 5;
export const MSR = 6;
export const SCR = 7;

export const IER_RDI = 0x01;
export const IER_THRI = 0x02;
export const IER_RLSI = 0x04;
export const IER_MSI = 0x08;
export const IER_MASK = 0x0f;

export const IIR_MODEM_STATUS = 0x00;
export const IIR_NONE = 0x01;
export const IIR_THR_EMPTY = 0x02;
export const IIR_DATA_AVAILABLE = 0x04;
export const IIR_LINE_STATUS = 0x06;
export const IIR_CHARACTER_TIMEOUT = 0x0c;
export const IIR_FIFOS_ENABLED = 0xc0;

export const FCR_ENABLE = 0x01;
export const FCR_CLEAR_RECEIVER = 0x02;
export const FCR_CLEAR_TRANSMITTER = 0x04;
export const FCR_TRIGGER_LSB = 6;
/** The bits that a write of FCR leaves behind: enable, DMA mode, trigger level. */
export const FCR_KEPT = 0xc9;
/** FIFO fill at which "data available" is raised, by FCR.TRIGGER. */
export const TRIGGER_LEVELS = [1, 4, 8, 14] as const;

export const LCR_DATA_BITS = 0x03;
export const LCR_STOP = 0x04;
export const LCR_PARITY = 0x08;
export const LCR_DLAB = 0x80;

export const MCR_DTR = 0x01;
export const MCR_RTS = 0x02;
export const MCR_OUT1 = 0x04;
export const MCR_OUT2 = 0x08;
export const MCR_LOOP = 0x10;
export const MCR_MASK = 0x1f;

export const LSR_DR = 0x01;
export const LSR_OE = 0x02;
export const LSR_BI = 0x10;
export const LSR_THRE = 0x20;
export const LSR_TEMT = 0x40;
/** Overrun, parity, framing, break: what the line status interrupt stands for. */
export const LSR_ERRORS = 0x1e;

export const MSR_CTS = 0x10;
export const MSR_DSR = 0x20;
export const MSR_RI = 0x40;
export const MSR_DCD = 0x80;
export const MSR_LINES = 0xf0;
export const MSR_DELTAS = 0x0f;
/** Distance from a modem line's bit in MSR to its delta bit. */
export const MSR_DELTA_SHIFT = 4;

export const FIFO_SIZE = 16;

/** The UART's input clock in hertz; the device tree's `clock-frequency`. */
export const UART_CLOCK_FREQUENCY = 3_686_400;
/** Bits a second at divisor 1. */
export const BASE_BAUD = UART_CLOCK_FREQUENCY / 16;
export const RESET_DIVISOR = 12;
/** Ten bits at 9600 baud, until software has set up the line. */
export const RESET_CHARACTER_TIME = Math.floor((10 * CYCLES_PER_SECOND) / 9600);
/** A peer that is there and ready. */
export const PEER_READY = MSR_CTS | MSR_DSR | MSR_DCD;

const bit = (name: string, lsb: number, doc: string) => ({ name, lsb, width: 1, doc });

export const UART16550_DECLARATION = {
  name: 'uart16550',
  source: 'National Semiconductor PC16550D; QEMU hw/char/serial.c',
  compatible: ['ns16550a'],
  size: 8,
  accessWidths: [1, 2, 4, 8],
  doubleAccess: 'one word',
  registers: [
    {
      name: 'RBR',
      offset: DATA,
      width: 1,
      access: 'ro',
      doc: 'Receiver buffer: takes the oldest received byte (LCR.DLAB = 0)',
    },
    {
      name: 'THR',
      offset: DATA,
      width: 1,
      access: 'wo',
      doc: 'Transmitter holding register: sends a byte (LCR.DLAB = 0)',
    },
    {
      name: 'DLL',
      offset: DATA,
      width: 1,
      access: 'rw',
      doc: 'Divisor, low byte (LCR.DLAB = 1)',
    },
    {
      name: 'IER',
      offset: IER,
      width: 1,
      access: 'rw',
      doc: 'Interrupt enable (LCR.DLAB = 0)',
      fields: [
        bit('RDI', 0, 'Data available and character timeout'),
        bit('THRI', 1, 'Transmitter holding register empty'),
        bit('RLSI', 2, 'Line status'),
        bit('MSI', 3, 'Modem status'),
      ],
    },
    {
      name: 'DLM',
      offset: IER,
      width: 1,
      access: 'rw',
      doc: 'Divisor, high byte (LCR.DLAB = 1)',
    },
    {
      name: 'IIR',
      offset: IIR_FCR,
      width: 1,
      access: 'ro',
      doc: 'Interrupt identification; reading it ends a THR interrupt',
      fields: [
        {
          name: 'CAUSE',
          lsb: 0,
          width: 4,
          doc: 'By priority: 6 line status, 4 data available, 12 character timeout, 2 THR empty, 0 modem status, 1 none',
        },
        { name: 'FIFOS', lsb: 6, width: 2, doc: '3 when the FIFOs are on' },
      ],
    },
    {
      name: 'FCR',
      offset: IIR_FCR,
      width: 1,
      access: 'wo',
      doc: 'FIFO control; a change of ENABLE clears both FIFOs',
      fields: [
        bit('ENABLE', 0, 'FIFOs on'),
        bit('CLEAR_RECEIVER', 1, 'Empties the receiver'),
        bit('CLEAR_TRANSMITTER', 2, 'Empties the transmitter'),
        bit('DMA_MODE', 3, 'No effect'),
        {
          name: 'TRIGGER',
          lsb: FCR_TRIGGER_LSB,
          width: 2,
          doc: 'Trigger level: 1, 4, 8, 14 bytes',
        },
      ],
    },
    {
      name: 'LCR',
      offset: LCR,
      width: 1,
      access: 'rw',
      doc: 'Line control; sets the length of a character',
      fields: [
        { name: 'DATA_BITS', lsb: 0, width: 2, doc: 'Data bits less 5' },
        bit('STOP', 2, 'Two stop bits'),
        bit('PARITY', 3, 'Parity bit'),
        bit('EVEN', 4, 'Even parity'),
        bit('STICK', 5, 'Parity bit is constant'),
        bit('BREAK', 6, 'Send break; no effect'),
        bit('DLAB', 7, 'Divisor latch access'),
      ],
    },
    {
      name: 'MCR',
      offset: MCR,
      width: 1,
      access: 'rw',
      doc: 'Modem control',
      fields: [
        bit('DTR', 0, 'Data terminal ready'),
        bit('RTS', 1, 'Request to send'),
        bit('OUT1', 2, 'User output 1'),
        bit('OUT2', 3, 'User output 2'),
        bit('LOOP', 4, 'What is transmitted is received; outputs feed the inputs of MSR'),
      ],
    },
    {
      name: 'LSR',
      offset: LSR,
      width: 1,
      access: 'ro',
      doc: 'Line status; reading it clears OE and BI',
      fields: [
        bit('DR', 0, 'Data ready'),
        bit('OE', 1, 'Overrun'),
        bit('PE', 2, 'Parity error: always 0'),
        bit('FE', 3, 'Framing error: always 0'),
        bit('BI', 4, 'Break'),
        bit('THRE', 5, 'Transmitter holding register empty'),
        bit('TEMT', 6, 'Transmitter empty'),
      ],
    },
    {
      name: 'MSR',
      offset: MSR,
      width: 1,
      access: 'ro',
      doc: 'Modem status; reading it clears the deltas',
      fields: [
        bit('DCTS', 0, 'CTS changed'),
        bit('DDSR', 1, 'DSR changed'),
        bit('TERI', 2, 'RI fell'),
        bit('DDCD', 3, 'DCD changed'),
        bit('CTS', 4, 'Clear to send'),
        bit('DSR', 5, 'Data set ready'),
        bit('RI', 6, 'Ring indicator'),
        bit('DCD', 7, 'Carrier detect'),
      ],
    },
    { name: 'SCR', offset: SCR, width: 1, access: 'rw', doc: 'Scratch: kept for software' },
  ],
  state: [
    { name: 'ier', type: 'u8', doc: 'IER' },
    { name: 'fcr', type: 'u8', doc: 'FCR: the bits that stay' },
    { name: 'lcr', type: 'u8', doc: 'LCR' },
    { name: 'mcr', type: 'u8', reset: MCR_OUT2, doc: 'MCR' },
    { name: 'lsr', type: 'u8', reset: LSR_THRE | LSR_TEMT, doc: 'LSR' },
    { name: 'msr', type: 'u8', reset: PEER_READY, doc: 'MSR' },
    { name: 'scr', type: 'u8', doc: 'SCR' },
    { name: 'divisor', type: 'u32', reset: RESET_DIVISOR, doc: 'DLM and DLL, 16 bits' },
    { name: 'rbr', type: 'u8', doc: 'Last byte received with the FIFOs off' },
    { name: 'fifo', type: 'u8', length: FIFO_SIZE, doc: 'Receiver FIFO, a ring' },
    { name: 'fifoHead', type: 'u8', doc: 'Index of its oldest byte' },
    { name: 'fifoCount', type: 'u8', doc: 'Bytes in it' },
    { name: 'thrInterrupt', type: 'u8', doc: '1: the THR became empty and nobody has asked' },
    { name: 'timeoutInterrupt', type: 'u8', doc: '1: bytes have waited for four character times' },
    {
      name: 'characterTime',
      type: 'u32',
      reset: RESET_CHARACTER_TIME,
      doc: 'Length of a character in cycles',
    },
    { name: 'timeoutDue', type: 'cycle', doc: 'When the character timeout is raised' },
  ],
} as const satisfies DeviceDeclaration;
