/** `vitrine debug` */
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { DISK_SPEEDS } from '../../machine/devices/virtio/disk-speed.ts';
import type { VirtDrive } from '../../machine/boards/virtio-slots.ts';
import { readFolder, readImage } from '../debugger/image-library.ts';
import { readLayouts } from '../debugger/layouts.ts';
import { runScript } from '../debugger/script.ts';
import { createDebugSession, type DebugSession } from '../debugger/session.ts';
import { readInputFile, type LoadedBootFile } from '../host/boot-files.ts';
import { InputError } from '../host/command-error.ts';
import { SAME_SEED, withSeed, type DeviceOption } from '../host/device-option.ts';
import { commitOverlays } from '../host/commit.ts';
import { openDrives } from '../host/drives.ts';
import type { Pace } from '../host/pace.ts';
import { SourceLines } from '../host/source-lines.ts';
import { RELEASE } from '../images/folders.ts';
import { layoutsFile } from '../images/layouts-file.ts';
import { isOwnKernel, MICRO, readBootInputs, type BootInputs } from './boot-inputs.ts';
import { checkNamedDrives, readDriveOptions } from './drive-options.ts';
import {
  addMachineOptions,
  checkSlots,
  readDevices,
  type MachineOptions,
} from './machine-options.ts';
import { parseByteSize, parseCycles } from './quantities.ts';

interface DebugOptions extends MachineOptions {
  readonly script?: string;
  readonly symbols?: readonly string[];
  readonly pace: Pace;
  readonly maxCycles?: number;
  readonly history?: number;
}

const EXAMPLES = `
The machine stands before its first instruction. F1 or ? shows the keys and the commands; docs/debugger.md
is a guide. Nothing is written to a drive until "commit". With --script no terminal is needed: the same commands, one in a line, print text.

Examples:
  vitrine debug
  vitrine debug kernel.elf --symbols program.elf
  vitrine debug --script steps.txt --max-cycles 500M`;

export function debugCommand(root: string): Command {
  return addMachineOptions(new Command('debug'))
    .description('step through a kernel and what it runs, by instruction or line of source')
    .argument(
      '[kernel]',
      'micro, mono, hybrid[:placement], or a kernel of your own: FILE.elf, FILE.bin, Image',
      MICRO,
    )
    .option('--script <file>', 'carry out the commands in a file, print text, and leave')
    .option('--symbols <file>', 'a binary that the kernel runs (repeatable)', append)
    .addOption(
      new Option('--pace <pace>', 'real: guest time never runs ahead of the wall; free: no waiting')
        .choices(['real', 'free'])
        .default('real'),
    )
    .option(
      '--history <size>',
      'memory for going back, as 256M or 1G (default: 256M)',
      parseByteSize,
    )
    .option('--max-cycles <n>', 'with --script: give up after so many cycles', parseCycles)
    .addHelpText('after', EXAMPLES)
    .action(async (kernel: string, options: DebugOptions) => {
      process.exitCode = await debug(root, kernel, options);
    });
}

function append(file: string, files: readonly string[] = []): string[] {
  return [...files, file];
}

async function debug(root: string, kernel: string, options: DebugOptions): Promise<number> {
  const { script, bios, initrd } = options;
  // What the person named is looked at before anything is built for it.
  const text = script === undefined ? undefined : readScript(script);
  if (script === undefined) checkTerminal();
  const wanted = readDriveOptions(root, options, isOwnKernel(kernel));
  const devices = readDevices(options);
  checkSlots(wanted, undefined, devices);
  if (devices.some((device) => device.kind === 'console' && device.to.kind !== 'stdio')) {
    throw new InputError('--device console: what it sends is shown here, and goes nowhere else');
  }
  checkNamedDrives(options, wanted);
  const files = await readBootInputs(root, { kernel, bios, initrd });
  // Stepping back, and looking, must leave no traces in files.
  const drives = wanted.map((drive) => ({ ...drive, snapshot: true }));
  const open = openDrives(drives, say);
  try {
    const session = createSession(root, files, {
      ...options,
      drives: open.drives,
      devices,
      commit: (which) => commitOverlays(open.overlays, which),
    });
    return await run(session, text, options);
  } finally {
    open.close();
  }
}

async function run(
  session: DebugSession,
  text: string | undefined,
  { script, maxCycles = Infinity, pace }: DebugOptions,
): Promise<number> {
  if (script !== undefined && text !== undefined) {
    const print = (line: string): void => {
      process.stdout.write(`${line}\n`);
    };
    let isInterrupted = false;
    const interrupt = (): void => {
      isInterrupted = true;
    };
    process.on('SIGINT', interrupt);
    try {
      return await runScript({
        session,
        path: script,
        text,
        maxCycles,
        print,
        isInterrupted: () => isInterrupted,
      });
    } finally {
      process.removeListener('SIGINT', interrupt);
    }
  }
  const { runWindow } = await import('../tui/window.ts');
  return runWindow(session, pace);
}

function readScript(path: string): string {
  return new TextDecoder().decode(readInputFile(path, 'script'));
}

/** @throws InputError if there is nobody to look */
function checkTerminal(): void {
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new InputError('debug needs a terminal: without one, --script FILE runs commands');
}

function say(message: string): void {
  process.stderr.write(`vitrine: ${message}\n`);
}

function createSession(
  root: string,
  files: BootInputs,
  options: DebugOptions & {
    readonly drives: readonly VirtDrive[];
    readonly devices: readonly DeviceOption[];
    readonly commit: (which: string) => readonly string[];
  },
): DebugSession {
  const { symbols = [], memory, drives, devices, virtio, smp, machine } = options;
  const named = symbols.map((path) => readImage(path));
  const name = (file: LoadedBootFile): string => basename(file.file.path, '.elf');
  const layouts = readLayouts(join(root, RELEASE, layoutsFile(name(files.kernel))));
  return createDebugSession({
    ramBytes: memory,
    kernel: { ...files.kernel, name: name(files.kernel) },
    firmware:
      files.firmware === undefined ? undefined : { ...files.firmware, name: name(files.firmware) },
    initrd: files.initrd,
    bootargs: options.append,
    board: {
      harts: smp,
      aclint: machine.aclint,
      drives,
      virtio,
      diskSpeed: DISK_SPEEDS[options.diskSpeed],
      inorder: options.cpu.inorder,
    },
    devices: withSeed(devices, SAME_SEED),
    userImages: (booted) => {
      const isOurs = booted.some(
        ({ buildId }) => buildId !== undefined && buildId === layouts?.buildId,
      );
      const release = isOurs ? readFolder(join(root, RELEASE), [...booted, ...named]) : [];
      return [...named, ...release];
    },
    commit: options.commit,
    layouts,
    readSource: new SourceLines(root).read,
    ...(options.history === undefined ? {} : { historyBytes: options.history }),
  });
}
