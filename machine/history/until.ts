/**
 * Conditions that end a run, forwards or backwards. Armed, one stops the machine wherever it may hold;
 * where the machine has stopped, it says whether it does.
 */
import type { Privilege } from '../hart/privilege.ts';
import type { Machine, RunResult } from '../machine.ts';

export interface ArmedCondition {
  /** Whether it holds where the machine has just stopped. */
  holds(result: RunResult): boolean;
  /** The machine is no longer stopped. Called once. */
  disarm(): void;
}

export interface Condition {
  arm(machine: Machine): ArmedCondition;
}

/** Stops at a call of `hit`; it holds if there was one since the last stop. */
function armed(
  machine: Machine,
  subscribe: (hit: () => void) => () => void,
  isMet: () => boolean = () => true,
): ArmedCondition {
  let isHit = false;
  const disarm = subscribe(() => {
    isHit = true;
    machine.requestStop();
  });
  return {
    disarm,
    holds: () => {
      const wasHit = isHit;
      isHit = false;
      return wasHit && isMet();
    },
  };
}

/**
 * The current hart stands before an instruction at one of these addresses.
 * @param accepts asked there; always so if absent
 */
export function atBreakpoint(
  addresses: readonly number[],
  accepts: () => boolean = () => true,
): Condition {
  return {
    arm: (machine) => {
      for (const address of addresses) machine.addBreakpoint(address);
      return {
        holds: ({ reason }) =>
          reason === 'breakpoint' &&
          addresses.includes(machine.harts[machine.currentHart].pc) &&
          accepts(),
        disarm: () => {
          for (const address of addresses) machine.removeBreakpoint(address);
        },
      };
    },
  };
}

/** Bytes of RAM, by physical address and within one page, have changed by the last instruction. */
export function whenChanged(address: number, length: number): Condition {
  return {
    arm: (machine) => {
      const read = (): string => {
        const bytes = new Uint8Array(length);
        machine.readPhysical(address, bytes);
        return String(bytes);
      };
      let last: string | undefined;
      const subscribe = (hit: () => void) =>
        machine.watchStores(address, length, () => {
          last ??= read();
          hit();
        });
      return armed(machine, subscribe, () => {
        const before = last;
        last = undefined;
        return before !== read();
      });
    },
  };
}

/** A hart has taken a trap. */
export function onTrap(): Condition {
  return { arm: (machine) => armed(machine, (hit) => machine.observe({ onTrap: hit })) };
}

/** A hart has changed its mode; to a certain one, if one is given. */
export function onModeSwitch(to?: Privilege): Condition {
  return {
    arm: (machine) =>
      armed(machine, (hit) =>
        machine.observe({
          onModeSwitch: (hart) => {
            if (to === undefined || machine.harts[hart].privilege === to) hit();
          },
        }),
      ),
  };
}

/** An event of a device has happened; one of those whose name begins like this. */
export function onEvent(name: string): Condition {
  return {
    arm: (machine) =>
      armed(machine, (hit) =>
        machine.observe({
          onEvent: (found) => {
            if (found.startsWith(name)) hit();
          },
        }),
      ),
  };
}
