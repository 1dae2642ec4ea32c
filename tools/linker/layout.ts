/**
 * Where everything goes. Text begins at its origin; constants follow on a page of their own; static
 * data that the compiler has placed stays where it is; other data and bss come right after it, or
 * on the next page after the constants if there is none.
 */
import { hexadecimal, LinkFailure } from './link-error.ts';
import {
  FUNCTION_ARRAYS,
  type FunctionArrayName,
  type OutputSectionName,
  type SegmentPermissions,
} from './linked-image.ts';
import type { InputSection } from './live-sections.ts';
import { Placement } from './placement.ts';
import type { SectionEdits } from './section-edits.ts';

/** Granule of memory protection: the page of Sv32. */
export const PAGE_SIZE = 4096;

/** `.bss` begins and ends so, that start-up code may clear it by words. */
const BSS_ALIGNMENT = 16;

/** Zeros between static data that are worth a segment of their own, in bytes. */
const MINIMUM_ZERO_RUN = 4 * PAGE_SIZE;

/** Contents that the linker itself adds to the constants. */
export interface GeneratedSection {
  readonly name: OutputSectionName;
  readonly size: number;
  readonly align: number;
}

export interface LayoutRequest {
  readonly textOrigin: number;
  /** Data does not begin below this address. */
  readonly dataFloor: number;
  /** The first address that the image may not use. */
  readonly limit: number;
  /** Placed first, since some machines start at the first word whatever the entry. */
  readonly first: InputSection;
  readonly live: readonly InputSection[];
  readonly generated: readonly GeneratedSection[];
  /** What relaxation takes out of the sections. */
  readonly edits?: ReadonlyMap<InputSection, SectionEdits>;
}

export interface OutputSection {
  readonly name: OutputSectionName;
  readonly permissions: SegmentPermissions;
  readonly address: number;
  readonly size: number;
  readonly align: number;
  readonly hasContents: boolean;
}

export interface Layout {
  /** In the order of their addresses. */
  readonly outputs: readonly OutputSection[];
  readonly placement: Placement;
  /** The output that each input is part of. */
  readonly containers: ReadonlyMap<InputSection, OutputSectionName>;
}

export function alignUp(address: number, alignment: number): number {
  return Math.ceil(address / alignment) * alignment;
}

function alignDown(address: number, alignment: number): number {
  return Math.floor(address / alignment) * alignment;
}

class LayoutBuilder {
  readonly outputs: OutputSection[] = [];
  readonly placement: Placement;
  readonly containers = new Map<InputSection, OutputSectionName>();

  constructor(edits: ReadonlyMap<InputSection, SectionEdits> | undefined) {
    this.placement = new Placement(edits);
  }

  /** Places inputs one after the other from `start` on; returns the address after the last. */
  place(
    name: OutputSectionName,
    permissions: SegmentPermissions,
    start: number,
    inputs: readonly InputSection[],
  ): number {
    const align = Math.max(1, ...inputs.map(({ section }) => section.align));
    const address = alignUp(start, align);
    let cursor = address;
    for (const input of inputs) {
      cursor = alignUp(cursor, input.section.align);
      this.#record(input, cursor, name);
      cursor += this.placement.size(input);
    }
    return this.#add(name, permissions, address, cursor, align, inputs.length > 0);
  }

  /** Places what the linker generates. */
  placeGenerated({ name, size, align }: GeneratedSection, start: number): number {
    const address = alignUp(start, align);
    return this.#add(name, 'r--', address, address + size, align, true);
  }

  /**
   * Records inputs that have an address already; returns the address after the last. Long runs of
   * zeros among them take no room in the file.
   */
  placeFixed(inputs: readonly FixedInput[]): number {
    for (const { input, address } of inputs) this.#record(input, address, '.static');
    const first = Math.min(...inputs.map(({ address }) => address));
    let cursor = alignDown(first, PAGE_SIZE);
    const end = Math.max(...inputs.map(({ address, input }) => address + input.section.size));
    for (const contents of findContents(inputs)) {
      const start = Math.max(cursor, alignDown(contents.start, PAGE_SIZE));
      const isLongGap = start - cursor >= MINIMUM_ZERO_RUN;
      if (isLongGap) this.#addZeros('.static_zero', cursor, start);
      const isLast = end - contents.end < MINIMUM_ZERO_RUN;
      const contentsEnd = isLast ? end : contents.end;
      cursor = this.#add('.static', 'rw-', isLongGap ? start : cursor, contentsEnd, 1, true);
    }
    if (cursor === end) return end;
    this.#addZeros('.static_zero', cursor, end);
    return alignUp(end, PAGE_SIZE);
  }

  /** Records room without contents. */
  placeBss(start: number, inputs: readonly InputSection[]): number {
    let cursor = start;
    for (const input of inputs) {
      cursor = alignUp(cursor, input.section.align);
      this.#record(input, cursor, '.bss');
      cursor += this.placement.size(input);
    }
    const end = alignUp(cursor, BSS_ALIGNMENT);
    if (end > start) this.#addZeros('.bss', start, end);
    return end;
  }

  #addZeros(name: OutputSectionName, address: number, end: number): void {
    const align = name === '.bss' ? BSS_ALIGNMENT : 1;
    const size = end - address;
    this.outputs.push({ name, permissions: 'rw-', address, size, align, hasContents: false });
  }

  #record(input: InputSection, address: number, name: OutputSectionName): void {
    this.placement.place(input, address);
    this.containers.set(input, name);
  }

  #add(
    name: OutputSectionName,
    permissions: SegmentPermissions,
    address: number,
    end: number,
    align: number,
    isPresent: boolean,
  ): number {
    if (!isPresent) return address;
    const size = end - address;
    this.outputs.push({ name, permissions, address, size, align, hasContents: true });
    return end;
  }
}

interface FixedInput {
  readonly input: InputSection;
  readonly address: number;
}

/** Ranges with contents; those with fewer zeros between them than a long run count as one. */
function findContents(fixed: readonly FixedInput[]): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  let last: { start: number; end: number } | undefined;
  for (const { input, address } of fixed) {
    if (input.section.kind === 'bss') continue;
    const end = address + input.section.size;
    // The page on which contents begin belongs to them: segments do not share pages.
    if (last !== undefined && alignDown(address, PAGE_SIZE) - last.end < MINIMUM_ZERO_RUN) {
      last.end = end;
    } else {
      last = { start: address, end };
      ranges.push(last);
    }
  }
  return ranges;
}

/** The array of functions that a section is part of: `.init_array.00100` of `.init_array`. */
function arrayOf(name: string): FunctionArrayName | undefined {
  return FUNCTION_ARRAYS.find((array) => name === array || name.startsWith(`${array}.`));
}

/** Functions with a number run before those without, in the order of the numbers. */
function byPriority(left: InputSection, right: InputSection): number {
  const priority = ({ section }: InputSection): number => {
    const suffix = /\.(\d+)$/.exec(section.name);
    return suffix === null ? Infinity : Number(suffix[1]);
  };
  const [one, other] = [priority(left), priority(right)];
  return one === other ? 0 : one - other;
}

function describe({ object, section }: InputSection): string {
  return `${section.name} of ${object.name}`;
}

/** Static data with a fixed place, by address; two that overlap are an error. */
function findFixed(live: readonly InputSection[]): readonly FixedInput[] {
  const fixed: readonly FixedInput[] = live
    .flatMap((input) => {
      const { address } = input.section;
      return address === undefined ? [] : [{ input, address }];
    })
    .sort((left, right) => left.address - right.address);
  for (const [index, { input, address }] of fixed.entries()) {
    const before = fixed.at(index - 1);
    if (index === 0 || before === undefined) continue;
    const end = before.address + before.input.section.size;
    if (address < end) {
      throw new LinkFailure(
        'overlap',
        `${describe(before.input)} (${hexadecimal(before.address)} – ${hexadecimal(end)}) and ` +
          `${describe(input)} (from ${hexadecimal(address)}) overlap`,
      );
    }
  }
  return fixed;
}

function checkBelowFixed(
  what: string,
  start: number,
  end: number,
  fixed: FixedInput | undefined,
): void {
  if (fixed === undefined) return;
  const { input, address } = fixed;
  if (alignUp(end, PAGE_SIZE) <= address) return;
  throw new LinkFailure(
    'overflow',
    `${what} (${hexadecimal(start)} – ${hexadecimal(end)}) reach into the static data ` +
      `${describe(input)} at ${hexadecimal(address)}: move the static data (memoryBase) up`,
  );
}

/**
 * Gives every live section its address.
 * @throws LinkFailure if sections overlap or the image does not fit.
 */
export function layOut(request: LayoutRequest): Layout {
  const { first, live, textOrigin, dataFloor, limit } = request;
  const builder = new LayoutBuilder(request.edits);
  const floating = live.filter(({ section }) => section.address === undefined);
  const ofKind = (kind: InputSection['section']['kind']): InputSection[] =>
    floating.filter(({ section }) => section.kind === kind && arrayOf(section.name) === undefined);
  const fixed = findFixed(live);

  const text = ofKind('text').filter((input) => input !== first);
  const textEnd = builder.place('.text', 'r-x', textOrigin, [first, ...text]);
  checkBelowFixed('the text', textOrigin, textEnd, fixed.at(0));

  const constantsStart = alignUp(textEnd, PAGE_SIZE);
  let cursor = builder.place('.rodata', 'r--', constantsStart, ofKind('rodata'));
  for (const array of FUNCTION_ARRAYS) {
    const inputs = floating.filter(({ section }) => arrayOf(section.name) === array);
    cursor = builder.place(array, 'r--', cursor, inputs.toSorted(byPriority));
  }
  cursor = builder.place('.note', 'r--', cursor, ofKind('note'));
  for (const generated of request.generated) cursor = builder.placeGenerated(generated, cursor);
  checkBelowFixed('text and constants', textOrigin, cursor, fixed.at(0));

  const afterConstants = alignUp(cursor, PAGE_SIZE);
  if (fixed.length > 0) cursor = builder.placeFixed(fixed);
  else cursor = Math.max(afterConstants, alignUp(dataFloor, PAGE_SIZE));
  cursor = builder.place('.data', 'rw-', cursor, ofKind('data'));
  const bss = ofKind('bss');
  const bssAlignment = Math.max(BSS_ALIGNMENT, ...bss.map(({ section }) => section.align));
  cursor = builder.placeBss(alignUp(cursor, bssAlignment), bss);

  if (cursor > limit) {
    throw new LinkFailure(
      'overflow',
      `the image ends at ${hexadecimal(cursor)}, beyond its limit of ${hexadecimal(limit)}: ` +
        `${cursor - limit} bytes too many`,
    );
  }
  return builder;
}
