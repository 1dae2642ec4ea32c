/** Debug sessions of guests that a test writes in assembly. */
import type { InorderParameters } from '../../../machine/timing/inorder/parameters.ts';
import { assemble } from '../../assembler/assemble.ts';
import { readElf } from '../../elf/read-elf.ts';
import { writeExecutable } from '../../elf/write-executable.ts';
import { link } from '../../linker/link.ts';
import type { Motion, Stop } from '../execution.ts';
import { createDebugSession, type DebugSession } from '../session.ts';

const RAM = 0x8000_0000;
const MEBIBYTE = 2 ** 20;
const SLICE_CYCLES = 1000;
const MOST_CYCLES = 10_000_000;

/** The source's name in its debug information; its first line is line 1. */
export const GUEST_FILE = 'guest.s';

export interface SmallGuest {
  readonly session: DebugSession;
  /** Carries out a command and lets the guest run until it stops; what was printed. */
  command(line: string): readonly string[];
  /** Line of the source at the pc. */
  readonly line: number | undefined;
  /** The line on which a label stands, or what is written behind `# `. */
  lineOf(text: string): number;
  addressOf(label: string): number;
}

/**
 * Starts a guest in M-mode; it stands at `_start`.
 * @param inorder parameters of the in-order clock model; the functional one if absent
 */
export function startGuest(source: string, harts = 1, inorder?: InorderParameters): SmallGuest {
  const text = source.trim();
  const { object, errors } = assemble(text, GUEST_FILE);
  if (object === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM });
  if (image === undefined) throw new Error('the guest does not link');
  const { elf } = readElf(writeExecutable(image, 'guest'));
  if (elf === undefined) throw new Error('the guest is no ELF file');
  const parts = image.segments.map(({ address, bytes, memorySize }) => {
    return { what: 'guest', address, bytes, memorySize };
  });
  const lines = text.split('\n');
  const session = createDebugSession({
    ramBytes: MEBIBYTE,
    board: { harts, inorder },
    kernel: { name: 'guest', file: { kind: 'elf', path: 'guest.elf', parts }, elf },
    firmware: undefined,
    initrd: undefined,
    bootargs: undefined,
    userImages: () => [],
    layouts: undefined,
    readSource: (_file, line) => lines[line - 1],
  });
  const command = (line: string): readonly string[] => {
    const { lines: printed, motion } = session.debug.execute(line);
    if (motion === undefined) return printed;
    return [...printed, ...session.debug.describeStop(runToStop(session, motion))];
  };
  command('until _start');
  const { target } = session.debug.context;
  return {
    session,
    command,
    get line() {
      return target.lineAt(target.pc)?.line;
    },
    lineOf: (mark) => {
      const index = lines.findIndex(
        (line) => line.startsWith(`${mark}:`) || line.endsWith(`# ${mark}`),
      );
      if (index < 0) throw new Error(`the source has no ${mark}`);
      return index + 1;
    },
    addressOf: (label) => {
      const symbol = elf.symbols.find(({ name }) => name === label);
      if (symbol === undefined) throw new Error(`there is no label ${label}`);
      return symbol.address;
    },
  };
}

function runToStop({ guest }: DebugSession, motion: Motion): Stop {
  try {
    while (guest.cycle < MOST_CYCLES) {
      const progress = motion.advance(guest.cycle + SLICE_CYCLES);
      if (progress.kind === 'stopped') return progress.stop;
      if (progress.kind === 'waiting') {
        if (progress.due === Infinity) return { kind: 'idle' };
        guest.advanceTo(progress.due);
      }
    }
    throw new Error('the guest does not stop');
  } finally {
    motion.finish();
  }
}
