/** `vitrine boot` */
import { Command, InvalidArgumentError, Option } from 'commander';
import { UnreadableStorageError } from '../../machine/state-hash.ts';
import { DISK_SPEEDS } from '../../machine/devices/virtio/disk-speed.ts';
import { formatGuestError } from '../../machine/devices/guest-error.ts';
import { readDeviceTreeFile } from '../host/boot-files.ts';
import { EXIT_FAILED, InputError, RunError } from '../host/command-error.ts';
import { commitOverlays, type Overlay } from '../host/commit.ts';
import { hostSeed, SAME_SEED, withSeed, type DeviceOption } from '../host/device-option.ts';
import { openDrives } from '../host/drives.ts';
import type { ExecScript } from '../host/exec-script.ts';
import { openFlash, parseFlashOptions } from '../host/flash-option.ts';
import { SystemClock } from '../host/host-clock.ts';
import { HostTerminal } from '../host/host-terminal.ts';
import { parseNetOption } from '../host/network/net-option.ts';
import { writeOutput } from '../host/output-file.ts';
import { Outside, sharesTerminal, type OutsideOptions } from '../host/outside.ts';
import type { Pace } from '../host/pace.ts';
import { checkRecord, readRecord, Recorder, ReplayConsole, ReplayGuest } from '../host/replay.ts';
import type { RunOutcome } from '../host/run-loop.ts';
import { parseSerialChoice } from '../host/serial-line.ts';
import { readSavedMachine, resumeMachine, saveMachine } from '../host/saved-machine.ts';
import { createSession, type Session } from '../host/session.ts';
import {
  DEFAULT_GRANULARITY,
  findSignature,
  formatSignature,
  SIGNATURE_GRANULARITIES,
  type SignatureRange,
} from '../host/test-program.ts';
import type { BoardChoice, VirtGuest } from '../host/virt-guest.ts';
import { WakeSource } from '../host/wake-source.ts';
import type { BootOptions } from './boot-options.ts';
import { isOwnKernel, MICRO, readBootInputs, type BootInputs } from './boot-inputs.ts';
import { checkNamedDrives, readDriveOptions } from './drive-options.ts';
import { addMachineOptions, checkSlots, collect, readDevices } from './machine-options.ts';
import {
  checkReplay,
  checkResume,
  describeCard,
  describeRun,
  recordedCard,
  withSavedMachine,
  type Recording,
} from './recorded-run.ts';
import { collectStatistics, formatStatistics } from './cycle-statistics.ts';
import { parseCycles } from './quantities.ts';

const NANOSECONDS_PER_MS = 1_000_000n;

const EXAMPLES = `
Without --bios, an ELF file with a segment in the first 512 KiB of RAM and a flat file start in
machine mode; every other kernel gets Vitrine's firmware. Without --drive, micro, mono and hybrid
have a disk made from userland/disk. A test program that reports through its symbol tohost (as
riscv-tests do) ends the run: exit code 0, or 1 and the number of the failing test.
Ctrl-A x leaves, Ctrl-A h shows more keys.

Examples:
  vitrine boot
  vitrine boot micro --exec 'ls /' --exec 'ping 100' --hash
  vitrine boot mono --exec 'ls /bin'
  vitrine boot hybrid:split --exec 'ls /svc'
  vitrine boot micro --cpu inorder:u54 --exec ls --stats
  vitrine boot micro --drive disk.img,snapshot=on
  vitrine boot kernel.elf --memory 256M --append 'console=ttyS0' --initrd root.cpio
  vitrine boot Image --smp 4 --device entropy --net hub:lan --pcap lan.pcap
  vitrine boot kernel.elf --serial socket:/tmp/serial --device console
  vitrine boot micro --record session.record; vitrine boot micro --replay session.record --hash
  vitrine boot rv32ui-p-add
  vitrine boot add-01.elf --signature add-01.signature`;

export function bootCommand(root: string): Command {
  return addMachineOptions(new Command('boot'))
    .description('boot a kernel; its serial console is this terminal')
    .argument(
      '[kernel]',
      'micro (the default), mono, hybrid[:PLACEMENT], or a kernel of your own: FILE.elf, FILE.bin, Image',
    )
    .addOption(
      new Option(
        '--pflash <file>',
        'a bank of flash of 32 MiB: FILE[,unit=0|1][,snapshot=on][,readonly=on] (twice at most); the ' +
          'machine starts from unit 0; in unit 1 is firmware for S-mode, which finds the kernel in fw_cfg',
      ).argParser(collect),
    )
    .option('--exec <line>', 'run a line in the shell, then power off (repeatable)', append)
    .addOption(
      new Option(
        '--serial <place>',
        'where the serial line ends: stdio, none, pty, file:PATH or socket:PATH',
      )
        .argParser((text) => parseSerialChoice(text))
        .default({ kind: 'stdio' }, 'stdio'),
    )
    .addOption(
      new Option(
        '--net <wire>',
        'a network card: hub:NAME[,mac=52:54:00:12:34:56][,bus=virtio-mmio-bus.N] puts it on a wire ' +
          'with every machine of yours that names it; or none',
      ).argParser(parseNetOption),
    )
    .option('--pcap <file>', 'record the wire, for Wireshark and tshark')
    .option('--dtb <file>', 'a device tree to hand over in the place of the machine’s own')
    .option('--dumpdtb <file>', 'write the device tree to a file, and leave')
    .option(
      '--signature <file>',
      'write what lies from begin_signature to end_signature at the end',
    )
    .addOption(
      new Option('--signature-granularity <bytes>', 'bytes in a line of the signature')
        .argParser(parseGranularity)
        .default(DEFAULT_GRANULARITY),
    )
    .addOption(
      new Option(
        '--pace <pace>',
        'real: guest time never runs ahead of the wall (default on a terminal and with --net); ' +
          'free: it does not wait',
      ).choices(['real', 'free']),
    )
    .option('--max-cycles <n>', 'stop after so many cycles, as 5000000 or 5M', parseCycles)
    .option('--record <file>', 'record what comes in from outside; nothing is written to drives')
    .option('--replay <file>', 'repeat a recorded run, with the same files and options')
    .option('--save <file>', 'save the machine at the end; nothing is written to drives')
    .option('--resume <file>', 'go on with a saved machine, with the same files and options')
    .option('--hash', 'print the hash of the final state')
    .option('--stats [file]', 'print where the cycles went; with a file, write it there as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (kernel: string | undefined, options: BootOptions) => {
      const isFlashed = options.pflash !== undefined;
      process.exitCode = await boot(root, kernel ?? (isFlashed ? undefined : MICRO), options);
    });
}

function append(line: string, lines: readonly string[] = []): string[] {
  if (/[\r\n]/.test(line)) throw new InputError('--exec takes one line: give it once for each');
  return [...lines, line];
}

function parseGranularity(text: string): number {
  const found = SIGNATURE_GRANULARITIES.find((bytes) => String(bytes) === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`a line has ${SIGNATURE_GRANULARITIES.join(', ')} bytes.`);
}

async function boot(
  root: string,
  kernel: string | undefined,
  options: BootOptions,
): Promise<number> {
  const { bios, initrd, net, pcap, memory } = options;
  const outside = { serial: options.serial, devices: readDevices(options), net, pcap };
  if (pcap !== undefined && net === undefined) {
    throw new InputError('--pcap records a wire: name one with --net hub:NAME');
  }
  const { dtb } = options;
  if (dtb !== undefined && (initrd !== undefined || options.append !== undefined)) {
    throw new InputError(
      '--dtb: --append and --initrd stand in a device tree, which this one replaces',
    );
  }
  checkReplay(options);
  checkResume(options);
  const resumed = options.resume === undefined ? undefined : await readSavedMachine(options.resume);
  const record = options.replay === undefined ? undefined : readRecord(options.replay);
  // What a run begins with must still be there when it is repeated.
  const isKept = [options.record, record, options.save, resumed].some((each) => each !== undefined);
  const deviceTree = dtb === undefined ? undefined : readDeviceTreeFile(dtb);
  const named = readDriveOptions(root, options, kernel !== undefined && isOwnKernel(kernel));
  const drives = isKept ? named.map((drive) => ({ ...drive, snapshot: true })) : named;
  checkSlots(drives, net, outside.devices);
  checkNamedDrives(options, drives);
  const banks = parseFlashOptions(options.pflash ?? []);
  const files = await readBootInputs(root, { kernel, bios, initrd, flash: banks });
  const signature =
    options.signature === undefined
      ? undefined
      : findSignature(files.kernel.file.path, files.kernel.elf, memory);
  const flash = openFlash(isKept ? banks.map((bank) => ({ ...bank, snapshot: true })) : banks, say);
  try {
    const open = openDrives(drives, say);
    try {
      const opened = {
        drives: open.drives,
        flash: flash.banks,
        ...(deviceTree === undefined ? {} : { deviceTree }),
      };
      const header = isKept ? describeRun(files, drives, options) : undefined;
      if (record !== undefined && header !== undefined) {
        const begun =
          options.resume === undefined ? header : withSavedMachine(header, options.resume);
        checkRecord(options.replay ?? '', record.header, begun);
      }
      if (resumed !== undefined && header !== undefined) {
        checkRecord(resumed.path, resumed.header, header);
      }
      const overlays = [...open.overlays, ...flash.overlays];
      const chosen = { ...options, outside, overlays, signatureRange: signature };
      return await run(files, opened, chosen, { record, resumed, header });
    } finally {
      open.close();
    }
  } finally {
    flash.close();
  }
}

interface RunOptions extends BootOptions {
  readonly outside: Omit<OutsideOptions, 'devices'> & { readonly devices: readonly DeviceOption[] };
  readonly overlays: readonly Overlay[];
  readonly signatureRange: SignatureRange | undefined;
}

async function run(
  files: BootInputs,
  storage: Pick<BoardChoice, 'drives' | 'flash' | 'deviceTree'>,
  options: RunOptions,
  { record, resumed, header }: Recording,
): Promise<number> {
  const wake = new WakeSource();
  const takesInput = options.exec === undefined;
  const isShared = sharesTerminal(options.outside);
  const commit = () => tryCommit(options.overlays);
  const { stdin, stdout } = process;
  const terminal = new HostTerminal(stdin, stdout, wake, takesInput, isShared, commit);
  const isLive = terminal.isInteractive || options.net !== undefined;
  const pace = options.pace ?? (isLive && record === undefined ? 'real' : 'free');
  // A run that is to be repeated draws the same numbers again.
  const isSame = pace === 'free' || header !== undefined || record !== undefined;
  const devices = withSeed(options.outside.devices, isSame ? SAME_SEED : hostSeed());
  const outside = await Outside.open({ ...options.outside, devices }, terminal, wake, say);
  try {
    const time = (record ?? resumed)?.header.startTime ?? startTime(pace);
    const card = record === undefined ? outside.virtio.net : recordedCard(record);
    const started = header && { ...header, startTime: time, net: describeCard(card) };
    let replay: ReplayGuest | undefined;
    let recorder: Recorder | undefined;
    const session = createSession({
      ...files,
      ramBytes: options.memory,
      bootargs: options.append,
      board: {
        ...storage,
        ...outside.virtio,
        ...(card === undefined ? {} : { net: card }),
        harts: options.smp,
        inorder: options.cpu.inorder,
        aclint: options.machine.aclint,
        virtio: options.virtio,
        ...(files.fwCfg === undefined
          ? {}
          : { fwCfg: { ...files.fwCfg, commandLine: options.append ?? '' } }),
        diskSpeed: DISK_SPEEDS[options.diskSpeed],
        startTime: time,
      },
      console:
        record === undefined
          ? outside.console
          : new ReplayConsole(outside.console, () => replay?.isOver === true),
      prepare: ({ machine }) => {
        if (resumed !== undefined) resumeMachine(resumed, machine);
      },
      around: (guest) => {
        if (record !== undefined) return (replay = new ReplayGuest(guest, record));
        if (started !== undefined && options.record !== undefined) {
          const { record: path, resume } = options;
          const begun = resume === undefined ? started : withSavedMachine(started, resume);
          recorder = new Recorder(path, begun, guest);
        }
        return guest;
      },
      inlets: (guest) => outside.inlets(guest),
      clock: new SystemClock(),
      wake,
      pace,
      exec: options.exec,
      passMarks: takesInput && options.serial.kind === 'stdio' && process.stdout.isTTY,
      maxCycles: options.maxCycles ?? Infinity,
    });
    if (options.dumpdtb !== undefined) {
      writeOutput(options.dumpdtb, session.guest.deviceTree);
      return 0;
    }
    try {
      const code = await runSession(session, terminal, options);
      if (options.save !== undefined && started !== undefined) {
        await saveMachine(options.save, started, session.guest.machine);
      }
      return code;
    } finally {
      recorder?.close();
    }
  } finally {
    outside.close();
  }
}

/** Ctrl-A s: what has been done, or why it has not. */
function tryCommit(overlays: readonly Overlay[]): readonly string[] {
  try {
    return commitOverlays(overlays, '');
  } catch (error) {
    if (error instanceof RunError) return [error.message];
    throw error;
  }
}

/**
 * What the real-time clock says at power-on, in nanoseconds since 1970: the host's time where the
 * guest's keeps pace with it; else always the same, so that runs are the same.
 */
function startTime(pace: Pace): bigint {
  return pace === 'real' ? BigInt(Date.now()) * NANOSECONDS_PER_MS : 0n;
}

async function runSession(
  { guest, loop, script }: Session,
  terminal: HostTerminal,
  options: RunOptions,
): Promise<number> {
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
    process.stdout.write(`state hash: ${await hashOf(guest)}\n`);
  }
  writeStatistics(guest, options);
  writeSignature(guest, options);
  const { count, first } = guest.errors;
  if (count > 0) {
    say(`the guest misused a device ${count} times, first: ${formatGuestError(first[0])}`);
  }
  if (outcome.kind === 'power-off' && guest.failedTest > 0) {
    say(`test ${guest.failedTest} failed`);
    return EXIT_FAILED;
  }
  return judge(outcome, script, options.maxCycles ?? Infinity);
}

/** @throws RunError if a disk cannot be read */
async function hashOf({ machine }: VirtGuest): Promise<string> {
  try {
    return await machine.stateHash();
  } catch (error) {
    if (error instanceof UnreadableStorageError)
      throw new RunError(error.message, { cause: error });
    throw error;
  }
}

function writeStatistics(guest: VirtGuest, { stats, cpu }: RunOptions): void {
  if (stats === undefined || stats === false) return;
  const collected = collectStatistics(guest.machine, cpu.name);
  if (typeof stats === 'string') {
    writeOutput(stats, `${JSON.stringify(collected, undefined, 2)}\n`);
  } else {
    process.stdout.write(`${formatStatistics(collected)}\n`);
  }
}

function writeSignature(guest: VirtGuest, options: RunOptions): void {
  const { signature, signatureRange, signatureGranularity } = options;
  if (signature === undefined || signatureRange === undefined) return;
  const bytes = new Uint8Array(signatureRange.end - signatureRange.start);
  guest.machine.readPhysical(signatureRange.start, bytes);
  writeOutput(signature, formatSignature(bytes, signatureGranularity));
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
