/** A short program on a bare machine, and what a test asks of it afterwards. */
import type { CsrName } from '../../hart/csr-addresses.ts';
import type { Hart } from '../../hart/hart.ts';
import type { Machine, RunResult } from '../../machine.ts';
import { bareMachine, loadWords, RAM_BASE, type BareMachine } from './bare-machine.ts';

/** Protection entry 0 allows everything: what S- and U-mode code needs to run at all. */
export function allowEverything(hart: Hart): void {
  hart.writeCsr('pmpaddr0', -1);
  hart.writeCsr('pmpcfg0', 0x1f);
}

export interface Guest extends BareMachine {
  readonly hart: Hart;
  /** Runs so many cycles; everything must still be well afterwards. */
  readonly step: (cycles?: number) => RunResult;
  readonly csr: (name: CsrName) => number;
}

/** A machine with these words at the start of RAM, where it starts in M-mode. */
export function guest(words: readonly number[], bare: BareMachine = bareMachine()): Guest {
  const { machine } = bare;
  loadWords(machine, RAM_BASE, words);
  return { ...bare, ...access(machine) };
}

function access(machine: Machine): Pick<Guest, 'hart' | 'step' | 'csr'> {
  const [hart] = machine.harts;
  return {
    hart,
    step: (cycles = 1) => machine.run(cycles, { idle: 'stop' }),
    csr: (name) => {
      const value = hart.readCsr(name);
      if (value === undefined) {
        throw new RangeError(`there is no CSR ${name}`);
      }
      return value;
    },
  };
}
