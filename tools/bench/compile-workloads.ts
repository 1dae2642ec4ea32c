/** The workloads as our own compiler makes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemble, formatAssemblyError } from '../assembler/assemble.ts';
import { formatDiagnostic } from '../compiler/diagnostics.ts';
import { compileSources } from '../compiler/frontend.ts';
import { assembleRuntimeLibrary } from '../compiler/runtime/library.ts';
import { type ElfFile, readElf } from '../elf/read-elf.ts';
import { writeElf } from '../elf/write-elf.ts';
import { link } from '../linker/link.ts';
import type { ObjectFile } from '../linker/object.ts';
import { HARNESS, type Shape, STATIC_DATA, TEXT_ORIGIN, WORKLOADS } from './workloads.ts';

export const WORKLOAD_FOLDER = 'userland/workloads';

/** Compiles all workloads at once, and links each when it is asked for. */
export class CompiledWorkloads {
  private constructor(
    private readonly object: ObjectFile,
    private readonly libraries: readonly ObjectFile[],
  ) {}

  /**
   * @param root of the repository
   * @throws Error with the compiler's messages
   */
  static async compile(root: string): Promise<CompiledWorkloads> {
    const { object, diagnostics } = await compileSources({
      entries: WORKLOADS.map(({ name }) => `${WORKLOAD_FOLDER}/${name}.ts`),
      root,
      moduleName: 'workloads',
      memoryBase: STATIC_DATA,
      abort: `${WORKLOAD_FOLDER}/abort/abort`,
    });
    if (object === undefined) throw new Error(diagnostics.map(formatDiagnostic).join('\n'));
    const library = assembleRuntimeLibrary((path) => readFileSync(join(root, path), 'utf8'));
    return new CompiledWorkloads(object, library);
  }

  link(name: string, shape: Shape): ElfFile {
    const harness = assemble(`${HARNESS}    .word ${name}_${shape}\n`, 'harness.s');
    if (harness.errors !== undefined) {
      throw new Error(harness.errors.map(formatAssemblyError).join('\n'));
    }
    const linked = link({
      objects: [harness.object, this.object],
      libraries: this.libraries,
      entry: '_start',
      textOrigin: TEXT_ORIGIN,
    });
    if (linked.errors !== undefined) {
      throw new Error(linked.errors.map(({ message }) => message).join('\n'));
    }
    const { elf, error } = readElf(writeElf(linked.image));
    if (elf === undefined) throw error;
    return elf;
  }
}
