/**
 * Where everything goes before the first instruction. The rules are those of QEMU's `virt` board
 * (hw/riscv/boot.c and virt.c), except that a kernel which starts in machine mode is recognised and
 * gets no firmware. Nothing here reads a file or touches a machine.
 */
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { START_ADDRESS } from '../../machine/boards/virt-memory-map.ts';
import { InputError } from './command-error.ts';
import { FIRMWARE_END } from './firmware-region.ts';

/** A kernel that says nothing about its place lies at the first such multiple behind firmware. */
const KERNEL_ALIGNMENT = 4 * 2 ** 20;
/** The initrd lies this far behind the kernel, or by half of RAM if that is less. */
const INITRD_DISTANCE = 128 * 2 ** 20;

/** Bytes of a file with a place in physical memory. */
export interface Part {
  /** For messages: the file, and which part of it. */
  readonly what: string;
  readonly address: number;
  readonly bytes: Uint8Array;
  /** At least `bytes.length`; the rest is zero. */
  readonly memorySize: number;
}

/** A file that can be booted, as its contents say what it is. */
export type BootFile =
  | { readonly kind: 'elf'; readonly path: string; readonly parts: readonly Part[] }
  /** With the RISC-V boot image header that Linux has. */
  | {
      readonly kind: 'image';
      readonly path: string;
      readonly bytes: Uint8Array;
      /** At least `bytes.length`. */
      readonly memorySize: number;
    }
  | { readonly kind: 'flat'; readonly path: string; readonly bytes: Uint8Array };

export interface BootRequest {
  readonly ramBytes: number;
  readonly kernel: BootFile;
  /** The firmware that goes with it, if any. */
  readonly firmware: BootFile | undefined;
  readonly initrd: { readonly path: string; readonly bytes: Uint8Array } | undefined;
  /** Where firmware goes on, if that is not the kernel: in flash. */
  readonly entry?: number | undefined;
}

export interface BootPlan {
  readonly parts: readonly Part[];
  /** Where firmware goes on in supervisor mode; absent if there is no firmware. */
  readonly kernelEntry: number | undefined;
  /** First address, and the one behind the last byte. */
  readonly initrd: { readonly start: number; readonly end: number } | undefined;
}

/**
 * Places everything.
 * @throws InputError if two parts overlap, or one is not inside RAM
 */
export function planBoot(request: BootRequest): BootPlan {
  const { ramBytes, kernel, firmware, initrd } = request;
  const firmwareParts = firmware === undefined ? [] : placeFile(firmware, RAM_BASE);
  const firmwareEnd = endOf(firmwareParts);
  const kernelParts = placeFile(kernel, alignUp(firmwareEnd, KERNEL_ALIGNMENT));
  // Without a kernel, RAM is where one would be.
  const kernelStart = Math.min(...kernelParts.map((part) => part.address), endOf(kernelParts));

  const parts = [...firmwareParts, ...kernelParts];
  let initrdRange: BootPlan['initrd'];
  if (initrd !== undefined) {
    const start = kernelStart + Math.min(Math.floor(ramBytes / 2), INITRD_DISTANCE);
    initrdRange = { start, end: start + initrd.bytes.length };
    const { path: what, bytes } = initrd;
    parts.push({ what, address: start, bytes, memorySize: bytes.length });
  }
  checkPlaces(parts, ramBytes);
  return {
    parts,
    kernelEntry:
      request.entry ??
      (firmware === undefined || kernelParts.length === 0 ? undefined : kernelStart),
    initrd: initrdRange,
  };
}

/**
 * Whether a kernel is one that firmware starts in supervisor mode. One that brings its own beginning
 * starts in machine mode, at the start of RAM.
 */
export function needsFirmware(kernel: BootFile): boolean {
  if (kernel.kind === 'flat') return false;
  if (kernel.kind === 'image') return true;
  if (kernel.parts.length === 0) return false;
  return kernel.parts.every((part) => {
    return part.address >= FIRMWARE_END || part.address + part.memorySize <= START_ADDRESS;
  });
}

function placeFile(file: BootFile, address: number): readonly Part[] {
  if (file.kind === 'elf') return file.parts;
  const { path: what, bytes } = file;
  const memorySize = file.kind === 'image' ? file.memorySize : bytes.length;
  return [{ what, address, bytes, memorySize }];
}

/**
 * Checks that all parts are inside RAM and that no two overlap.
 * @throws InputError naming the part, or both
 */
export function checkPlaces(parts: readonly Part[], ramBytes: number): void {
  const ram: Part = {
    what: 'RAM',
    address: RAM_BASE,
    bytes: new Uint8Array(0),
    memorySize: ramBytes,
  };
  for (const part of parts) {
    if (part.address < RAM_BASE || part.address + part.memorySize > RAM_BASE + ramBytes) {
      throw new InputError(`${part.what} (${range(part)}) is not inside RAM (${range(ram)})`);
    }
  }
  const sorted = parts.filter((part) => part.memorySize > 0).sort((a, b) => a.address - b.address);
  for (let index = 1; index < sorted.length; index++) {
    const [part, next] = sorted.slice(index - 1);
    if (part.address + part.memorySize > next.address) {
      const places = `${part.what} (${range(part)}) and ${next.what} (${range(next)})`;
      throw new InputError(`${places} overlap in memory`);
    }
  }
}

function endOf(parts: readonly Part[]): number {
  return Math.max(RAM_BASE, ...parts.map((part) => part.address + part.memorySize));
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function range({ address, memorySize }: Part): string {
  return `${hex(address)}-${hex(address + Math.max(1, memorySize) - 1)}`;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
