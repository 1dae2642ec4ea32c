/** Port slots, with faces of numbers: tests run this module on the bare machine. */
import { PortSlots } from '../runtime/port-slots';

const PLACES: u32 = 4;

/** As a service keeps them: the slots, and behind them their badges. */
@unmanaged
class Kept {
  slots: PortSlots;
}

const place = memory.data(offsetof<PortSlots>(), 4);
const badges = memory.data(<i32>PLACES * 4, 4);
const kept = changetype<Kept>(memory.data(offsetof<Kept>(), 4));

/** Begins with all places free. */
export function beginSlots(): u32 {
  memory.fill(badges, 0, PLACES * 4);
  kept.slots = PortSlots.on(place, badges, PLACES);
  return PLACES;
}

/** Goes on with them as they were left, or with `count` of them; 1 if anything was left. */
export function resumeSlots(count: u32): u32 {
  kept.slots = PortSlots.resume(place, badges, count);
  for (let i: u32 = 0; i < count; i++) {
    if (kept.slots.badgeOf(i) != 0) return 1;
  }
  return 0;
}

/** Writes a badge where a damaged memory might have one. */
export function damageSlot(index: u32, badge: u32): void {
  store<u32>(badges + <usize>index * 4, badge);
}

export function takeSlot(): i32 {
  return kept.slots.take();
}

export function badgeOfSlot(index: u32): u32 {
  return kept.slots.badgeOf(index);
}

export function findSlot(badge: u32): i32 {
  return kept.slots.find(badge);
}

export function releaseSlot(index: u32): void {
  kept.slots.release(index);
}
