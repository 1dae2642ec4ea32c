/**
 * A bank of CFI flash: memory that is read as memory, and written by command sequences.
 *
 * Commands take no guest time: a bank is ready as soon as it has been told. As on QEMU, programming
 * can set bits as well as clear them, a sector is erased by the first write of its sequence already,
 * and any sequence that means nothing ends in reading the array.
 *
 * A bank with a disk behind it is the host's, like the disk; one without begins with zeroes, and what
 * has been written to it is state.
 *
 * Source: see cfi-flash-registers.ts.
 */

import {
  BANK_WIDTH,
  Command,
  CONFIRM,
  DEVICE_WIDTH,
  ERASED,
  FLASH_BANK_BYTES,
  FLASH_SECTOR_BYTES,
  IDENTIFIER_WORDS,
  IDENTIFIERS,
  LOCK_SECTOR,
  QUERY_START,
  QUERY_TABLE,
  STATUS_ERASE_ERROR,
  STATUS_PROGRAM_ERROR,
  STATUS_READY,
  WRITE_BUFFER_BYTES,
} from './cfi-flash-registers.ts';
import type { HostEnd } from './host-end.ts';
import type { Device, DeviceDeclaration, StateValues } from './device.ts';
import {
  createState,
  DeviceStateError,
  resetState,
  restoreState,
  saveState,
} from './device-state.ts';
import { FlashArray, readSaved } from './flash-array.ts';
import type { GuestErrorHook } from './guest-error.ts';
import type { Disk } from './virtio/disk.ts';

const WORD_BITS = 8 * BANK_WIDTH;
const DEVICE_BITS = 8 * DEVICE_WIDTH;
const DEVICE_MASK = 2 ** DEVICE_BITS - 1;
/** A number that both devices of the bank answer. */
const TWICE = 2 ** DEVICE_BITS + 1;

const STATE = [
  { name: 'command', type: 'u8', doc: 'The command that the bank is carrying out' },
  { name: 'cycle', type: 'u8', doc: 'How many of its writes have come' },
  { name: 'status', type: 'u8', reset: STATUS_READY, doc: 'Status register' },
  { name: 'left', type: 'u32', doc: 'Writes to the buffer that are still to come, less 1' },
  { name: 'bufferPlace', type: 'u32', doc: 'Where in the bank the write buffer belongs' },
  { name: 'buffer', type: 'u8', length: WRITE_BUFFER_BYTES, doc: 'Write buffer' },
] as const satisfies DeviceDeclaration['state'];

/** What a bank without a disk has been written, beside the state that has a fixed size. */
const CONTENTS = {
  name: 'contents',
  type: 'u32',
  doc: 'Sectors that have been written: each its number, then its words',
} as const;

export class CfiFlash implements Device {
  readonly declaration: DeviceDeclaration;
  readonly hostEnds: readonly HostEnd[];
  readonly storage?: Disk;
  private readonly state = createState(STATE);
  private readonly array: FlashArray;
  private readonly report: GuestErrorHook;

  /**
   * @param disk what is in the bank; zeroes if absent
   * @throws RangeError unless the disk has the bank's size
   */
  constructor(name: string, disk: Disk | undefined, report: GuestErrorHook) {
    if (disk !== undefined && disk.bytes !== FLASH_BANK_BYTES) {
      throw new RangeError(
        `${name}: a bank has ${FLASH_BANK_BYTES} bytes, what is to be in it ${disk.bytes}`,
      );
    }
    this.declaration = {
      name,
      source:
        'JEDEC JESD68.01; Intel StrataFlash command set; QEMU hw/block/pflash_cfi01.c, hw/riscv/virt.c',
      compatible: ['cfi-flash'],
      size: FLASH_BANK_BYTES,
      accessWidths: [1, 2, 4, 8],
      registers: [],
      state: disk === undefined ? [...STATE, CONTENTS] : STATE,
    };
    if (disk !== undefined) this.storage = disk;
    this.hostEnds = disk?.written === undefined ? [] : [disk.written];
    this.array = new FlashArray(disk);
    this.report = report;
  }

  private get isReadOnly(): boolean {
    return this.storage?.isReadOnly === true;
  }

  read(offset: number, width: number): number {
    const { state } = this;
    switch (state.command) {
      case Command.ReadArray:
        return this.array.read(offset, width);
      case Command.ReadIdentifiers:
        return narrow(answer(IDENTIFIERS, (offset >>> 2) % IDENTIFIER_WORDS), width);
      case Command.Query:
        return narrow(answer(QUERY_TABLE, (offset >>> 2) - QUERY_START), width);
      default:
        return width > DEVICE_WIDTH ? state.status * TWICE : state.status;
    }
  }

  write(offset: number, width: number, value: number): void {
    const { state } = this;
    const code = value & 0xff;
    if (state.cycle === 0) {
      this.begin(code, offset, width, value);
      return;
    }
    switch (state.command) {
      case Command.Program:
      case Command.ProgramAlternative:
        this.program(offset, width, value);
        state.cycle = 0;
        break;
      case Command.Erase:
        if (code === CONFIRM) this.endSequence();
        else this.readArray(code, offset, width, value);
        break;
      case Command.Lock:
        if (code === CONFIRM || code === LOCK_SECTOR) this.endSequence();
        else this.readArray(code, offset, width, value);
        break;
      case Command.WriteBuffer:
        this.writeBuffer(code, offset, width, value);
        break;
      default:
        // In the query nothing else than a reset means anything, nor does it harm.
        if (code === Command.Reset) this.readArray(code, offset, width, value);
    }
  }

  /** The first write of a sequence. */
  private begin(code: number, offset: number, width: number, value: number): void {
    const { state } = this;
    switch (code) {
      case Command.ReadStatus:
      case Command.ReadIdentifiers:
        state.command = code;
        return;
      case Command.ClearStatus:
        state.status = 0;
        this.readArray(Command.Reset, offset, width, value);
        return;
      case Command.Erase:
        this.erase(offset - (offset % FLASH_SECTOR_BYTES));
        break;
      case Command.WriteBuffer:
        state.status |= STATUS_READY;
        break;
      case Command.Program:
      case Command.ProgramAlternative:
      case Command.Lock:
      case Command.Query:
        break;
      default:
        this.readArray(code, offset, width, value);
        return;
    }
    state.command = code;
    state.cycle = 1;
  }

  /** The end of a sequence, which leaves the status to be read. */
  private endSequence(): void {
    this.state.cycle = 0;
    this.state.status |= STATUS_READY;
  }

  /** Back to the array; reported if `code` has no meaning where it came. */
  private readArray(code: number, offset: number, width: number, value: number): void {
    const { state } = this;
    state.command = Command.ReadArray;
    state.cycle = 0;
    if (code === Command.Reset || code === Command.ReadArray || code === PROBE_OF_OTHERS) return;
    const device = this.declaration.name;
    this.report({ device, access: 'write', offset, width, value, problem: 'no such command' });
  }

  private writeBuffer(code: number, offset: number, width: number, value: number): void {
    const { state } = this;
    switch (state.cycle) {
      case BufferCycle.Count:
        state.left = value & DEVICE_MASK;
        state.bufferPlace = offset - (offset % WRITE_BUFFER_BYTES);
        state.buffer.set(this.array.readBytes(state.bufferPlace, WRITE_BUFFER_BYTES));
        state.cycle = BufferCycle.Data;
        break;
      case BufferCycle.Data:
        this.fillBuffer(offset - state.bufferPlace, width, value);
        if (state.left === 0) state.cycle = BufferCycle.Confirm;
        else state.left--;
        break;
      default:
        if (code === CONFIRM && (state.status & STATUS_PROGRAM_ERROR) === 0) {
          const isDone = this.array.writeBytes(state.bufferPlace, state.buffer);
          if (!isDone) state.status |= STATUS_PROGRAM_ERROR;
          this.endSequence();
        } else {
          this.readArray(code, offset, width, value);
        }
    }
  }

  private fillBuffer(at: number, width: number, value: number): void {
    const { state } = this;
    state.status |= STATUS_READY;
    if (this.isReadOnly || at < 0 || at + width > WRITE_BUFFER_BYTES) {
      state.status |= STATUS_PROGRAM_ERROR;
      return;
    }
    for (let byte = 0; byte < width; byte++) state.buffer[at + byte] = value >>> (8 * byte);
  }

  private program(offset: number, width: number, value: number): void {
    const { state } = this;
    const isDone = !this.isReadOnly && this.array.write(offset, width, value);
    state.status |= isDone ? STATUS_READY : STATUS_READY | STATUS_PROGRAM_ERROR;
  }

  private erase(sector: number): void {
    const { state } = this;
    const isDone = !this.isReadOnly && this.array.fill(sector, FLASH_SECTOR_BYTES, ERASED);
    state.status |= isDone ? STATUS_READY : STATUS_READY | STATUS_ERASE_ERROR;
  }

  /** Commands are forgotten; the contents stay, which is what flash is for. */
  reset(): void {
    resetState(STATE, this.state);
  }

  saveState(): StateValues {
    const values = saveState(STATE, this.state);
    return this.storage === undefined ? { ...values, contents: this.array.save() } : values;
  }

  restoreState(values: StateValues): void {
    const hasContents = this.storage === undefined && Object.hasOwn(values, CONTENTS.name);
    const contents = readSaved(hasContents ? values[CONTENTS.name] : []);
    if (contents === undefined) {
      throw new DeviceStateError(`state ${CONTENTS.name}: no whole sectors of a bank`);
    }
    restoreState(STATE, this.state, values);
    if (this.storage === undefined) this.array.restore(contents);
  }
}

/** What the second and later writes of a buffered write are. */
const BufferCycle = { Count: 1, Data: 2, Confirm: 3 } as const;

/** With this, drivers look for flash of another make: no command here, and no mistake. */
const PROBE_OF_OTHERS = 0xf0;

/** What both devices say of an entry of a table; 0 where it has none. */
function answer(table: readonly number[], entry: number): number {
  return entry >= 0 && entry < table.length ? table[entry] * TWICE : 0;
}

function narrow(word: number, width: number): number {
  return 8 * width === WORD_BITS ? word : word % 2 ** (8 * width);
}
