/**
 * What files of saved machines are made of: a header whose values are checked as they are read, and
 * pieces of bytes behind it, which the header gives the lengths of, in their order.
 */

/** A file that is no saved machine, or a damaged or newer one. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
}

/** Collects pieces. */
export class PieceWriter {
  readonly pieces: Uint8Array[] = [];

  /** A piece that does not change until the file is written. */
  put(piece: Uint8Array): void {
    this.pieces.push(piece);
  }

  /** Bytes of all. */
  get length(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
}

/** Takes pieces from the front. */
export class PieceReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** @throws StateFileError if there is not so much left */
  take(length: number): Uint8Array {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new StateFileError('its data are too short');
    return this.bytes.slice(start, this.at);
  }

  /** @throws StateFileError if something is left */
  end(): void {
    const left = this.bytes.length - this.at;
    if (left > 0) throw new StateFileError(`its data have ${left} bytes too many`);
  }
}

/** @throws StateFileError, as all of these, naming what is to be one */
export function asObject(what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new StateFileError(`${what} is no object`);
}

export function asList(what: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new StateFileError(`${what} is no list`);
}

export function asText(what: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new StateFileError(`${what} is no text`);
}

/** A whole number from 0 on. */
export function asCount(what: string, value: unknown): number {
  const count = asInteger(what, value);
  if (count >= 0) return count;
  throw new StateFileError(`${what}: ${count} is less than nothing`);
}

export function asInteger(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new StateFileError(`${what}: ${String(value)} is no number`);
}
