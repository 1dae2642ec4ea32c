/** From an image's description to its ELF file: compile, assemble, link. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { assemble, formatAssemblyError } from '../assembler/assemble.ts';
import { formatDiagnostic } from '../compiler/diagnostics.ts';
import { compileSources } from '../compiler/frontend.ts';
import { withAdvice } from '../dialect/asc-messages.ts';
import { FLOAT_TARGET, INTEGER_TARGET } from '../compiler/target.ts';
import { encodeLayouts, layoutsFile } from './layouts-file.ts';
import { assembleRuntimeLibrary } from '../compiler/runtime/library.ts';
import { writeExecutable } from '../elf/write-executable.ts';
import { FIRMWARE_END } from '../host/firmware-region.ts';
import { link } from '../linker/link.ts';
import type { ObjectFile } from '../linker/object.ts';
import type { BuildResult } from './build-job.ts';
import { sha256 } from './file-hashes.ts';
import { ENVIRONMENTS, STUBS } from './folders.ts';
import type { ImageDescription } from './image-description.ts';

/** Only a program may create managed objects: it has one thread that owns the managed heap. */
const PROGRAMS = 'userland/programs/';

/** Reads sources and remembers the hash of each, null for one that was asked for and is absent. */
class SourceReader {
  readonly hashes: Record<string, string | null> = {};

  /** @param written sources that are no files, by their paths */
  constructor(
    private readonly root: string,
    private readonly written: ReadonlyMap<string, string>,
  ) {}

  readonly read = (path: string): string | null => {
    const text = this.written.get(path) ?? this.readIfPresent(path);
    this.hashes[path] = text === null ? null : sha256(text);
    return text;
  };

  /** For a file that must be there. */
  readonly readRequired = (path: string): string => {
    const text = this.read(path);
    if (text === null) throw new MissingSource(path);
    return text;
  };

  private readIfPresent(path: string): string | null {
    try {
      return readFileSync(join(this.root, path), 'utf8');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return null;
      throw error;
    }
  }
}

class MissingSource extends Error {
  constructor(readonly path: string) {
    super(`${path}: there is no such source file`);
  }
}

/**
 * Builds an image.
 * @param root of the repository
 * @param written sources that are not in it, by the paths that they would have
 */
export async function compileImage(
  root: string,
  image: ImageDescription,
  written: ReadonlyMap<string, string> = new Map(),
): Promise<BuildResult> {
  const reader = new SourceReader(root, written);
  try {
    return await compileWith(reader, root, image);
  } catch (error) {
    if (error instanceof MissingSource) return failure([`${image.file}: ${error.message}`]);
    throw error;
  }
}

async function compileWith(
  reader: SourceReader,
  root: string,
  image: ImageDescription,
): Promise<BuildResult> {
  const { name, sources, assembly, abort, entry, text, data } = image;
  // First what takes no time, so that its errors come at once.
  const objects: ObjectFile[] = [];
  const errors: string[] = [];
  for (const path of assembly) {
    const assembled = assemble(reader.readRequired(path), path);
    if (assembled.errors === undefined) objects.push(assembled.object);
    else errors.push(...assembled.errors.map(formatAssemblyError));
  }
  if (errors.length > 0) return failure(errors);

  const isProgram = image.file.startsWith(PROGRAMS);
  const compiled = await compileSources({
    entries: sources,
    root,
    readFile: reader.read,
    packages: { stubs: STUBS },
    aliases: {
      environment: ENVIRONMENTS[image.environment],
      ...(image.placement === undefined ? {} : { placement: `${STUBS}/${image.placement}` }),
    },
    moduleName: name,
    memoryBase: data,
    forbidAllocation: !isProgram,
    target: isProgram ? FLOAT_TARGET : INTEGER_TARGET,
    ...(abort === undefined ? {} : { abort }),
  });
  const formatted = (severity: 'error' | 'warning'): string[] =>
    compiled.diagnostics
      .filter((found) => found.severity === severity)
      .map((found) => formatDiagnostic({ ...found, message: withAdvice(found.message) }));
  if (compiled.object === undefined) return failure(formatted('error'));

  const linked = link({
    objects: [...objects, compiled.object],
    libraries: assembleRuntimeLibrary(reader.readRequired),
    entry,
    textOrigin: text,
    dataFloor: data,
    ...(text < FIRMWARE_END && text >= RAM_BASE ? { limit: FIRMWARE_END } : {}),
  });
  if (linked.errors !== undefined) {
    return failure(linked.errors.map(({ message }) => `${image.file}: ${message}`));
  }
  const contents = writeExecutable(linked.image, name);
  const outputs = [
    { name: `${name}.elf`, contents },
    { name: layoutsFile(name), contents: encodeLayouts(compiled.layouts, linked.image.buildId) },
  ];
  return { kind: 'done', outputs, inputs: reader.hashes, warnings: formatted('warning') };
}

function failure(errors: readonly string[]): BuildResult {
  return { kind: 'failed', message: errors.join('\n') };
}
