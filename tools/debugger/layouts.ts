/** Reads `NAME.layouts.json` (tools/compiler/layouts.ts), and objects in a guest by it. */
import { readFileSync } from 'node:fs';
import type { ClassLayout, FieldLayout, Layouts } from '../compiler/layouts.ts';

export interface ImageLayouts extends Layouts {
  /** Of the image that they describe. */
  readonly buildId: string;
}

/** The layouts in a file of the build; undefined if it is missing or not what it should be. */
export function readLayouts(path: string): ImageLayouts | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isImageLayouts(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isImageLayouts(value: unknown): value is ImageLayouts {
  return (
    isRecord(value) &&
    typeof value['buildId'] === 'string' &&
    isRecord(value['classes']) &&
    Object.values(value['classes']).every(isClassLayout) &&
    isRecord(value['constants']) &&
    Object.values(value['constants']).every((constant) => typeof constant === 'number')
  );
}

function isClassLayout(value: unknown): value is ClassLayout {
  if (!isRecord(value) || typeof value['size'] !== 'number') return false;
  const { fields } = value;
  return Array.isArray(fields) && fields.every(isFieldLayout);
}

function isFieldLayout(value: unknown): value is FieldLayout {
  return (
    isRecord(value) && typeof value['name'] === 'string' && typeof value['offset'] === 'number'
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the fields of a class lie that the debugger reads. */
export class FieldOffsets {
  private readonly offsets: ReadonlyMap<string, number>;

  /** @throws RangeError if there is no such class */
  constructor(
    layouts: Layouts,
    private readonly className: string,
  ) {
    if (!Object.hasOwn(layouts.classes, className)) {
      throw new RangeError(`the image has no class ${className}`);
    }
    const { fields } = layouts.classes[className];
    this.offsets = new Map(fields.map(({ name, offset }) => [name, offset]));
  }

  /** @throws RangeError if the class has no such field */
  of(field: string): number {
    const offset = this.offsets.get(field);
    if (offset === undefined) throw new RangeError(`${this.className} has no field ${field}`);
    return offset;
  }
}
