/**
 * The run-time library: routines that compiled code calls by name, each in a section of its own,
 * so that a link takes only what is used.
 */
import { assemble, formatAssemblyError } from '../../assembler/assemble.ts';
import type { ObjectFile } from '../../linker/object.ts';

/** Repository paths of the library's assembly sources. */
export const RUNTIME_SOURCES: readonly string[] = [
  'tools/compiler/runtime/memory.s',
  'tools/compiler/runtime/bits.s',
  'tools/compiler/runtime/division.s',
  'tools/compiler/runtime/floating-point.s',
];

/**
 * Assembles the library; pass the result to the linker as `libraries`.
 * @param readFile the text of a file by its repository path
 * @throws Error naming the place if a source does not assemble
 */
export function assembleRuntimeLibrary(readFile: (path: string) => string): ObjectFile[] {
  return RUNTIME_SOURCES.map((path) => {
    const { object, errors } = assemble(readFile(path), path);
    if (object === undefined) throw new Error(errors.map(formatAssemblyError).join('\n'));
    return object;
  });
}
