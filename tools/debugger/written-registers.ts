/**
 * Registers as of WB. The machine lets an instruction take its effect when it is fetched; what is in
 * the register file at a cycle is what was there before the oldest instruction that is still on its
 * way, and that is looked up in the machine's past.
 */
import { compareInstants, type Instant } from '../../machine/history/instant.ts';
import type { Execution } from './execution.ts';
import type { GuestConsole } from './guest-console.ts';

const REGISTERS = 32;

interface Seen {
  readonly at: Instant;
  readonly hart: number;
  readonly values: readonly number[];
}

export class WrittenRegisters {
  private seen: Seen | undefined;

  constructor(
    private readonly execution: Execution,
    private readonly console: GuestConsole,
  ) {}

  /** x0 to x31; undefined where there is no pipeline. */
  read(): readonly number[] | undefined {
    const { machine, selected } = this.execution.target;
    const view = machine.pipeline(selected);
    if (view === undefined) return undefined;
    const at = machine.instant;
    const { seen } = this;
    if (seen !== undefined && seen.hart === selected && compareInstants(seen.at, at) === 0) {
      return seen.values;
    }
    const age = view.stages.at(0)?.age ?? 0;
    const values = this.readAt(machine.harts[selected].cycle - age);
    this.seen = { at, hart: selected, values };
    return values;
  }

  private readAt(cycle: number): readonly number[] {
    const { history, target } = this.execution;
    const read = (): number[] =>
      Array.from({ length: REGISTERS }, (_, index) => target.hart.readRegister(index));
    if (cycle >= target.machine.cycle) return read();
    return this.console.keepQuiet(() => history.visit(Math.max(cycle, history.beginning), read));
  }
}
