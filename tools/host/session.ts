/** A boot: a machine with everything loaded, and the loop that runs it at a person's terminal. */
import { CYCLES_PER_SECOND } from '../../machine/devices/guest-time.ts';
import type { LoadedBootFile } from './boot-files.ts';
import { planBoot } from './boot-plan.ts';
import { ExecScript } from './exec-script.ts';
import type { HostClock } from './host-clock.ts';
import { FreePacer, RealPacer, type Pace } from './pace.ts';
import { RunLoop, type Console, type Guest, type Inlet } from './run-loop.ts';
import { SliceLength, type Slices } from './slice-length.ts';
import { SymbolTable } from './symbol-table.ts';
import { findHtif, findStart } from './test-program.ts';
import { VirtGuest, type BoardChoice } from './virt-guest.ts';
import type { WakeSource } from './wake-source.ts';

const MS_PER_SECOND = 1000;
/** How long a slice should take: the outside world is served this often. */
const SLICE_MS = 8;

export interface SessionOptions {
  readonly ramBytes: number;
  readonly kernel: LoadedBootFile;
  readonly firmware: LoadedBootFile | undefined;
  readonly initrd: { readonly path: string; readonly bytes: Uint8Array } | undefined;
  /** Where firmware goes on, if that is not the kernel: in flash. */
  readonly entry?: number | undefined;
  readonly bootargs: string | undefined;
  /** What the machine is made of; one hart and no virtio devices if absent. */
  readonly board?: BoardChoice;
  readonly console: Console;
  readonly clock: HostClock;
  readonly wake: WakeSource;
  readonly pace: Pace;
  /** The lines of `--exec`; undefined: input comes from the console. */
  readonly exec: readonly string[] | undefined;
  readonly passMarks: boolean;
  readonly maxCycles: number;
  /** How long slices are; by the host's speed unless given. */
  readonly slices?: Slices;
  /** Other ways into the machine than its serial line. */
  readonly inlets?: (guest: VirtGuest) => readonly Inlet[];
  /** Called with the machine in its state after power-on, before anything looks at its time. */
  readonly prepare?: (guest: VirtGuest) => void;
  /** What the loop drives in the guest's place; the guest itself if absent. */
  readonly around?: (guest: VirtGuest) => Guest;
}

export interface Session {
  readonly guest: VirtGuest;
  readonly loop: RunLoop;
  readonly script: ExecScript | undefined;
}

/**
 * Builds the machine and loads it.
 * @throws InputError if something has no place in memory
 */
export function createSession(options: SessionOptions): Session {
  const { ramBytes, kernel, firmware, initrd, bootargs, console, clock, wake } = options;
  const { board = {}, entry } = options;
  const { pace, exec, passMarks, maxCycles, slices = new SliceLength(SLICE_MS) } = options;
  const script = exec === undefined ? undefined : new ExecScript(exec);
  const elfFiles = [firmware?.elf, kernel.elf].filter((elf) => elf !== undefined);
  const guest: VirtGuest = new VirtGuest({
    ramBytes,
    plan: planBoot({ ramBytes, kernel: kernel.file, firmware: firmware?.file, initrd, entry }),
    bootargs,
    board,
    htif: findHtif(kernel.elf, ramBytes),
    startAddress:
      firmware === undefined && board.flash?.[0] === undefined
        ? findStart(kernel.elf, ramBytes)
        : undefined,
    symbols: new SymbolTable(elfFiles),
    transmit: (byte) => loop.transmit(byte),
  });
  options.prepare?.(guest);
  const pacer =
    pace === 'real'
      ? new RealPacer(clock, CYCLES_PER_SECOND / MS_PER_SECOND, guest.cycle)
      : new FreePacer(clock);
  const loop: RunLoop = new RunLoop({
    guest: options.around?.(guest) ?? guest,
    console,
    clock,
    wake,
    pacer,
    inlets: options.inlets?.(guest) ?? [],
    slices,
    script,
    passMarks,
    maxCycles,
  });
  return { guest, loop, script };
}
