/**
 * The monolithic kernel's processes, read from its memory: kernels/mono/process.ts and processes.ts. Which
 * names are read stands in kernels/mono/debugger-symbols.json. A guest's memory is not trusted: the
 * walk through it is bounded.
 */
import type { Layouts } from '../compiler/layouts.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { KernelView, ProcessView } from './kernel-view.ts';
import { FieldOffsets } from './layouts.ts';
import { readProcessHead, stateName } from './process-head.ts';

const PROCESS = 'kernels/mono/process/Process';
/** The symbol of the variable that holds the address of the first process. */
export const FIRST_PROCESS = 'global:kernels/mono/processes/first';

/** More processes than this are a broken list. */
const MOST_PROCESSES = 1024;

export class MonoKernel implements KernelView {
  private readonly process: FieldOffsets;

  /**
   * @param first kernel address of FIRST_PROCESS
   * @throws RangeError if the layouts are not those of a monolithic kernel that this file knows
   */
  constructor(
    private readonly memory: GuestMemory,
    layouts: Layouts,
    private readonly first: number,
  ) {
    this.process = new FieldOffsets(layouts, PROCESS);
  }

  static isDescribedBy(layouts: Layouts): boolean {
    return Object.hasOwn(layouts.classes, PROCESS);
  }

  processes(): readonly ProcessView[] {
    const found: ProcessView[] = [];
    let object = this.word(this.first);
    while (object !== 0 && found.length < MOST_PROCESSES) {
      found.push(this.readProcess(object));
      object = this.word(object + this.process.of('next'));
    }
    return found.sort((left, right) => left.id - right.id);
  }

  private readProcess(object: number): ProcessView {
    const field = (name: string): number => this.word(object + this.process.of(name));
    return {
      ...readProcessHead(this.memory, object, this.process),
      state: stateName(field('state')),
      threads: field('thread') === 0 ? 0 : 1,
      incarnation: 1,
    };
  }

  private word(address: number): number {
    return this.memory.physicalWord(address) ?? 0;
  }
}
