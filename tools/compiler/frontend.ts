/**
 * The compiler's front: AssemblyScript sources in, a relocatable object out. Runs asc in this
 * process (it needs hundreds of megabytes: call it from worker processes that end).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import type { ObjectFile } from '../linker/object.ts';
import { type Allocation, AllocationCheck } from './allocation-check.ts';
import { compileModule } from './compile.ts';
import type { Target } from './target.ts';
import type { Diagnostic } from './diagnostics.ts';
import { DeclarationCollector } from './debug/declarations.ts';
import { LayoutCollector, type Layouts } from './layouts.ts';
import type { PassObserver } from './pipeline.ts';

export interface CompileRequest {
  /** Repository paths of the entry files, `/` between folders: what they export is global. */
  readonly entries: readonly string[];
  /** Folder that repository paths start from. */
  readonly root: string;
  /**
   * Asked first for every source, by repository path; null or undefined: read it from `root`.
   */
  readonly readFile?: (path: string) => string | null | undefined;
  /** Where imports by package name are found: `{ stubs: 'build/stubs' }` for `stubs/console`. */
  readonly packages?: Readonly<Record<string, string>>;
  /**
   * Package names that stand for a folder of sources, which may be imported by their paths too:
   * `{ environment: 'userland/environment/user' }` for `environment/request`.
   */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Names the object. */
  readonly moduleName: string;
  /** Extensions and calling convention; integers only unless given. */
  readonly target?: Target;
  /** Address of static data. */
  readonly memoryBase: number;
  /**
   * asc's own optimiser, 0 … 3; 0 unless given: optimising is the back end's, which keeps the names of
   * locals and every inlined call.
   */
  readonly optimizeLevel?: number;
  /** How much asc prefers small code, 0 … 2; 0 unless given. */
  readonly shrinkLevel?: number;
  /** asc's runtime; `stub` unless given. */
  readonly runtime?: 'stub' | 'minimal' | 'incremental';
  /**
   * What `abort` means, as `PATH/NAME` of an exported function, path without `.ts`. Its file is
   * compiled with the entries.
   */
  readonly abort?: string;
  /** Assertions are dropped. */
  readonly noAssert?: boolean;
  /** Managed objects created after start-up are an error. */
  readonly forbidAllocation?: boolean;
  /** Sees every function after every pass. */
  readonly observePasses?: PassObserver;
  /** Further arguments for asc. */
  readonly flags?: readonly string[];
}

export interface CompileOutcome {
  /** Undefined if there are errors. */
  readonly object: ObjectFile | undefined;
  /** Errors, then warnings, as they came. */
  readonly diagnostics: readonly Diagnostic[];
  /** Repository paths of all sources read, sorted: what the object depends on. */
  readonly sources: readonly string[];
  /** Where the fields of the sources' classes lie; undefined if asc has made no module. */
  readonly layouts?: Layouts;
}

const DEFAULT_OPTIMIZE_LEVEL = 0;
const OUTPUT = 'module.wasm';
const SOURCE_MAP = 'module.wasm.map';
const LIBRARY_PREFIX = '~lib/';
const PACKAGE_FOLDER = 'node_modules/';

/** Categories of asc's messages (its DiagnosticCategory). */
enum AscCategory {
  Pedantic,
  Information,
  Warning,
  Error,
}

/** Reads sources for asc and remembers them, for messages and dependencies. */
class Sources {
  private readonly texts = new Map<string, string>();

  constructor(private readonly request: CompileRequest) {}

  get paths(): string[] {
    return [...this.texts.keys()].sort();
  }

  read(name: string): string | null {
    const target = this.aliased(name);
    if (target !== undefined) return this.readSource(target) === null ? null : forwarding(target);
    const path = this.repositoryPath(name);
    return path === undefined ? null : this.readSource(path);
  }

  private readSource(path: string): string | null {
    const text = this.request.readFile?.(path) ?? readIfPresent(join(this.request.root, path));
    if (text !== null) this.texts.set(path, text);
    return text;
  }

  /** The repository path for which a file of a package stands; undefined if it is none of those. */
  private aliased(name: string): string | undefined {
    const path = name.replaceAll('\\', '/');
    if (!path.startsWith(PACKAGE_FOLDER)) return undefined;
    const [alias = '', ...rest] = path.slice(PACKAGE_FOLDER.length).split('/');
    const { aliases } = this.request;
    if (aliases === undefined || !Object.hasOwn(aliases, alias)) return undefined;
    return [aliases[alias], ...rest].join('/');
  }

  /** From the path under which asc asks for a file; undefined for packages that are none of ours. */
  private repositoryPath(name: string): string | undefined {
    const path = name.replaceAll('\\', '/');
    if (!path.startsWith(PACKAGE_FOLDER)) return path.startsWith('../') ? undefined : path;
    return this.packagePath(path.slice(PACKAGE_FOLDER.length));
  }

  private packagePath(path: string): string | undefined {
    const slash = path.indexOf('/');
    const name = path.slice(0, slash);
    const { packages } = this.request;
    if (packages === undefined || slash < 0 || !Object.hasOwn(packages, name)) return undefined;
    return packages[name] + path.slice(slash);
  }

  /** asc calls sources of packages `~lib/PACKAGE/…`, as it calls its own library. */
  placeName(path: string): string {
    if (!path.startsWith(LIBRARY_PREFIX)) return path;
    return this.packagePath(path.slice(LIBRARY_PREFIX.length)) ?? path;
  }

  /** Text of a line, counted from 1. */
  lineOf(path: string, line: number): string {
    const lines = this.textOf(path).split(/\r?\n/);
    return line >= 1 && line <= lines.length ? lines[line - 1] : '';
  }

  textOf(path: string): string {
    const library = path.startsWith(LIBRARY_PREFIX)
      ? asc.libraryFiles[path.slice(LIBRARY_PREFIX.length).replace(/\.ts$/, '')]
      : undefined;
    return this.texts.get(path) ?? library ?? '';
  }
}

/**
 * What asc reads in place of a source that has another name: asc then knows the source by its path
 * alone, so that it exists once. Packages lie two folders deep for asc (`~lib/NAME/FILE`).
 */
function forwarding(path: string): string {
  return `export * from '../../${path.replace(/\.ts$/, '')}';\n`;
}

function readIfPresent(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function severityOf(category: number): Diagnostic['severity'] {
  if (category === AscCategory.Error) return 'error';
  return category === AscCategory.Warning ? 'warning' : 'information';
}

/** asc gives places as offsets in the text. */
function locate(sources: Sources, message: asc.DiagnosticMessage): Diagnostic {
  const severity = severityOf(message.category);
  const text = message.message;
  if (message.range === null) {
    return { severity, message: text, file: '', line: 0, column: 0, sourceLine: '' };
  }
  const file = sources.placeName(message.range.source.normalizedPath);
  const before = sources.textOf(file).slice(0, message.range.start).split('\n');
  const line = before.length;
  const column = before[line - 1].length + 1;
  const sourceLine = sources.lineOf(file, line);
  return { severity, message: text, file, line, column, sourceLine };
}

function allocationError(sources: Sources, { chain, place }: Allocation): Diagnostic {
  const [first, ...callers] = chain;
  const way = callers.length === 0 ? '' : `, called by ${callers.join(', called by ')}`;
  const message =
    `${first} creates a managed object${way}; target code may not allocate after start-up: ` +
    'use @unmanaged classes and static memory';
  if (place === undefined) return plainError(message);
  const { line, column } = place;
  const file = sources.placeName(place.file);
  const sourceLine = sources.lineOf(file, line);
  return { severity: 'error', message, file, line, column, sourceLine };
}

function plainError(message: string): Diagnostic {
  return { severity: 'error', message, file: '', line: 0, column: 0, sourceLine: '' };
}

/** All files that asc must see, the one with `abort` among them. */
function entryFiles({ entries, abort }: CompileRequest): string[] {
  if (abort === undefined) return [...entries];
  return [...new Set([...entries, `${abort.slice(0, abort.lastIndexOf('/'))}.ts`])];
}

function ascArguments(request: CompileRequest): string[] {
  const result = [
    ...entryFiles(request),
    ...['--outFile', OUTPUT, '--sourceMap', '--debug', '--exportTable', '--noColors'],
    ...['--runtime', request.runtime ?? 'stub'],
    ...['--optimizeLevel', `${request.optimizeLevel ?? DEFAULT_OPTIMIZE_LEVEL}`],
    ...['--shrinkLevel', `${request.shrinkLevel ?? 0}`],
    // Decimal: asc reads a hexadecimal number as 0 without a word.
    ...['--memoryBase', request.memoryBase.toString(10)],
    ...['--disable', 'nontrapping-f2i'],
    ...['--baseDir', request.root],
  ];
  if (request.abort !== undefined) result.push('--use', `abort=${request.abort}`);
  if (request.noAssert === true) result.push('--noAssert');
  return [...result, ...(request.flags ?? [])];
}

/** In place of the names under which asc knows the sources of packages, their repository paths. */
function renameSources(sourceMap: string, sources: Sources): string {
  const map: unknown = JSON.parse(sourceMap);
  if (typeof map !== 'object' || map === null || !('sources' in map)) return sourceMap;
  if (!Array.isArray(map.sources)) return sourceMap;
  const names = map.sources.map((name: unknown) => sources.placeName(String(name)));
  return JSON.stringify({ ...map, sources: names });
}

/**
 * Compiles the entry files and everything they import. What is wrong with the sources is in the
 * result; only a failure of the machine or of asc itself is thrown.
 */
export async function compileSources(request: CompileRequest): Promise<CompileOutcome> {
  const sources = new Sources(request);
  const diagnostics: Diagnostic[] = [];
  const outputs = new Map<string, Uint8Array | string>();
  const check = new AllocationCheck();
  const collector = new LayoutCollector();
  const declarations = new DeclarationCollector();
  const missing = entryFiles(request).filter((entry) => sources.read(entry) === null);
  if (missing.length > 0) {
    const errors = missing.map((entry) => plainError(`${entry}: there is no such source file`));
    return { object: undefined, diagnostics: errors, sources: sources.paths };
  }
  const result = await asc.main(ascArguments(request), {
    readFile: (name) => sources.read(name),
    writeFile: (name, contents) => {
      outputs.set(name, contents);
    },
    listFiles: () => null,
    stdout: { write: () => undefined },
    stderr: { write: () => undefined },
    reportDiagnostic: (message) => diagnostics.push(locate(sources, message)),
    transforms: [check, collector, declarations],
  });
  const finish = (object?: ObjectFile): CompileOutcome => ({
    object: diagnostics.some(({ severity }) => severity === 'error') ? undefined : object,
    diagnostics,
    sources: sources.paths,
    ...(check.module === undefined ? {} : { layouts: collector.layoutsWith(check.module) }),
  });
  if (result.error !== null) {
    if (!diagnostics.some(({ severity }) => severity === 'error')) {
      diagnostics.push(plainError(`asc: ${result.error.message}`));
    }
    return finish();
  }
  const wasm = outputs.get(OUTPUT);
  const sourceMap = outputs.get(SOURCE_MAP);
  if (!(wasm instanceof Uint8Array) || sourceMap === undefined) {
    throw new Error('asc has written no module');
  }
  if (request.forbidAllocation === true) {
    diagnostics.push(...check.allocations.map((entry) => allocationError(sources, entry)));
  }
  const map = typeof sourceMap === 'string' ? sourceMap : new TextDecoder().decode(sourceMap);
  const compiled = compileModule(wasm, {
    sourceMap: renameSources(map, sources),
    memoryBase: request.memoryBase,
    moduleName: request.moduleName,
    declarations: declarations.declarations(
      (source) => sources.placeName(source),
      (request.optimizeLevel ?? DEFAULT_OPTIMIZE_LEVEL) === 0,
    ),
    ...(request.target === undefined ? {} : { target: request.target }),
    ...(request.observePasses === undefined ? {} : { observePasses: request.observePasses }),
    ...(check.staticDataEnd === undefined ? {} : { staticDataEnd: check.staticDataEnd }),
  });
  diagnostics.push(...compiled.diagnostics);
  return finish(compiled.object);
}
