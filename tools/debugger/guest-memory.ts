/** A guest's memory as a person looks at it: nothing is changed, and no permission is asked. */
import { Rom } from '../../machine/devices/rom.ts';
import type { Hart } from '../../machine/hart/hart.ts';
import { Privilege } from '../../machine/hart/privilege.ts';
import type { Machine } from '../../machine/machine.ts';
import { isLong } from '../disassembler/decode.ts';

const PAGE_SIZE = 4096;
const PAGE_MASK = PAGE_SIZE - 1;
const WORD_BYTES = 4;
const HALF_BYTES = 2;

/** Sv32: RISC-V Privileged Architecture, 4.3. */
const Sv32 = {
  SatpMode: 0x8000_0000,
  SatpPpnMask: 0x3f_ffff,
  PteValid: 1,
  PteReadWriteExecute: 0b1110,
  PtePpnShift: 10,
  PageShift: 12,
  IndexMask: 0x3ff,
  Levels: 2,
  LevelBits: 10,
} as const;

/** Physical address of the root table that `satp` names; undefined: addresses are not translated. */
export function rootOf(satp: number): number | undefined {
  if ((satp & Sv32.SatpMode) === 0) return undefined;
  return (satp & Sv32.SatpPpnMask) * PAGE_SIZE;
}

export class GuestMemory {
  private readonly word = new Uint8Array(WORD_BYTES);
  private readonly wordView = new DataView(this.word.buffer);

  /** @param hart whose address space is the current one; the first if absent */
  constructor(
    private readonly machine: Machine,
    private readonly hart: () => Hart = () => machine.harts[0],
  ) {}

  /** The root table of the current address space; undefined: bare. */
  get currentRoot(): number | undefined {
    const hart = this.hart();
    if (hart.privilege === Privilege.Machine) return undefined;
    return rootOf(hart.readCsr('satp') ?? 0);
  }

  /** A word of RAM by physical address, or undefined. */
  physicalWord(address: number): number | undefined {
    if (!this.machine.readPhysical(address >>> 0, this.word)) return undefined;
    return this.wordView.getUint32(0, true);
  }

  /** Where a virtual address lies, whatever its permissions; undefined: nowhere. */
  translate(address: number, root: number | undefined): number | undefined {
    if (root === undefined) return address >>> 0;
    let table = root;
    for (let level = Sv32.Levels - 1; level >= 0; level--) {
      const shift = Sv32.PageShift + level * Sv32.LevelBits;
      const index = (address >>> shift) & Sv32.IndexMask;
      const entry = this.physicalWord(table + index * WORD_BYTES);
      if (entry === undefined || (entry & Sv32.PteValid) === 0) return undefined;
      const target = (entry >>> Sv32.PtePpnShift) * PAGE_SIZE;
      if ((entry & Sv32.PteReadWriteExecute) !== 0) {
        const offset = address & (2 ** shift - 1);
        return target - (target % 2 ** shift) + offset;
      }
      table = target;
    }
    return undefined;
  }

  /**
   * Bytes from a virtual address on; undefined for each that is neither RAM nor ROM.
   * @param root of the address space; undefined: `address` is physical
   */
  read(address: number, length: number, root: number | undefined): (number | undefined)[] {
    const bytes: (number | undefined)[] = [];
    while (bytes.length < length) {
      const at = (address + bytes.length) >>> 0;
      const size = Math.min(length - bytes.length, PAGE_SIZE - (at & PAGE_MASK));
      const physical = this.translate(at, root);
      const piece = new Uint8Array(size);
      const isThere = physical !== undefined && this.readPhysical(physical, piece);
      for (const byte of piece) bytes.push(isThere ? byte : undefined);
    }
    return bytes;
  }

  /** False if the range is not all RAM, and not all ROM: reading devices would change them. */
  private readPhysical(address: number, target: Uint8Array): boolean {
    if (this.machine.readPhysical(address, target)) return true;
    const placed = this.machine.devices.find(({ base, device }) => {
      const { size } = device.declaration;
      return device instanceof Rom && address >= base && address + target.length <= base + size;
    });
    if (placed === undefined) return false;
    for (const index of target.keys()) {
      target[index] = placed.device.read(address - placed.base + index, 1);
    }
    return true;
  }

  /** A word by virtual address, or undefined. */
  readWord(address: number, root: number | undefined): number | undefined {
    return littleEndian(this.read(address, WORD_BYTES, root));
  }

  /** The bits of an instruction of two or four bytes by virtual address, or undefined. */
  readInstruction(address: number, root: number | undefined): number | undefined {
    const bytes = this.read(address, WORD_BYTES, root);
    const half = littleEndian(bytes.slice(0, HALF_BYTES));
    return half !== undefined && isLong(half) ? littleEndian(bytes) : half;
  }
}

function littleEndian(bytes: readonly (number | undefined)[]): number | undefined {
  return bytes.reduceRight<number | undefined>(
    (word, byte) => (word === undefined || byte === undefined ? undefined : word * 256 + byte),
    0,
  );
}
