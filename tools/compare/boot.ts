/** Boots a kernel without a terminal and types lines, in the same way each time. */
import type { Guest } from '../host/run-loop.ts';
import type { LoadedBootFile } from '../host/boot-files.ts';
import { openDrives } from '../host/drives.ts';
import { createSession } from '../host/session.ts';
import type { VirtGuest } from '../host/virt-guest.ts';
import { WakeSource } from '../host/wake-source.ts';
import { RunError } from '../host/command-error.ts';
import { CapturedConsole, EQUAL_SLICES, NO_CLOCK } from './capture.ts';

const RAM_BYTES = 128 * 2 ** 20;
/** Far more than anything here takes: bounds a guest that hangs. */
const MOST_CYCLES = 20_000_000_000;

/** A kernel with everything that it boots from. */
export interface KernelUnderTest {
  readonly name: string;
  readonly kernel: LoadedBootFile;
  readonly firmware: LoadedBootFile | undefined;
  readonly initrd: { readonly path: string; readonly bytes: Uint8Array } | undefined;
  /** File of the disk: what is written to it is gone at the end. */
  readonly disk: string;
}

export interface BootResult {
  /** What the console showed. */
  readonly text: string;
  /** Whether the system took all lines and switched itself off. */
  readonly reachedEnd: boolean;
  /** What the first line that failed has returned, in one line. */
  readonly failure: string | undefined;
}

export interface BootOptions {
  /** The kernel's command line. */
  readonly bootargs?: string;
  /** What the run loop is to drive instead of the machine itself. */
  readonly around?: (guest: VirtGuest) => Guest;
}

export async function bootWithLines(
  { kernel, firmware, initrd, disk }: KernelUnderTest,
  lines: readonly string[],
  { bootargs, around }: BootOptions = {},
): Promise<BootResult> {
  const fail = (message: string): never => {
    throw new RunError(message);
  };
  const open = openDrives([{ path: disk, snapshot: true, readOnly: false }], fail);
  const console = new CapturedConsole();
  try {
    const { loop, script } = createSession({
      ramBytes: RAM_BYTES,
      kernel,
      firmware,
      initrd,
      bootargs,
      board: { drives: open.drives },
      console,
      clock: NO_CLOCK,
      wake: new WakeSource(),
      pace: 'free',
      exec: lines,
      passMarks: false,
      maxCycles: MOST_CYCLES,
      slices: EQUAL_SLICES,
      ...(around === undefined ? {} : { around }),
    });
    const outcome = await loop.run();
    return {
      text: console.text,
      reachedEnd: outcome.kind === 'power-off' && outcome.code === 0,
      failure: script?.failure,
    };
  } finally {
    open.close();
  }
}
