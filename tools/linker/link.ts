/** The linker: from objects to an image at absolute addresses. */
import { createHash } from 'node:crypto';
import { encodeInstruction } from '../assembler/encode.ts';
import { Register } from '../assembler/registers.ts';
import { type Layout, layOut, type OutputSection } from './layout.ts';
import { combineFlags } from './calling-convention.ts';
import { linkDebug } from './link-debug.ts';
import { type LinkError, LinkFailure } from './link-error.ts';
import type {
  LinkedImage,
  LinkedPosition,
  LinkedSegment,
  LinkedSymbol,
  OutputSectionName,
} from './linked-image.ts';
import type { LinkScope } from './link-scope.ts';
import { linkerSymbolNames, unlistedSymbols, WASM_START } from './linker-symbols.ts';
import {
  ABSOLUTE_SECTION,
  type Definition,
  findLiveSections,
  SymbolIndex,
} from './live-sections.ts';
import {
  BUILD_ID_NOTE_SIZE,
  BUILD_ID_SIZE,
  encodeBuildIdNote,
  encodeTrapSitesNote,
  TRAP_SITES_NOTE_SIZE,
} from './notes.ts';
import type { ObjectFile } from './object.ts';
import { relax, type Relaxation } from './relax.ts';
import { relocateSection } from './relocate.ts';
import { TRAP_SITES_ALIGNMENT, TrapSiteTable } from './trap-sites.ts';

export type { LinkError } from './link-error.ts';
export type { LinkedImage } from './linked-image.ts';

export interface LinkRequest {
  readonly objects: readonly ObjectFile[];
  /** Objects of which only what is referred to becomes part of the image. */
  readonly libraries?: readonly ObjectFile[];
  /** Global symbol where execution begins; its section comes first in the text. */
  readonly entry: string;
  /** Address of the first instruction. */
  readonly textOrigin: number;
  /** Data that has no fixed place does not begin below this address. */
  readonly dataFloor?: number;
  /** First address that the image may not use. */
  readonly limit?: number;
  /** False: no instruction is shortened. */
  readonly relax?: boolean;
  /** gp holds `__global_pointer$` wherever code of the image runs: accesses may go through it. */
  readonly hasGlobalPointer?: boolean;
}

export type LinkResult =
  | { readonly image: LinkedImage; readonly errors?: undefined }
  | { readonly image?: undefined; readonly errors: readonly LinkError[] };

const ADDRESS_SPACE_END = 2 ** 32;
const NOTE_ALIGNMENT = 4;

/** Symbols that begin so are for the linker only. */
const PRIVATE_PREFIX = '.L';

/** Stands in for the start function of an image without compiled global initialisers. */
function defaultWasmStart(): ObjectFile {
  const word = encodeInstruction('jalr', { rd: Register.zero, rs1: Register.ra, immediate: 0 });
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, word, true);
  const section = '.text.__wasm_start';
  return {
    name: 'the linker',
    sections: [
      {
        name: section,
        kind: 'text',
        align: 4,
        bytes,
        size: bytes.length,
        relocations: [],
        positions: [],
        trapSites: [],
      },
    ],
    symbols: [{ name: WASM_START, section, value: 0, size: 4, binding: 'global', type: 'func' }],
  };
}

/** Links `request.objects`; every error names what is wrong and where. */
export function link(request: LinkRequest): LinkResult {
  try {
    return linkOrThrow(request);
  } catch (error) {
    if (!(error instanceof LinkFailure)) throw error;
    return { errors: [{ kind: error.kind, message: error.message }] };
  }
}

function linkOrThrow(request: LinkRequest): LinkResult {
  const { objects, entry, textOrigin, dataFloor = 0, limit = ADDRESS_SPACE_END } = request;
  const libraries = [...(request.libraries ?? []), defaultWasmStart()];
  const index = new SymbolIndex(objects, libraries, linkerSymbolNames);

  const start = index.resolveGlobal(entry);
  if (start?.kind !== 'place') {
    const message = `the entry symbol ${entry} is defined by no object (is it .globl?)`;
    return { errors: [{ kind: 'undefined symbol', message }, ...index.duplicates] };
  }
  const { live, errors } = findLiveSections(objects, libraries, index, [start.input]);
  if (errors.length > 0 || index.duplicates.length > 0) {
    return { errors: [...index.duplicates, ...errors] };
  }
  const flags = combineFlags(live);

  const trapSites = new TrapSiteTable(live);
  const relaxation = relax({
    live,
    index,
    hasGlobalPointer: request.hasGlobalPointer ?? false,
    shortens: request.relax ?? true,
    layOut: (edits) =>
      layOut({
        textOrigin,
        dataFloor,
        limit,
        first: start.input,
        live,
        edits,
        generated: [
          { name: '.trap_sites', size: trapSites.size, align: TRAP_SITES_ALIGNMENT },
          { name: '.note.vitrine', size: TRAP_SITES_NOTE_SIZE, align: NOTE_ALIGNMENT },
          { name: '.note.gnu.build-id', size: BUILD_ID_NOTE_SIZE, align: NOTE_ALIGNMENT },
        ],
      }),
  });
  return { image: new ImageBuilder(index, relaxation, trapSites, start, flags).build() };
}

/** Turns a layout into an image. */
class ImageBuilder {
  readonly #index: SymbolIndex;
  readonly #layout: Layout;
  readonly #scope: LinkScope;
  readonly #relaxation: Relaxation;
  readonly #trapSites: TrapSiteTable;
  readonly #start: Definition;
  readonly #flags: number;

  constructor(
    index: SymbolIndex,
    relaxation: Relaxation,
    trapSites: TrapSiteTable,
    start: Definition,
    flags: number,
  ) {
    this.#index = index;
    this.#relaxation = relaxation;
    this.#layout = relaxation.layout;
    this.#scope = relaxation.scope;
    this.#trapSites = trapSites;
    this.#start = start;
    this.#flags = flags;
  }

  build(): LinkedImage {
    const segments = this.#buildSegments();
    const entry = this.#scope.definitionAddress(this.#start);
    const buildId = this.#identify(segments, entry);
    return {
      entry,
      flags: this.#flags,
      segments,
      sections: this.#layout.outputs,
      symbols: this.#buildSymbols(),
      positions: this.#buildPositions(),
      debug: linkDebug(this.#layout.placement, this.#scope, this.#index),
      buildId,
    };
  }

  /** One segment for each run of outputs with equal permissions, contents before zeros. */
  #buildSegments(): LinkedSegment[] {
    const runs: OutputSection[][] = [];
    let last: OutputSection | undefined;
    let run: OutputSection[] = [];
    for (const output of this.#layout.outputs) {
      const continues =
        last?.permissions === output.permissions && (last.hasContents || !output.hasContents);
      if (!continues) {
        run = [];
        runs.push(run);
      }
      run.push(output);
      last = output;
    }
    const segments = runs.map((run) => emptySegment(run));
    this.#fillInputs(segments);
    this.#fillGenerated(segments);
    return segments;
  }

  #fillInputs(segments: readonly LinkedSegment[]): void {
    for (const input of this.#layout.placement.inputs) {
      const relaxed = this.#relaxation.sections.get(input);
      const { bytes, relocations } = relaxed ?? input.section;
      if (bytes.length === 0) continue;
      const range = rangeInSegments(segments, this.#scope.address(input, 0), bytes.length);
      range.set(bytes);
      relocateSection(range, input, relocations, this.#scope);
    }
  }

  #fillGenerated(segments: readonly LinkedSegment[]): void {
    const table = this.#output('.trap_sites');
    const note = this.#output('.note.vitrine');
    rangeInSegments(segments, table.address, table.size).set(
      this.#trapSites.encode(this.#layout.placement),
    );
    rangeInSegments(segments, note.address, note.size).set(
      encodeTrapSitesNote(table.address, table.size),
    );
  }

  /** Hashes everything that is loaded, and writes the hash into its note. */
  #identify(segments: readonly LinkedSegment[], entry: number): Uint8Array {
    const { address, size } = this.#output('.note.gnu.build-id');
    const note = rangeInSegments(segments, address, size);
    note.set(encodeBuildIdNote(new Uint8Array(BUILD_ID_SIZE)));
    const hash = createHash('sha1');
    hash.update(`entry ${entry}`);
    for (const segment of segments) {
      hash.update(`${segment.permissions} ${segment.address} ${segment.memorySize} `);
      hash.update(segment.bytes);
    }
    const buildId = Uint8Array.from(hash.digest());
    note.set(encodeBuildIdNote(buildId));
    return buildId;
  }

  #output(name: OutputSectionName): OutputSection {
    const output = this.#layout.outputs.find((candidate) => candidate.name === name);
    if (output === undefined) throw new TypeError(`the layout has no ${name}`);
    return output;
  }

  /** Every named symbol of the sections in the image, and the linker's own. */
  #buildSymbols(): LinkedSymbol[] {
    const symbols: LinkedSymbol[] = [];
    const { placement, containers } = this.#layout;
    const objects = new Set([...placement.inputs].map(({ object }) => object));
    for (const object of objects) {
      const placed = [...this.#index.sectionsOf(object)].filter((input) => placement.has(input));
      const byName = new Map(placed.map((input) => [input.section.name, input]));
      for (const { name, section, value, size, binding, type } of object.symbols) {
        if (name.startsWith(PRIVATE_PREFIX) || name === section) continue;
        if (section === ABSOLUTE_SECTION) {
          if (binding === 'local') continue;
          symbols.push({ name, address: value, size, binding, type, section: undefined });
        }
        const input = section === undefined ? undefined : byName.get(section);
        if (input === undefined) continue;
        const address = placement.address(input, value);
        symbols.push({
          name,
          address,
          size: placement.address(input, value + size) - address,
          binding,
          type,
          section: containers.get(input),
        });
      }
    }
    for (const [name, address] of this.#scope.linkerSymbols) {
      const shadowed = this.#index.resolveGlobal(name) !== undefined;
      if (shadowed || unlistedSymbols.has(name)) continue;
      symbols.push({
        name,
        address,
        size: 0,
        binding: 'global',
        type: 'notype',
        section: undefined,
      });
    }
    return withFunctionSizes(symbols, this.#layout.outputs);
  }

  #buildPositions(): LinkedPosition[] {
    const { placement } = this.#layout;
    const inputs = [...placement.inputs]
      .filter(({ section }) => section.kind === 'text' && section.size > 0)
      .sort((left, right) => placement.address(left) - placement.address(right));
    const positions: LinkedPosition[] = [];
    for (const input of inputs) {
      const { section } = input;
      const starts = section.positions.at(0)?.offset === 0;
      if (!starts) {
        positions.push({ address: placement.address(input), file: '', line: 0, column: 0 });
      }
      for (const { offset, file, line, column } of section.positions) {
        positions.push({ address: placement.address(input, offset), file, line, column });
      }
      const end = placement.address(input, section.size);
      positions.push({ address: end, file: '', line: 0, column: 0 });
    }
    // The last entry for an address counts: the end of a section is the start of the next.
    const sorted: readonly LinkedPosition[] = positions;
    return sorted.filter(({ address }, index) => sorted.at(index + 1)?.address !== address);
  }
}

function emptySegment(run: readonly OutputSection[]): LinkedSegment {
  const [first] = run;
  const end = Math.max(...run.map(({ address, size }) => address + size));
  const contentsEnd = Math.max(
    first.address,
    ...run.filter(({ hasContents }) => hasContents).map(({ address, size }) => address + size),
  );
  return {
    permissions: first.permissions,
    address: first.address,
    bytes: new Uint8Array(contentsEnd - first.address),
    memorySize: end - first.address,
  };
}

/** The bytes at `address`, which lie in one of the segments. */
function rangeInSegments(
  segments: readonly LinkedSegment[],
  address: number,
  size: number,
): Uint8Array {
  for (const segment of segments) {
    const offset = address - segment.address;
    if (offset >= 0 && offset + size <= segment.bytes.length) {
      return segment.bytes.subarray(offset, offset + size);
    }
  }
  throw new TypeError(`no segment holds ${size} bytes at ${address}`);
}

/** Sorts the symbols, and ends functions of unknown size where the next symbol begins. */
function withFunctionSizes(
  symbols: readonly LinkedSymbol[],
  outputs: readonly OutputSection[],
): LinkedSymbol[] {
  const sorted = symbols.toSorted((left, right) => left.address - right.address);
  const text = outputs.find(({ name }) => name === '.text');
  const textEnd = text === undefined ? 0 : text.address + text.size;
  return sorted.map((symbol, index) => {
    if (symbol.type !== 'func' || symbol.size > 0) return symbol;
    const next = sorted
      .slice(index + 1)
      .find(({ address, type }) => address > symbol.address && type === 'func');
    return { ...symbol, size: (next?.address ?? textEnd) - symbol.address };
  });
}
