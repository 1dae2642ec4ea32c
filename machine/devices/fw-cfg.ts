/**
 * The `fw_cfg` device: how firmware learns of the machine. An entry is selected by its key and read
 * byte by byte, or copied to RAM by a DMA command. All registers are big-endian.
 *
 * Source: QEMU docs/specs/fw_cfg; QEMU hw/nvram/fw_cfg.c.
 */

import type { PhysicalMemory } from '../bus/physical-memory.ts';
import type { Device, DeviceDeclaration, StateValues } from './device.ts';
import { createState, resetState, restoreState, saveState } from './device-state.ts';
import { FW_CFG_KEYS, type FwCfgEntries } from './fw-cfg-entries.ts';
import type { GuestErrorHook } from './guest-error.ts';

const DATA = 0x00;
/** The second word of an access of 8 bytes to `DATA`; by itself it is not there. */
const DATA_HIGH = 0x04;
const SELECTOR = 0x08;
const DMA_HIGH = 0x10;
const DMA_LOW = 0x14;
const END = 0x18;

const SELECTOR_WIDTH = 2;
const DMA_WIDTH = 4;

/** What the DMA register reads. */
const DMA_SIGNATURE = new TextEncoder().encode('QEMU CFG');

/** A selector's bits that choose the entry; the others ask for writing and for the board's own. */
const KEY_MASK = 0x3fff;
const KEY_BOARD = 0x8000;
/** Nothing is selected. */
const NO_KEY = 0xffff;

// struct FWCfgDmaAccess, big-endian
const COMMAND_BYTES = 16;
const COMMAND_CONTROL = 0;
const COMMAND_LENGTH = 4;
const COMMAND_ADDRESS = 8;

const CONTROL_ERROR = 0x01;
const CONTROL_READ = 0x02;
const CONTROL_SKIP = 0x04;
const CONTROL_SELECT = 0x08;
const CONTROL_WRITE = 0x10;
const CONTROL_KEY_LSB = 16;

/** Zeroes behind an entry are written in pieces of at most this, in bytes. */
const PIECE_BYTES = 0x1_0000;
const TWO_32 = 2 ** 32;

const DECLARATION = {
  name: 'fw-cfg',
  source: 'QEMU docs/specs/fw_cfg; QEMU hw/nvram/fw_cfg.c',
  compatible: ['qemu,fw-cfg-mmio'],
  size: END,
  accessWidths: [1, 2, 4, 8],
  registers: [
    {
      name: 'data',
      offset: DATA,
      width: 8,
      access: 'rw',
      doc: 'The next bytes of the selected entry, in the order of addresses; writes are ignored',
    },
    {
      name: 'selector',
      offset: SELECTOR,
      width: 2,
      access: 'wo',
      doc: 'Selects an entry, to be read from its beginning',
    },
    {
      name: 'dma',
      offset: DMA_HIGH,
      width: 8,
      access: 'rw',
      doc: 'Writing the address of a command, or its low half, carries it out; reads "QEMU CFG"',
    },
  ],
  state: [
    { name: 'key', type: 'u32', doc: 'Selected entry, by its selector; 0xffff: none' },
    { name: 'position', type: 'u32', doc: 'Bytes of it that have been read' },
    { name: 'dmaHigh', type: 'u32', doc: 'High half of a command address' },
  ],
} as const satisfies DeviceDeclaration;

export class FwCfg implements Device {
  readonly declaration = DECLARATION;
  private readonly state = createState(DECLARATION.state);
  private readonly report: GuestErrorHook;
  private readonly entries: FwCfgEntries;
  private readonly memory: PhysicalMemory;

  constructor(entries: FwCfgEntries, memory: PhysicalMemory, report: GuestErrorHook) {
    this.report = report;
    this.entries = entries;
    this.memory = memory;
  }

  accepts(offset: number, width: number, isWrite: boolean): boolean {
    if (offset < SELECTOR) return offset === DATA;
    if (offset < DMA_HIGH) return isWrite && offset === SELECTOR && width === SELECTOR_WIDTH;
    return !isWrite || width >= DMA_WIDTH;
  }

  read(offset: number, width: number): number {
    if (offset >= DMA_HIGH) return littleEndian(DMA_SIGNATURE, offset - DMA_HIGH, width);
    const bytes = new Uint8Array(width);
    bytes.set(this.take(width));
    return littleEndian(bytes, 0, width);
  }

  write(offset: number, width: number, value: number): void {
    switch (offset) {
      case DATA:
      case DATA_HIGH:
        this.reportWrite(offset, width, value, 'entries are read-only');
        break;
      case SELECTOR:
        this.select(((value & 0xff) << 8) | (value >>> 8));
        break;
      case DMA_HIGH:
        this.state.dmaHigh = swap32(value);
        break;
      case DMA_LOW: {
        const address = this.state.dmaHigh * TWO_32 + swap32(value);
        this.state.dmaHigh = 0;
        this.command(address);
        break;
      }
    }
  }

  private reportWrite(offset: number, width: number, value: number, problem: string): void {
    this.report({ device: DECLARATION.name, access: 'write', offset, width, value, problem });
  }

  private select(selector: number): void {
    const { state } = this;
    state.key = (selector & KEY_MASK) < FW_CFG_KEYS ? selector : NO_KEY;
    state.position = 0;
  }

  /** What is left of the selected entry; nothing where there is none. */
  private get rest(): Uint8Array {
    const { key, position } = this.state;
    const isOurs = key !== NO_KEY && (key & KEY_BOARD) === 0;
    const entry = isOurs ? this.entries.get(key & KEY_MASK) : undefined;
    return entry?.subarray(position) ?? new Uint8Array();
  }

  /** The next bytes of the selected entry, at most `most`. */
  private take(most: number): Uint8Array {
    const taken = this.rest.subarray(0, most);
    this.state.position += taken.length;
    return taken;
  }

  /** Carries out the command at an address and writes there what became of it. */
  private command(address: number): void {
    const bytes = new Uint8Array(COMMAND_BYTES);
    if (!this.memory.readBytes(address, bytes)) {
      this.reportWrite(DMA_LOW, DMA_WIDTH, address % TWO_32, 'DMA command outside RAM');
      this.answer(address, CONTROL_ERROR);
      return;
    }
    const view = new DataView(bytes.buffer);
    const control = view.getUint32(COMMAND_CONTROL);
    const length = view.getUint32(COMMAND_LENGTH);
    const target = view.getUint32(COMMAND_ADDRESS) * TWO_32 + view.getUint32(COMMAND_ADDRESS + 4);
    if ((control & CONTROL_SELECT) !== 0) this.select(control >>> CONTROL_KEY_LSB);
    const isDone = this.transfer(control, target, length);
    this.answer(address, isDone ? 0 : CONTROL_ERROR);
  }

  private answer(address: number, control: number): void {
    this.memory.write(address + COMMAND_CONTROL, 4, swap32(control));
  }

  /** Whether the command could be carried out. */
  private transfer(control: number, target: number, length: number): boolean {
    if ((control & CONTROL_READ) !== 0) return this.copy(target, length);
    if ((control & CONTROL_WRITE) !== 0) {
      // As on QEMU, what may not be written is passed over first.
      this.take(length);
      return length === 0;
    }
    if ((control & CONTROL_SKIP) !== 0) this.take(length);
    return true;
  }

  /** Copies the next bytes of the entry to RAM, and zeroes where it has ended. */
  private copy(target: number, length: number): boolean {
    if (length === 0) return true;
    const { memory } = this;
    const taken = this.take(length);
    if (!memory.contains(target, length)) return false;
    memory.writeBytes(target, taken);
    const zeroes = new Uint8Array(Math.min(PIECE_BYTES, length - taken.length));
    for (let at = taken.length; at < length; at += zeroes.length) {
      memory.writeBytes(target + at, zeroes.subarray(0, length - at));
    }
    return true;
  }

  reset(): void {
    resetState(DECLARATION.state, this.state);
  }

  saveState(): StateValues {
    return saveState(DECLARATION.state, this.state);
  }

  restoreState(values: StateValues): void {
    restoreState(DECLARATION.state, this.state, values);
  }
}

function littleEndian(bytes: Uint8Array, offset: number, width: number): number {
  let value = 0;
  for (let at = width - 1; at >= 0; at--) value = value * 0x100 + bytes[offset + at];
  return value;
}

function swap32(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return view.getUint32(0);
}
