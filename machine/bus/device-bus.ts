/** Routes physical accesses outside RAM to the devices of the board. */
import type { Device } from '../devices/device.ts';
import type { PlacedDevice } from './board.ts';

/** Two devices of a board claim the same address, or one claims RAM. */
export class BoardError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BoardError';
  }
}

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

  /** The unsigned value that a device returns, or undefined: no device takes such an access. */
  read(address: number, width: number): number | undefined {
    const placed = this.#find(address, width);
    return placed?.device.read(address - placed.base, width);
  }

  /** Whether a device took the access. */
  write(address: number, width: number, value: number): boolean {
    const placed = this.#find(address, width);
    if (placed === undefined) {
      return false;
    }
    placed.device.write(address - placed.base, width, value >>> 0);
    return true;
  }

  /** The device for an aligned access of a width that it accepts. */
  #find(address: number, width: number): { base: number; device: Device } | undefined {
    if (this.#last === undefined || !covers(this.#last, address)) {
      this.#last = this.#placed.find((placed) => covers(placed, address));
    }
    const placed = this.#last;
    if (placed === undefined || (address - placed.base) % width !== 0) {
      return undefined;
    }
    const { declaration } = placed.device;
    const fits = address - placed.base + width <= declaration.size;
    const accepted = declaration.accessWidths.some((candidate) => candidate === width);
    return fits && accepted ? placed : undefined;
  }
}

function covers({ base, device }: PlacedDevice, address: number): boolean {
  return address >= base && address < base + device.declaration.size;
}
