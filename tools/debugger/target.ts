/** The guest as the debugger sees it: where the hart stands, in which binary, in which process. */
import { Privilege } from '../../machine/hart/privilege.ts';
import type { Hart } from '../../machine/hart/hart.ts';
import type { Machine } from '../../machine/machine.ts';
import type { LineRange } from '../elf/dwarf/read-lines.ts';
import type { DebugImage } from './debug-image.ts';
import { GuestMemory } from './guest-memory.ts';
import { byteDigits, hexadecimal } from './hexadecimal.ts';
import type { ImageLibrary } from './image-library.ts';
import type { KernelView, ProcessView } from './kernel-view.ts';
import { shortName } from './short-name.ts';

const MODE_NAMES: Readonly<Record<Privilege, string>> = {
  [Privilege.User]: 'U',
  [Privilege.Supervisor]: 'S',
  [Privilege.Machine]: 'M',
};

/** Reads the lines of sources; undefined where there is no such line. */
export type SourceReader = (file: string, line: number) => string | undefined;

export class Target {
  readonly memory: GuestMemory;
  /** The number of the hart that is looked at: of several, the one that stopped last. */
  selected = 0;
  /** Undefined: none that the debugger knows. */
  readonly kernel: KernelView | undefined;

  constructor(
    readonly machine: Machine,
    readonly images: ImageLibrary,
    readonly readSource: SourceReader,
    createKernelView: (memory: GuestMemory) => KernelView | undefined,
  ) {
    this.memory = new GuestMemory(machine, () => this.hart);
    this.kernel = createKernelView(this.memory);
  }

  get hart(): Hart {
    return this.machine.harts[this.selected];
  }

  get pc(): number {
    return this.hart.pc;
  }

  get privilege(): Privilege {
    return this.hart.privilege;
  }

  /** `M`, `S` or `U`. */
  get modeName(): string {
    return MODE_NAMES[this.privilege];
  }

  /** The process whose addresses are valid, in U-mode and in S-mode. */
  get currentProcess(): ProcessView | undefined {
    const root = this.memory.currentRoot;
    if (root === undefined) return undefined;
    return this.kernel?.processes().find((process) => process.root === root);
  }

  /** What a process runs, if its binary is at hand. */
  imageOf(process: ProcessView | undefined): DebugImage | undefined {
    if (process === undefined) return undefined;
    if (process.buildId !== undefined) return this.images.withBuildId(process.buildId);
    // Nobody has told the kernel what its first process runs: its own memory says so.
    return this.images.others.find((image) => this.holds(process.root, image));
  }

  /** Whether an address space has the build id of a binary where the binary has it. */
  private holds(root: number, { buildId, buildIdAddress }: DebugImage): boolean {
    if (buildId === undefined || buildIdAddress === undefined) return false;
    const bytes = this.memory.read(buildIdAddress, buildId.length / 2, root);
    return byteDigits(bytes.map((byte) => byte ?? 0)) === buildId;
  }

  /** The binary that an address belongs to, as the hart now sees memory. */
  imageAt(address: number): DebugImage | undefined {
    const covering = (images: readonly DebugImage[]): DebugImage | undefined =>
      images.find((image) => image.covers(address));
    // A guest that the debugger does not know may run anything in any mode.
    if (this.kernel === undefined) return covering(this.images.all);
    if (this.privilege !== Privilege.User) {
      const booted = covering(this.images.booted);
      if (booted !== undefined || this.privilege === Privilege.Machine) return booted;
    }
    const image = this.imageOf(this.currentProcess);
    return image?.covers(address) === true ? image : undefined;
  }

  lineAt(address: number): LineRange | undefined {
    return this.imageAt(address)?.lineAt(address);
  }

  /** `name+0x10`, without the path of the file; undefined where no symbol is near. */
  symbolAt(address: number): string | undefined {
    const symbol = this.imageAt(address)?.nearest(address);
    if (symbol === undefined) return undefined;
    const name = shortName(symbol.name);
    return symbol.offset === 0 ? name : `${name}+0x${symbol.offset.toString(16)}`;
  }

  /** `0x80400010 <main+0x10>`. */
  describe(address: number): string {
    const symbol = this.symbolAt(address);
    return symbol === undefined ? hexadecimal(address) : `${hexadecimal(address)} <${symbol}>`;
  }

  /** The instruction at a virtual address; undefined if nothing is mapped there. */
  instructionAt(address: number): number | undefined {
    return this.memory.readInstruction(address, this.memory.currentRoot);
  }
}
