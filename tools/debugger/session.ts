/** A machine with everything loaded, and a debugger that stands before its first instruction. */
import { SymbolLookup } from '../elf/symbol-lookup.ts';
import { History } from '../../machine/history/history.ts';
import type { SeededDevice } from '../host/device-option.ts';
import type { LoadedBootFile } from '../host/boot-files.ts';
import { planBoot } from '../host/boot-plan.ts';
import { SymbolTable } from '../host/symbol-table.ts';
import { findHtif } from '../host/test-program.ts';
import { VirtGuest, type BoardChoice } from '../host/virt-guest.ts';
import { DebugImage } from './debug-image.ts';
import { Debugger } from './debugger.ts';
import { Execution } from './execution.ts';
import { GuestConsole } from './guest-console.ts';
import type { GuestMemory } from './guest-memory.ts';
import { ImageLibrary } from './image-library.ts';
import type { KernelView } from './kernel-view.ts';
import type { ImageLayouts } from './layouts.ts';
import { MicroKernel } from './micro-kernel.ts';
import { FIRST_PROCESS, MonoKernel } from './mono-kernel.ts';
import { type SourceReader, Target } from './target.ts';
import { WrittenRegisters } from './written-registers.ts';

export const DEFAULT_HISTORY_BYTES = 256 * 2 ** 20;

export interface DebugSessionOptions {
  readonly ramBytes: number;
  readonly kernel: LoadedBootFile & { readonly name: string };
  readonly firmware: (LoadedBootFile & { readonly name: string }) | undefined;
  readonly initrd: { readonly path: string; readonly bytes: Uint8Array } | undefined;
  readonly bootargs: string | undefined;
  /** What the machine is made of; one hart and no virtio devices if absent. */
  readonly board?: BoardChoice;
  /** Virtio devices beside the drives; a console sends to the machine's console, and hears nothing. */
  readonly devices?: readonly SeededDevice[];
  /** Binaries that processes may run. */
  readonly userImages: (booted: readonly DebugImage[]) => readonly DebugImage[];
  /** Of a microkernel; they are used if they are of the kernel that is booted. */
  readonly layouts: ImageLayouts | undefined;
  readonly readSource: SourceReader;
  /** What `commit` does; it throws a CommandError about what cannot be done. None if absent. */
  readonly commit?: (which: string) => readonly string[];
  /** What going back may take in memory; `DEFAULT_HISTORY_BYTES` if absent. */
  readonly historyBytes?: number;
}

export interface DebugSession {
  readonly guest: VirtGuest;
  readonly debug: Debugger;
  readonly console: GuestConsole;
}

/** The hybrid kernel's processes are the microkernel's. */
function viewKernel(memory: GuestMemory, layouts: ImageLayouts, image: DebugImage): KernelView {
  if (!MonoKernel.isDescribedBy(layouts)) return new MicroKernel(memory, layouts);
  const first = new SymbolLookup(image.elf).find(FIRST_PROCESS);
  if (first === undefined) throw new RangeError(`${image.name} has no symbol ${FIRST_PROCESS}`);
  return new MonoKernel(memory, layouts, first.address);
}

/** @throws InputError if something has no place in memory */
export function createDebugSession(options: DebugSessionOptions): DebugSession {
  const { ramBytes, kernel, firmware, initrd, bootargs, layouts, readSource } = options;
  const { board = {}, devices = [] } = options;
  const console = new GuestConsole();
  const booted = [kernel, firmware].flatMap((file) =>
    file?.elf === undefined ? [] : [new DebugImage(file.name, file.elf)],
  );
  const symbols = new SymbolTable(booted.map(({ elf }) => elf));
  const guest = new VirtGuest({
    ramBytes,
    plan: planBoot({ ramBytes, kernel: kernel.file, firmware: firmware?.file, initrd }),
    bootargs,
    board: {
      ...board,
      others: devices.map((device) =>
        device.kind === 'entropy' ? device : { ...device, port: console },
      ),
    },
    htif: findHtif(kernel.elf, ramBytes),
    symbols,
    transmit: (byte) => {
      console.transmit(byte);
    },
  });
  const isKnown =
    layouts !== undefined && kernel.elf !== undefined && booted[0].buildId === layouts.buildId;
  const target = new Target(
    guest.machine,
    new ImageLibrary(booted, options.userImages(booted)),
    readSource,
    (memory) => (isKnown ? viewKernel(memory, layouts, booted[0]) : undefined),
  );
  const history = new History(guest.machine, guest.door, {
    memoryBytes: options.historyBytes ?? DEFAULT_HISTORY_BYTES,
    followers: [console],
  });
  const execution = new Execution(
    target,
    history,
    symbols,
    () => {
      guest.reset();
    },
    () => {
      console.rewound();
    },
  );
  const debug = new Debugger({
    target,
    execution,
    console,
    written: new WrittenRegisters(execution, console),
    type: (bytes) => {
      guest.type(bytes);
    },
    commit: options.commit ?? (() => []),
    memoryPlace: undefined,
    listPlace: undefined,
  });
  return { guest, debug, console };
}
