/** `vitrine boot` */
import { Command, Option } from 'commander';
import type { VirtDrive } from '../../machine/boards/virtio-slots.ts';
import { formatGuestError } from '../../machine/devices/guest-error.ts';
import { EXIT_FAILED, InputError } from '../host/command-error.ts';
import { openDrives } from '../host/drives.ts';
import type { ExecScript } from '../host/exec-script.ts';
import { SystemClock } from '../host/host-clock.ts';
import { HostTerminal } from '../host/host-terminal.ts';
import type { Pace } from '../host/pace.ts';
import type { RunOutcome } from '../host/run-loop.ts';
import { createSession } from '../host/session.ts';
import { WakeSource } from '../host/wake-source.ts';
import { isOwnKernel, MICRO, readBootInputs, type BootInputs } from './boot-inputs.ts';
import {
  checkNamedDrives,
  driveOptions,
  readDriveOptions,
  type MachineDriveOptions,
} from './drive-options.ts';
import { parseCycles, parseMemorySize } from './quantities.ts';

const DEFAULT_MEMORY = '128M';

interface BootOptions extends MachineDriveOptions {
  readonly exec?: readonly string[];
  readonly memory: number;
  readonly bios?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly pace?: Pace;
  readonly maxCycles?: number;
  readonly hash?: boolean;
}

const EXAMPLES = `
Without --bios, an ELF file with a segment in the first 512 KiB of RAM and a flat file start in
machine mode; every other kernel gets Vitrine's firmware. Without --drive, micro, mono and hybrid
have a disk made from userland/disk. Ctrl-A x leaves, Ctrl-A h shows more keys.

Examples:
  vitrine boot
  vitrine boot micro --exec 'ls /' --exec 'ping 100' --hash
  vitrine boot mono --exec 'ls /bin'
  vitrine boot hybrid:split --exec 'ls /svc'
  vitrine boot micro --drive disk.img,snapshot=on
  vitrine boot kernel.elf --memory 256M --append 'console=ttyS0' --initrd root.cpio`;

export function bootCommand(root: string): Command {
  const command = new Command('boot');
  for (const option of driveOptions()) command.addOption(option);
  return command
    .description('boot a kernel; its serial console is this terminal')
    .argument(
      '[kernel]',
      'micro, mono, hybrid[:PLACEMENT], or a kernel of your own: FILE.elf, FILE.bin, Image',
      MICRO,
    )
    .option('--exec <line>', 'run a line in the shell, then power off (repeatable)', append)
    .addOption(
      new Option('--memory <size>', 'RAM, 1M to 2032M')
        .argParser(parseMemorySize)
        .default(parseMemorySize(DEFAULT_MEMORY), DEFAULT_MEMORY),
    )
    .option('--bios <file>', 'firmware to start instead of Vitrine’s own, or none')
    .option('--initrd <file>', 'cpio archive for the kernel')
    .option('--append <text>', 'command line for the kernel')
    .addOption(
      new Option(
        '--pace <pace>',
        'real: guest time never runs ahead of the wall (default on a terminal); free: it does not wait',
      ).choices(['real', 'free']),
    )
    .option('--max-cycles <n>', 'stop after so many cycles, as 5000000 or 5M', parseCycles)
    .option('--hash', 'print the hash of the final state')
    .addHelpText('after', EXAMPLES)
    .action(async (kernel: string, options: BootOptions) => {
      process.exitCode = await boot(root, kernel, options);
    });
}

function append(line: string, lines: readonly string[] = []): string[] {
  if (/[\r\n]/.test(line)) throw new InputError('--exec takes one line: give it once for each');
  return [...lines, line];
}

async function boot(root: string, kernel: string, options: BootOptions): Promise<number> {
  const { bios, initrd } = options;
  const drives = readDriveOptions(root, options, isOwnKernel(kernel));
  checkNamedDrives(options, drives);
  const files = await readBootInputs(root, { kernel, bios, initrd });
  const open = openDrives(drives, say);
  try {
    return await run(files, open.drives, options);
  } finally {
    open.close();
  }
}

async function run(
  files: BootInputs,
  drives: readonly VirtDrive[],
  options: BootOptions,
): Promise<number> {
  const wake = new WakeSource();
  const { maxCycles = Infinity } = options;
  const takesInput = options.exec === undefined;
  const terminal = new HostTerminal(process.stdin, process.stdout, wake, takesInput);
  const { guest, loop, script } = createSession({
    ...files,
    ramBytes: options.memory,
    bootargs: options.append,
    drives,
    virtio: options.virtio,
    console: terminal,
    clock: new SystemClock(),
    wake,
    pace: options.pace ?? (terminal.isInteractive ? 'real' : 'free'),
    exec: options.exec,
    passMarks: takesInput && process.stdout.isTTY,
    maxCycles,
  });

  let outcome: RunOutcome;
  terminal.open();
  try {
    outcome = await loop.run();
  } finally {
    await terminal.close();
  }
  if (terminal.isWithinLine) process.stdout.write('\n');
  if (outcome.kind === 'signal') return outcome.exitCode;
  if (options.hash === true) {
    process.stdout.write(`state hash: ${await guest.machine.stateHash()}\n`);
  }
  const { count, first } = guest.errors;
  if (count > 0) {
    say(`the guest misused a device ${count} times, first: ${formatGuestError(first[0])}`);
  }
  return judge(outcome, script, maxCycles);
}

function say(message: string): void {
  process.stderr.write(`vitrine: ${message}\n`);
}

/** Says what is to be said about the end of a run, and returns the exit code. */
function judge(
  outcome: Exclude<RunOutcome, { kind: 'signal' }>,
  script: ExecScript | undefined,
  maxCycles: number,
): number {
  const failure = script?.failure;
  switch (outcome.kind) {
    case 'left':
      return 0;
    case 'power-off':
      if (outcome.code !== 0) say(`the guest switched off with code ${outcome.code}`);
      if (failure !== undefined) say(failure);
      return outcome.code === 0 && failure === undefined ? 0 : EXIT_FAILED;
    case 'starved':
      if (script === undefined) {
        say('the input has ended, and the guest waits for more');
        return 0;
      }
      say(
        script.running === undefined
          ? `the guest waits, and nothing will wake it: ${failure ?? 'it did not power off'}`
          : `the guest waits, and nothing will wake it: --exec "${script.running}" did not end`,
      );
      return EXIT_FAILED;
    case 'out-of-cycles':
      say(`stopped after ${maxCycles} cycles (--max-cycles)`);
      return EXIT_FAILED;
    case 'runaway':
      say(outcome.report);
      return EXIT_FAILED;
  }
}
