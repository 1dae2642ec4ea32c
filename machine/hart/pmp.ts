/**
 * Physical memory protection (RISC-V Privileged Architecture 3.7): 16 entries, granularity four
 * bytes, 34-bit addresses. Addresses are plain numbers here, since 34 bits do not fit an int32.
 */
import { HartWord, PAGE_SIZE } from './state-layout.ts';
import type { HartState } from './hart-state.ts';
import { Access, Privilege } from './privilege.ts';

export const PMP_ENTRIES = 16;

const enum Config {
  R = 1,
  W = 2,
  X = 4,
  A = 0x18,
  L = 0x80,
  /** Bits 5 and 6 are reserved and read as zero. */
  Writable = 0x9f,
}

const enum Matching {
  Off = 0,
  TopOfRange = 0x08,
  Naturally4 = 0x10,
  NaturallyPowerOfTwo = 0x18,
}

/** The permission bit that an access of each kind needs, by `Access`. */
const NEEDED = [Config.X, Config.R, Config.W];

const BYTES_PER_UNIT = 4;
/** Physical addresses have 34 bits. */
const ADDRESS_SPACE = 2 ** 34;

/** How a range relates to the entries. */
export const enum PmpVerdict {
  Denied = 0,
  Allowed = 1,
  /** Some bytes of the range fall to one entry, some to another: each access needs its own check. */
  Mixed = 2,
}

export class Pmp {
  readonly #hart: HartState;
  /** The bounds of each entry in bytes, the end exclusive; empty if the entry is off. */
  readonly #starts = new Float64Array(PMP_ENTRIES);
  readonly #ends = new Float64Array(PMP_ENTRIES);
  /** Entries from this one on are off. */
  #active = 0;
  /** The first entry allows everything everywhere, so nothing need be looked at. */
  #isOpen = false;

  readonly #onChange: () => void;

  /** `onChange` is called after every write that may change what is allowed. */
  constructor(hart: HartState, onChange: () => void) {
    this.#hart = hart;
    this.#onChange = onChange;
    this.refresh();
  }

  /** `pmpcfg` of one entry. */
  #config(entry: number): number {
    return (this.#hart.words[HartWord.Pmpcfg + (entry >> 2)] >>> ((entry & 3) * 8)) & 0xff;
  }

  readConfig(register: number): number {
    return this.#hart.words[HartWord.Pmpcfg + register];
  }

  /**
   * Writes the four configurations of `pmpcfg<register>`. Locked entries keep theirs. The
   * combination W without R is reserved: it becomes no access at all.
   */
  writeConfig(register: number, value: number): void {
    let merged = 0;
    for (let i = 0; i < 4; i++) {
      const current = this.#config(register * 4 + i);
      let wanted = (value >>> (i * 8)) & Config.Writable;
      if ((wanted & (Config.R | Config.W)) === Config.W) {
        wanted &= ~(Config.R | Config.W | Config.X);
      }
      merged |= ((current & Config.L) !== 0 ? current : wanted) << (i * 8);
    }
    this.#write(HartWord.Pmpcfg + register, merged);
  }

  readAddress(entry: number): number {
    return this.#hart.words[HartWord.Pmpaddr + entry];
  }

  /** Writes `pmpaddr<entry>`, unless it is locked, or bounds a locked range above it. */
  writeAddress(entry: number, value: number): void {
    const next = entry + 1 < PMP_ENTRIES ? this.#config(entry + 1) : 0;
    const boundsLocked =
      (next & Config.L) !== 0 && (next & Config.A) === (Matching.TopOfRange as number);
    if ((this.#config(entry) & Config.L) !== 0 || boundsLocked) {
      return;
    }
    this.#write(HartWord.Pmpaddr + entry, value);
  }

  /** Writes a register. Kernels often write what is there already, which changes nothing. */
  #write(word: number, value: number): void {
    const { words } = this.#hart;
    if (words[word] !== (value | 0)) {
      words[word] = value;
      this.refresh();
      this.#onChange();
    }
  }

  /** Computes the bounds again from the registers; after a reset or a restored state. */
  refresh(): void {
    this.#active = 0;
    for (let entry = 0; entry < PMP_ENTRIES; entry++) {
      const address = this.readAddress(entry) >>> 0;
      let start = 0;
      let end = 0;
      switch (this.#config(entry) & Config.A) {
        case Matching.TopOfRange:
          start = entry === 0 ? 0 : (this.readAddress(entry - 1) >>> 0) * BYTES_PER_UNIT;
          end = address * BYTES_PER_UNIT;
          break;
        case Matching.Naturally4:
          start = address * BYTES_PER_UNIT;
          end = start + BYTES_PER_UNIT;
          break;
        case Matching.NaturallyPowerOfTwo: {
          // n trailing ones mean 2^(n+3) bytes; 32 of them cover all 34-bit addresses and more.
          const ones = address === 0xffff_ffff ? 32 : 31 - Math.clz32(address ^ (address + 1));
          const size = 2 ** (ones + 3);
          start = Math.floor((address * BYTES_PER_UNIT) / size) * size;
          end = start + size;
          break;
        }
      }
      // An empty range is nowhere: not even within an access.
      const isEmpty = end <= start;
      this.#starts[entry] = isEmpty ? 0 : start;
      this.#ends[entry] = isEmpty ? 0 : end;
      if (!isEmpty) {
        this.#active = entry + 1;
      }
    }
    const openConfig = Config.R | Config.W | Config.X;
    this.#isOpen =
      this.#starts[0] === 0 &&
      this.#ends[0] >= ADDRESS_SPACE &&
      (this.#config(0) & openConfig) === openConfig;
  }

  /**
   * What the entries say about an access of `privilege` to `length` bytes at a physical address.
   * The lowest-numbered entry that touches the range decides; it must cover it all.
   */
  check(address: number, length: number, access: Access, privilege: Privilege): PmpVerdict {
    for (let entry = 0; entry < this.#active; entry++) {
      const start = this.#starts[entry];
      const end = this.#ends[entry];
      if (address + length <= start || address >= end) {
        continue;
      }
      if (address < start || address + length > end) {
        return PmpVerdict.Mixed;
      }
      const config = this.#config(entry);
      if (privilege === Privilege.Machine && (config & Config.L) === 0) {
        return PmpVerdict.Allowed;
      }
      return (config & NEEDED[access]) !== 0 ? PmpVerdict.Allowed : PmpVerdict.Denied;
    }
    return privilege === Privilege.Machine ? PmpVerdict.Allowed : PmpVerdict.Denied;
  }

  /** The same for a whole page, by its number. */
  checkPage(page: number, access: Access, privilege: Privilege): PmpVerdict {
    return this.#isOpen
      ? PmpVerdict.Allowed
      : this.check(page * PAGE_SIZE, PAGE_SIZE, access, privilege);
  }

  /** Whether the access is allowed as a whole: a range of mixed fate is not. */
  allows(address: number, length: number, access: Access, privilege: Privilege): boolean {
    return this.#isOpen || this.check(address, length, access, privilege) === PmpVerdict.Allowed;
  }
}
