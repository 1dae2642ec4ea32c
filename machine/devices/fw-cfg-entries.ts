/**
 * What a `fw_cfg` device holds: the entries by key, and the directory of those that have names.
 *
 * Source: QEMU docs/specs/fw_cfg; QEMU hw/nvram/fw_cfg.c, include/standard-headers/linux/qemu_fw_cfg.h.
 */

/** Keys of entries without names. */
export const FwCfgKey = {
  Signature: 0x00,
  Id: 0x01,
  Uuid: 0x02,
  NoGraphic: 0x04,
  Cpus: 0x05,
  KernelSize: 0x08,
  InitrdSize: 0x0b,
  BootMenu: 0x0e,
  KernelData: 0x11,
  InitrdData: 0x12,
  CommandLineSize: 0x14,
  CommandLineData: 0x15,
  FileDirectory: 0x19,
  FirstFile: 0x20,
} as const;

/** Files that a directory has room for. */
const FILE_SLOTS = 0x20;
/** Keys are below this. */
export const FW_CFG_KEYS = FwCfgKey.FirstFile + FILE_SLOTS;

/** What entry `Id` says: the plain interface, and DMA. */
const ID_TRADITIONAL = 1;
const ID_DMA = 2;
const UUID_BYTES = 16;

// struct FWCfgFiles and FWCfgFile, big-endian
const DIRECTORY_HEADER = 4;
const FILE_BYTES = 64;
const FILE_SIZE = 0;
const FILE_KEY = 4;
const FILE_NAME = 8;

/** Entries by key. */
export type FwCfgEntries = ReadonlyMap<number, Uint8Array>;

/** What firmware in flash is to start. */
export interface FwCfgKernel {
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array;
  readonly commandLine?: string;
}

/** What firmware may learn of the machine. */
export interface FwCfgContents {
  readonly harts: number;
  readonly boot?: FwCfgKernel;
}

const text = (value: string) => new TextEncoder().encode(value);

function littleEndian(value: number, bytes: 2 | 4): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer).slice(0, bytes);
}

/** The directory of files, which are in order of their names and have consecutive keys. */
function directory(files: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const bytes = new Uint8Array(DIRECTORY_HEADER + FILE_SLOTS * FILE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  for (const [index, [name, contents]] of files.entries()) {
    const at = DIRECTORY_HEADER + index * FILE_BYTES;
    view.setUint32(at + FILE_SIZE, contents.length);
    view.setUint16(at + FILE_KEY, FwCfgKey.FirstFile + index);
    bytes.set(text(name), at + FILE_NAME);
  }
  return bytes;
}

function bootEntries(boot: FwCfgKernel | undefined): (readonly [number, Uint8Array])[] {
  if (boot === undefined) return [];
  const { kernel, initrd, commandLine } = boot;
  const entries: (readonly [number, Uint8Array])[] = [
    [FwCfgKey.KernelSize, littleEndian(kernel.length, 4)],
    [FwCfgKey.KernelData, kernel],
  ];
  if (initrd !== undefined) {
    entries.push([FwCfgKey.InitrdSize, littleEndian(initrd.length, 4)]);
    entries.push([FwCfgKey.InitrdData, initrd]);
  }
  if (commandLine !== undefined) {
    const line = text(`${commandLine}\0`);
    entries.push([FwCfgKey.CommandLineSize, littleEndian(line.length, 4)]);
    entries.push([FwCfgKey.CommandLineData, line]);
  }
  return entries;
}

/** The entries that QEMU's `virt` has, as far as they say something of this machine. */
export function fwCfgEntries({ harts, boot }: FwCfgContents): FwCfgEntries {
  const files: readonly (readonly [string, Uint8Array])[] = [
    ['bios-geometry', new Uint8Array()],
    ['bootorder', new Uint8Array()],
    ['etc/boot-fail-wait', Uint8Array.of(0xff, 0xff, 0xff, 0xff)], // not at all
  ];
  return new Map<number, Uint8Array>([
    [FwCfgKey.Signature, text('QEMU')],
    [FwCfgKey.Id, littleEndian(ID_TRADITIONAL | ID_DMA, 4)],
    [FwCfgKey.Uuid, new Uint8Array(UUID_BYTES)],
    [FwCfgKey.NoGraphic, littleEndian(0, 2)],
    [FwCfgKey.Cpus, littleEndian(harts, 2)],
    [FwCfgKey.BootMenu, littleEndian(0, 2)],
    [FwCfgKey.FileDirectory, directory(files)],
    ...bootEntries(boot),
    ...files.map(([, contents], index) => [FwCfgKey.FirstFile + index, contents] as const),
  ]);
}
