/**
 * Which of a service's places a port stands for. A port's badge is the place's index and a serial
 * number: a call through a port of a former life of the service, which may still be on its way, finds
 * nothing.
 */
import { csrr_time } from '../abi/rv';

const INDEX_BITS: u32 = 8;
const INDEX_MASK: u32 = 0xff;
/** Serial numbers leave the badges that init gives out, which are below, alone. */
const FIRST_SERIAL: u32 = 0x100;
const LAST_SERIAL: u32 = 0xff_ffff;
/** A life's first serial number is the time in units of this many ticks, as a power of two. */
const SERIAL_TIME_SHIFT: u32 = 6;

@unmanaged
export class PortSlots {
  private badges: usize;
  private count: u32;
  private serial: u32;

  /** `count` places, at most 256, in `count` words of zeroed memory. */
  static on(memoryOfSlots: usize, badges: usize, count: u32): PortSlots {
    const slots = changetype<PortSlots>(memoryOfSlots);
    slots.badges = badges;
    slots.count = count;
    slots.serial = FIRST_SERIAL + ((csrr_time() >> SERIAL_TIME_SHIFT) & (LAST_SERIAL >> 1));
    return slots;
  }

  /**
   * Places in memory that outlived whoever had them: as they were left, or all free if that makes no
   * sense. `badges` has to lie where it lay then.
   */
  static resume(memoryOfSlots: usize, badges: usize, count: u32): PortSlots {
    const slots = changetype<PortSlots>(memoryOfSlots);
    if (slots.isSound(badges, count)) return slots;
    memory.fill(badges, 0, <usize>count * 4);
    return PortSlots.on(memoryOfSlots, badges, count);
  }

  private isSound(badges: usize, count: u32): bool {
    if (this.badges != badges || this.count != count) return false;
    if (this.serial < FIRST_SERIAL || this.serial > LAST_SERIAL) return false;
    for (let i: u32 = 0; i < count; i++) {
      const badge = this.badgeOf(i);
      if (badge != 0 && ((badge & INDEX_MASK) != i || badge >> INDEX_BITS < FIRST_SERIAL))
        return false;
    }
    return true;
  }

  /** Takes a free place; its index, or −1. */
  take(): i32 {
    for (let i: u32 = 0; i < this.count; i++) {
      if (this.badgeOf(i) != 0) continue;
      this.serial = this.serial == LAST_SERIAL ? FIRST_SERIAL : this.serial + 1;
      store<u32>(this.badges + <usize>i * 4, (this.serial << INDEX_BITS) | i);
      return <i32>i;
    }
    return -1;
  }

  /** The badge of a place that is taken; 0 of one that is free. */
  badgeOf(index: u32): u32 {
    return load<u32>(this.badges + <usize>index * 4);
  }

  /** The place that a badge stands for; −1 if it stands for none, or none any more. */
  find(badge: u32): i32 {
    const index = badge & INDEX_MASK;
    if (badge == 0 || index >= this.count || this.badgeOf(index) != badge) return -1;
    return <i32>index;
  }

  /** Gives a place up. */
  release(index: u32): void {
    store<u32>(this.badges + <usize>index * 4, 0);
  }
}
