/**
 * The microkernel's processes, read from its memory: kernels/micro/objects.ts and kernels/core/slab.ts.
 * Which names are read stands in kernels/micro/debugger-symbols.json; where they lie, the compiler
 * says. A guest's memory is not trusted: every walk through it is bounded.
 */
import { ObjectKind } from '../../userland/abi/syscall.enums.ts';
import type { Layouts } from '../compiler/layouts.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { KernelView, ProcessView } from './kernel-view.ts';
import { FieldOffsets } from './layouts.ts';
import { readProcessHead, stateName } from './process-head.ts';

const SLABS = 'kernels/micro/object-slabs/slabs';
const SLAB_SIZE = 'kernels/micro/object-slabs/SLAB_SIZE';
const FRAME_LINK = 'kernels/core/slab/FRAME_LINK';
const SLAB = 'kernels/core/slab/Slab';
const PROCESS = 'kernels/micro/objects/Process';

/** More than this many frames of processes are a broken list. */
const MOST_FRAMES = 1024;
const SMALLEST_OBJECT = 16;

export class MicroKernel implements KernelView {
  private readonly slab: FieldOffsets;
  private readonly process: FieldOffsets;
  private readonly slabAddress: number;
  private readonly frameLink: number;

  /** @throws RangeError if the layouts are not those of a microkernel that this file knows */
  constructor(
    private readonly memory: GuestMemory,
    layouts: Layouts,
  ) {
    this.slab = new FieldOffsets(layouts, SLAB);
    this.process = new FieldOffsets(layouts, PROCESS);
    const constant = (name: string): number => {
      if (!Object.hasOwn(layouts.constants, name)) throw new RangeError(`no constant ${name}`);
      return layouts.constants[name];
    };
    this.slabAddress = constant(SLABS) + ObjectKind.Process * constant(SLAB_SIZE);
    this.frameLink = constant(FRAME_LINK);
  }

  processes(): readonly ProcessView[] {
    const size = this.slabField('size');
    // Before the kernel has prepared its slabs.
    if (this.slabField('kind') !== ObjectKind.Process || size < SMALLEST_OBJECT) return [];
    const perFrame = Math.floor(this.frameLink / size);
    const objects: number[] = [];
    let frame = this.slabField('frames');
    for (let count = 0; frame !== 0 && count < MOST_FRAMES; count++) {
      for (let index = 0; index < perFrame; index++) objects.push(frame + index * size);
      frame = this.word(frame + this.frameLink);
    }
    const free = this.freeObjects(objects.length);
    return objects
      .filter((object) => !free.has(object))
      .map((object) => this.readProcess(object))
      .filter((process) => process.id !== 0)
      .sort((left, right) => left.id - right.id);
  }

  private freeObjects(most: number): ReadonlySet<number> {
    const free = new Set<number>();
    const link = this.process.of('link');
    let object = this.slabField('free');
    while (object !== 0 && free.size <= most && !free.has(object)) {
      free.add(object);
      object = this.word(object + link);
    }
    return free;
  }

  private readProcess(object: number): ProcessView {
    const field = (name: string): number => this.word(object + this.process.of(name));
    return {
      ...readProcessHead(this.memory, object, this.process),
      state: stateName(field('state')),
      threads: field('threadCount'),
      incarnation: field('incarnation'),
    };
  }

  private slabField(name: string): number {
    return this.word(this.slabAddress + this.slab.of(name));
  }

  /** The kernel maps RAM at its physical addresses. */
  private word(address: number): number {
    return this.memory.physicalWord(address) ?? 0;
  }
}
