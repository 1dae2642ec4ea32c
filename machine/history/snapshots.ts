/**
 * Snapshots of a machine, copy-on-write by page of RAM. Taking one marks every page clean; the first
 * store to a clean page copies what was in it to the latest snapshot. So a snapshot holds the pages
 * that changed between it and the next, as they were at its own moment, and RAM at an earlier moment
 * follows from what is now: each page as the earliest snapshot from then on has it.
 */
import type { Ram, StoreWatcher } from '../bus/ram.ts';
import { PAGE_SIZE, PageFlag, Region } from '../hart/state-layout.ts';
import { MachineStateError, type MachineState, type SavedState } from './machine-state.ts';

/** What a snapshot takes beside pages and what the host keeps, roughly, in bytes. */
const STATE_BYTES = 0x8000;
/** What keeping a page takes beside its contents, roughly. */
const PAGE_OVERHEAD_BYTES = 128;

export class Snapshot {
  /** Pages that have changed since, as they were, by their offset in the machine's memory. */
  readonly pages = new Map<number, Uint8Array>();

  constructor(
    readonly state: SavedState,
    /** Bytes of what the host keeps that no earlier snapshot has. */
    public hostBytes: number,
  ) {}

  /** What it takes, roughly. */
  get bytes(): number {
    return STATE_BYTES + this.hostBytes + this.pages.size * (PAGE_SIZE + PAGE_OVERHEAD_BYTES);
  }
}

/** Everything that the host keeps in a state, and the clock model's. */
function piecesIn(state: SavedState): Set<Uint8Array> {
  const pieces = new Set<Uint8Array>();
  for (const { ends } of state.devices) {
    for (const picture of ends.values()) {
      for (const piece of picture.values()) pieces.add(piece);
    }
  }
  if (state.timing !== undefined) {
    pieces.add(state.timing.shared);
    for (const { cells } of state.timing.engines) pieces.add(cells);
  }
  return pieces;
}

/** Bytes of what the host keeps in `state` but not in `earlier`. */
function addedBytes(state: SavedState, earlier: SavedState | undefined): number {
  const known = earlier === undefined ? new Set<Uint8Array>() : piecesIn(earlier);
  let bytes = 0;
  for (const piece of piecesIn(state)) if (!known.has(piece)) bytes += piece.length;
  return bytes;
}

export class Snapshots implements StoreWatcher {
  readonly #ram: Ram;
  readonly #state: MachineState;
  /** In the order of their moments. */
  readonly #all: Snapshot[] = [];

  constructor(ram: Ram, state: MachineState) {
    this.#ram = ram;
    this.#state = state;
  }

  /** What all take together, roughly. */
  get bytes(): number {
    return this.#all.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Takes a snapshot, between two slices. It is later than all others. */
  take(): Snapshot {
    if (this.#all.length === 0) this.#ram.addWatcher(this);
    const state = this.#state.save();
    const snapshot = new Snapshot(state, addedBytes(state, this.#at(this.#all.length - 1)?.state));
    this.#all.push(snapshot);
    this.#ram.watchEveryPage();
    return snapshot;
  }

  /** The whole state as it is now, to be kept elsewhere; RAM is the machine's own. */
  save(): { readonly state: SavedState; readonly ram: Uint8Array } {
    return { state: this.#state.save(), ram: this.#ramBytes };
  }

  /**
   * Puts the machine into a state that was saved elsewhere. There is no snapshot.
   * @param ram what is missing at the end is zero
   * @throws MachineStateError about a state of another machine, DeviceStateError or HostEndError
   *   about values that cannot be; the machine stays as it is then
   */
  load({ state, ram }: { readonly state: SavedState; readonly ram: Uint8Array }): void {
    const target = this.#ramBytes;
    if (ram.length > target.length) {
      throw new MachineStateError(`the state has more than ${target.length} bytes of RAM`);
    }
    const before = this.#state.save();
    try {
      this.#state.restore(state);
    } catch (error) {
      this.#state.restore(before);
      throw error;
    }
    target.set(ram);
    target.fill(0, ram.length);
  }

  get #ramBytes(): Uint8Array {
    return this.#ram.bytes.subarray(Region.Ram, Region.Ram + this.#ram.size);
  }

  /** Takes the machine back to where it was; later snapshots are no more. */
  restore(snapshot: Snapshot): void {
    const place = this.#placeOf(snapshot);
    const restored = new Set<number>();
    for (const { pages } of this.#all.slice(place)) {
      for (const [offset, bytes] of pages) {
        if (!restored.has(offset)) this.#ram.bytes.set(bytes, offset);
        restored.add(offset);
      }
    }
    this.#all.length = place + 1;
    snapshot.pages.clear();
    this.#state.restore(snapshot.state);
    this.#ram.watchEveryPage();
  }

  /** Forgets a snapshot; the others stay what they are. */
  drop(snapshot: Snapshot): void {
    const place = this.#placeOf(snapshot);
    const earlier = this.#at(place - 1);
    const next = this.#at(place + 1);
    this.#all.splice(place, 1);
    if (next !== undefined) next.hostBytes = addedBytes(next.state, earlier?.state);
    if (earlier !== undefined) {
      for (const [offset, bytes] of snapshot.pages) {
        if (!earlier.pages.has(offset)) earlier.pages.set(offset, bytes);
      }
    }
    if (this.#all.length === 0) this.#ram.removeWatcher(this);
  }

  /** Undefined where there is none; there is none before the first. */
  #at(place: number): Snapshot | undefined {
    return place < 0 ? undefined : this.#all.at(place);
  }

  #placeOf(snapshot: Snapshot): number {
    const place = this.#all.indexOf(snapshot);
    if (place < 0) throw new RangeError('this snapshot is no more');
    return place;
  }

  beforeStore(offset: number, _length: number, flags: number): void {
    if ((flags & PageFlag.Clean) === 0) return;
    const page = offset & -PAGE_SIZE;
    const pages = this.#all[this.#all.length - 1].pages;
    if (!pages.has(page)) pages.set(page, this.#ram.bytes.slice(page, page + PAGE_SIZE));
  }

  onPageWatched(): void {
    // No store translation is kept here.
  }

  watches(): boolean {
    return false; // A page is clean until it is written, whoever else watches it.
  }
}
