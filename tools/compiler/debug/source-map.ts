/**
 * Reads the source map of a WebAssembly module: the Source Map format with one generated line,
 * whose columns are byte offsets in the module.
 */

export interface Place {
  /** Repository path with `/`. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

interface SourceMapFile {
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
  readonly mappings: string;
}

const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VLQ_CONTINUATION = 0x20;
const VLQ_PAYLOAD = 0x1f;
const VLQ_PAYLOAD_BITS = 5;
/** Of a stretch of code that comes from no source. */
const NO_FILE = -1;

/** The source map is not one; says why. */
export class SourceMapError extends Error {
  override readonly name = 'SourceMapError';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isTextArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function parseFile(json: string): SourceMapFile {
  const value: unknown = JSON.parse(json);
  if (!isRecord(value) || !isTextArray(value.sources) || typeof value.mappings !== 'string') {
    throw new SourceMapError('the source map lacks sources or mappings');
  }
  const contents: unknown = value.sourcesContent;
  const sourcesContent: (string | null)[] = Array.isArray(contents)
    ? contents.map((entry: unknown) => (typeof entry === 'string' ? entry : null))
    : [];
  return { sources: value.sources, sourcesContent, mappings: value.mappings };
}

export class SourceMap {
  private readonly offsets: number[] = [];
  private readonly files: number[] = [];
  private readonly lines: number[] = [];
  private readonly columns: number[] = [];
  private readonly names: readonly string[];
  private readonly contents: readonly (string | null)[];
  private readonly splitContents = new Map<number, string[]>();

  /** @throws SourceMapError or SyntaxError if `json` is not a source map. */
  constructor(json: string) {
    const file = parseFile(json);
    this.names = file.sources;
    this.contents = file.sourcesContent;
    this.decode(file.mappings);
  }

  private decode(mappings: string): void {
    let [offset, fileIndex, line, column] = [0, 0, 0, 0];
    for (const segment of mappings.split(/[,;]/)) {
      if (segment === '') continue;
      const fields = decodeVlq(segment);
      offset += fields[0];
      this.offsets.push(offset);
      if (fields.length < 4) {
        this.files.push(NO_FILE);
        this.lines.push(0);
        this.columns.push(0);
        continue;
      }
      fileIndex += fields[1];
      line += fields[2];
      column += fields[3];
      this.files.push(fileIndex);
      this.lines.push(line + 1);
      this.columns.push(column + 1);
    }
  }

  /** Index of the last segment that starts at or before `offset`; -1 if none. */
  private segmentAt(offset: number): number {
    let low = 0;
    let high = this.offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offsets[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private placeOf(segment: number): Place | undefined {
    if (segment < 0 || this.files[segment] === NO_FILE) return undefined;
    const file = this.files[segment];
    return { file: this.names[file], line: this.lines[segment], column: this.columns[segment] };
  }

  /** What byte `offset` of the module comes from; undefined if nothing is recorded for it. */
  lookup(offset: number): Place | undefined {
    return this.placeOf(this.segmentAt(offset));
  }

  /**
   * Like lookup, but falls back to the nearest recorded place before `offset`, then after it, in
   * the range `start` … `end` (a function's body).
   */
  lookupNear(offset: number, start: number, end: number): Place | undefined {
    const segment = this.segmentAt(offset);
    for (let i = segment; i >= 0 && this.offsets[i] >= start; i--) {
      if (this.files[i] !== NO_FILE) return this.placeOf(i);
    }
    for (let i = segment + 1; i < this.offsets.length && this.offsets[i] < end; i++) {
      if (this.files[i] !== NO_FILE) return this.placeOf(i);
    }
    return undefined;
  }

  /** The text of a line, if the map carries the sources; else empty. */
  sourceLine(place: Place): string {
    const index = this.names.indexOf(place.file);
    if (index < 0 || index >= this.contents.length) return '';
    const content = this.contents[index];
    if (content === null) return '';
    let lines = this.splitContents.get(index);
    if (lines === undefined) {
      lines = content.split(/\r?\n/);
      this.splitContents.set(index, lines);
    }
    return place.line <= lines.length ? lines[place.line - 1] : '';
  }
}

function decodeVlq(segment: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = BASE64_DIGITS.indexOf(character);
    if (digit < 0) throw new SourceMapError(`not a base64 digit: ${character}`);
    value |= (digit & VLQ_PAYLOAD) << shift;
    shift += VLQ_PAYLOAD_BITS;
    if ((digit & VLQ_CONTINUATION) !== 0) continue;
    fields.push((value & 1) === 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return fields;
}
