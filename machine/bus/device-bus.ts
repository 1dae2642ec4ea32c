/**
 * Routes physical accesses outside RAM to the devices of the board.
 *
 * What is not aligned becomes what QEMU makes of it: a load reads the two aligned places that it
 * touches, in its own width, and a store stores byte by byte. A device that refuses one of those
 * refuses the access, after the effects of those before it.
 */
import type { Device } from '../devices/device.ts';
import type { PlacedDevice } from './board.ts';

/** Two devices of a board claim the same address, or one claims RAM. */
export class BoardError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BoardError';
  }
}

const WORD_BYTES = 4;
const DOUBLE_BYTES = 8;
const BYTE_BITS = 8;

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

export class DeviceBus {
  readonly #placed: readonly PlacedDevice[];
  /** The device of the last access: drivers touch one device many times in a row. */
  #last: PlacedDevice | undefined;

  /** @throws BoardError if two devices overlap, or one lies in RAM. */
  constructor(placed: readonly PlacedDevice[], ramBase: number, ramSize: number) {
    this.#placed = [...placed].sort((a, b) => a.base - b.base);
    let end = 0;
    let below = 'address 0';
    for (const { base, device } of this.#placed) {
      const { name, size } = device.declaration;
      if (base < end) {
        throw new BoardError(`${name} at ${hex(base)} overlaps ${below}`);
      }
      if (base < ramBase + ramSize && base + size > ramBase) {
        throw new BoardError(`${name} at ${hex(base)} overlaps RAM`);
      }
      end = base + size;
      below = `${name}, which ends at ${hex(end)}`;
    }
  }

  /** The unsigned value of 1, 2 or 4 bytes, or undefined: no device takes such an access. */
  read(address: number, width: number): number | undefined {
    const start = address % width;
    if (start !== 0) {
      return this.#readMisaligned(address - start, start, width);
    }
    const placed = this.#find(address, width, false);
    return placed?.device.read(address - placed.base, width);
  }

  /** Writes 1, 2 or 4 bytes; whether a device took the access. */
  write(address: number, width: number, value: number): boolean {
    if (address % width !== 0) {
      return this.#writeMisaligned(address, width, value);
    }
    const placed = this.#find(address, width, true);
    if (placed === undefined) {
      return false;
    }
    placed.device.write(address - placed.base, width, value >>> 0);
    return true;
  }

  /** Reads 8 bytes into two unsigned words, low half first; whether a device took the access. */
  readDouble(address: number, halves: Uint32Array): boolean {
    const start = address % DOUBLE_BYTES;
    if (start !== 0) {
      return this.#readMisalignedDouble(address - start, start, halves);
    }
    const placed = this.#find(address, DOUBLE_BYTES, false);
    if (placed === undefined) {
      return false;
    }
    const { device, base } = placed;
    const offset = address - base;
    halves[0] = device.read(offset, WORD_BYTES);
    halves[1] = isOneWord(device) ? 0 : device.read(offset + WORD_BYTES, WORD_BYTES);
    return true;
  }

  /** Writes 8 bytes, of which `low` comes first; whether a device took the access. */
  writeDouble(address: number, low: number, high: number): boolean {
    if (address % DOUBLE_BYTES !== 0) {
      return (
        this.#writeMisaligned(address, WORD_BYTES, low) &&
        this.#writeMisaligned(address + WORD_BYTES, WORD_BYTES, high)
      );
    }
    const placed = this.#find(address, DOUBLE_BYTES, true);
    if (placed === undefined) {
      return false;
    }
    const { device, base } = placed;
    const offset = address - base;
    device.write(offset, WORD_BYTES, low >>> 0);
    if (!isOneWord(device)) {
      device.write(offset + WORD_BYTES, WORD_BYTES, high >>> 0);
    }
    return true;
  }

  #readMisaligned(aligned: number, start: number, width: number): number | undefined {
    const first = this.read(aligned, width);
    const second = first === undefined ? undefined : this.read(aligned + width, width);
    if (first === undefined || second === undefined) {
      return undefined;
    }
    const shift = start * BYTE_BITS;
    const bits = width * BYTE_BITS;
    const value = (first >>> shift) | (second << (bits - shift));
    return width === WORD_BYTES ? value >>> 0 : value & ((1 << bits) - 1);
  }

  #readMisalignedDouble(aligned: number, start: number, halves: Uint32Array): boolean {
    const words = new Uint32Array(2 * halves.length);
    const taken =
      this.readDouble(aligned, words.subarray(0, halves.length)) &&
      this.readDouble(aligned + DOUBLE_BYTES, words.subarray(halves.length));
    const bytes = new Uint8Array(words.buffer, start, DOUBLE_BYTES);
    new Uint8Array(halves.buffer, halves.byteOffset, DOUBLE_BYTES).set(bytes);
    return taken;
  }

  #writeMisaligned(address: number, width: number, value: number): boolean {
    for (let at = 0; at < width; at++) {
      if (!this.write(address + at, 1, (value >>> (at * BYTE_BITS)) & 0xff)) {
        return false;
      }
    }
    return true;
  }

  /** The device for an aligned access that it accepts. */
  #find(address: number, width: number, isWrite: boolean): PlacedDevice | undefined {
    if (this.#last === undefined || !covers(this.#last, address)) {
      this.#last = this.#placed.find((placed) => covers(placed, address));
    }
    const placed = this.#last;
    if (placed === undefined) {
      return undefined;
    }
    const { device, base } = placed;
    const { size, accessWidths } = device.declaration;
    const offset = address - base;
    const fits = offset + width <= size && accessWidths.some((candidate) => candidate === width);
    return fits && device.accepts?.(offset, width, isWrite) !== false ? placed : undefined;
  }
}

function covers({ base, device }: PlacedDevice, address: number): boolean {
  return address >= base && address < base + device.declaration.size;
}

function isOneWord({ declaration }: Device): boolean {
  return declaration.doubleAccess === 'one word';
}
