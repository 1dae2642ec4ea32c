/** The person's breakpoints. */
import type { DebugImage } from './debug-image.ts';
import type { Location } from './locations.ts';
import type { StopPoints } from './stop-points.ts';

export interface Breakpoint {
  readonly id: number;
  readonly locations: readonly Location[];
  /** Times the hart has stopped at it. */
  hits: number;
}

export class Breakpoints {
  private readonly byId = new Map<number, Breakpoint>();
  private lastId = 0;

  constructor(private readonly points: StopPoints) {}

  get all(): readonly Breakpoint[] {
    return [...this.byId.values()];
  }

  add(locations: readonly Location[]): Breakpoint {
    const breakpoint = { id: ++this.lastId, locations, hits: 0 };
    this.byId.set(breakpoint.id, breakpoint);
    for (const { address } of locations) this.points.acquire(address);
    return breakpoint;
  }

  /** False if there is none with this number. */
  delete(id: number): boolean {
    const breakpoint = this.byId.get(id);
    if (breakpoint === undefined) return false;
    this.byId.delete(id);
    for (const { address } of breakpoint.locations) this.points.release(address);
    return true;
  }

  /**
   * The breakpoint at an address where code of `image` runs. Processes have their code at the same
   * addresses: a breakpoint in one binary is none in another.
   */
  at(address: number, image: () => DebugImage | undefined): Breakpoint | undefined {
    return this.all.find(({ locations }) => locations.some((place) => isAt(place, address, image)));
  }
}

/** Whether a location is the one at `address`, where code of `image` runs. */
export function isAt(
  location: Location,
  address: number,
  image: () => DebugImage | undefined,
): boolean {
  if (location.address !== address) return false;
  return location.image === undefined || location.image === image();
}
