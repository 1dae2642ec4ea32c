/** The machine's breakpoints, counted: several breakpoints and steps may want the same address. */
import type { Machine } from '../../machine/machine.ts';

export class StopPoints {
  private readonly counts = new Map<number, number>();

  constructor(private readonly machine: Machine) {}

  acquire(address: number): void {
    const count = this.counts.get(address) ?? 0;
    if (count === 0) this.machine.addBreakpoint(address);
    this.counts.set(address, count + 1);
  }

  release(address: number): void {
    const count = this.counts.get(address) ?? 0;
    if (count > 1) {
      this.counts.set(address, count - 1);
    } else if (count === 1) {
      this.counts.delete(address);
      this.machine.removeBreakpoint(address);
    }
  }
}
