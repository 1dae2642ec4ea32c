/** A machine with RAM and a switch to turn it off, for tests of harts and engines. */
import type { Device } from '../../devices/device.ts';
import { Machine } from '../../machine.ts';
import type { Wiring } from '../../bus/board.ts';

/** Where the switch is: writing a word powers off with that code. */
export const SWITCH_ADDRESS = 0x0010_0000;
export const RAM_BASE = 0x8000_0000;
const SWITCH_BYTES = 0x1000;

function powerSwitch(wiring: Wiring): Device {
  return {
    declaration: {
      name: 'switch',
      source: 'tests',
      compatible: [],
      size: SWITCH_BYTES,
      accessWidths: [4],
      registers: [],
      state: [],
    },
    read: () => 0,
    write: (_offset, _width, value) => {
      wiring.requestPowerOff(value);
    },
    reset: () => undefined,
    saveState: () => ({}),
    restoreState: () => undefined,
  };
}

export interface BareMachine {
  readonly machine: Machine;
  readonly wiring: Wiring;
}

/** Starts at the first byte of RAM, in M-mode. `devices` come beside the switch. */
export function bareMachine(
  ramBytes = 1 << 20,
  devices: (wiring: Wiring) => readonly { base: number; device: Device }[] = () => [],
): BareMachine {
  const wirings: Wiring[] = [];
  const machine = new Machine({ ramBytes }, (wiring) => {
    wirings.push(wiring);
    return {
      devices: [{ base: SWITCH_ADDRESS, device: powerSwitch(wiring) }, ...devices(wiring)],
      timeSource: {
        timeLow: () => wiring.timebase.now,
        timeHigh: () => 0,
        dueCycle: (low, high) => (high === 0 ? low : Infinity),
        onTimeSet: () => undefined,
      },
      resetVector: RAM_BASE,
    };
  });
  return { machine, wiring: wirings[0] };
}

/** Puts instruction words into RAM. */
export function loadWords(machine: Machine, address: number, words: readonly number[]): void {
  const bytes = new Uint8Array(new Uint32Array(words).buffer);
  if (!machine.writePhysical(address, bytes)) {
    throw new RangeError('the program does not fit in RAM');
  }
}

/** A word of RAM. */
export function readWord(machine: Machine, address: number): number {
  const value = machine.memory.read(address, 4);
  if (value === undefined) {
    throw new RangeError('not in RAM');
  }
  return value;
}
