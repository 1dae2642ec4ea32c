/**
 * Places in code as a person writes them: `SYMBOL`, `FILE:LINE`, `LINE`, `*ADDRESS`, each of the
 * first two with `IMAGE:` before it where it is not clear which binary is meant.
 */
import type { DebugImage } from './debug-image.ts';
import { CommandProblem } from './command-problem.ts';
import { evaluate } from './expressions.ts';
import { hexadecimal } from './hexadecimal.ts';
import { nearest } from '../cli/nearest.ts';
import { shortName } from './short-name.ts';
import type { Target } from './target.ts';

export interface Location {
  readonly address: number;
  /** The binary that must be there; undefined: whatever is. */
  readonly image: DebugImage | undefined;
  /** For people. */
  readonly text: string;
}

export interface Resolution {
  /** At least one. */
  readonly locations: readonly Location[];
  /** Something the person should know, such as that another line was taken. */
  readonly note: string | undefined;
}

const ADDRESS = /^\*|^0x|^\$/i;
const LINE_ONLY = /^\d+$/;
const FILE_AND_LINE = /^(.+):(\d+)$/;
const IMAGE_AND_REST = /^([^:]+):(.+)$/;
const INSTRUCTION_ALIGNMENT = 4;
const MOST_CHOICES = 3;

/** @throws CommandProblem */
export function resolveLocation(target: Target, text: string): Resolution {
  if (text === '') {
    throw new CommandProblem('a place is missing: SYMBOL, FILE:LINE, LINE or *ADDRESS');
  }
  if (ADDRESS.test(text)) return resolveAddress(target, text);
  const { image, rest } = splitImage(target, text);
  const images = image === undefined ? inOrder(target) : [image];
  if (LINE_ONLY.test(rest)) return resolveLine(images, currentFile(target), Number(rest));
  const place = FILE_AND_LINE.exec(rest);
  if (place !== null) return resolveLine(images, place[1], Number(place[2]));
  return resolveSymbol(target, images, rest, image !== undefined);
}

function resolveAddress(target: Target, text: string): Resolution {
  const address = evaluate(target, text.replace(/^\*/, ''));
  if (address % INSTRUCTION_ALIGNMENT !== 0) {
    throw new CommandProblem(
      `${hexadecimal(address)} is no instruction: they begin at multiples of 4`,
    );
  }
  return {
    locations: [{ address, image: undefined, text: target.describe(address) }],
    note: undefined,
  };
}

/** `shell:main`; a path is no image's name. */
function splitImage(target: Target, text: string): { image?: DebugImage; rest: string } {
  const parts = IMAGE_AND_REST.exec(text);
  const image = parts === null ? undefined : target.images.named(parts[1]);
  return parts === null || image === undefined ? { rest: text } : { image, rest: parts[2] };
}

/** The binary at the pc first, then what was booted, then the others. */
function inOrder(target: Target): readonly DebugImage[] {
  const here = target.imageAt(target.pc);
  return [...new Set(here === undefined ? target.images.all : [here, ...target.images.all])];
}

function currentFile(target: Target): string {
  const file = target.lineAt(target.pc)?.file;
  if (file === undefined) {
    throw new CommandProblem('no source file is current: write FILE:LINE, or *ADDRESS');
  }
  return file;
}

function resolveLine(images: readonly DebugImage[], path: string, line: number): Resolution {
  // The binary at the pc comes first: of several files with this name, its own is meant.
  const inFirst = images.at(0)?.filesNamed(path) ?? [];
  const inAll = [...new Set(images.flatMap((image) => image.filesNamed(path)))];
  const files = inFirst.length === 1 ? inFirst : inAll;
  if (files.length === 0) {
    throw new CommandProblem(`no code comes from a file "${path}": info files lists what there is`);
  }
  if (files.length > 1) {
    const some = files.slice(0, MOST_CHOICES).join(' or ');
    throw new CommandProblem(`"${path}" may be ${some}: write more of the path`);
  }
  const [file] = files;
  const lines = images.map((image) => image.lineWithCode(file, line) ?? Infinity);
  const actual = Math.min(...lines);
  if (actual === Infinity)
    throw new CommandProblem(`${file} has no code at line ${line} or after it`);
  const locations = images.flatMap((image) =>
    image.placesOf(file, actual).map(({ address, name }): Location => {
      return { address, image, text: `${file}:${actual} in ${shortName(name)} (${image.name})` };
    }),
  );
  const note = actual === line ? undefined : `line ${line} has no code: line ${actual} is taken`;
  return { locations, note };
}

function resolveSymbol(
  target: Target,
  images: readonly DebugImage[],
  name: string,
  isQualified: boolean,
): Resolution {
  const holders = images.filter((image) => image.find(name).length > 0);
  if (holders.length === 0) throw unknownSymbol(images, name);
  const preferred = holders.find(
    (image) => image === target.imageAt(target.pc) || target.images.booted.includes(image),
  );
  if (preferred === undefined && holders.length > 1 && !isQualified) {
    const names = holders.map((image) => image.name);
    throw new CommandProblem(
      `${name} is in ${names.join(', ')}: write ${names[0]}:${name}, or another of them`,
    );
  }
  const image = preferred ?? holders[0];
  const locations = image.find(name).map(({ address, name: full }): Location => {
    const place = image.lineAt(address);
    const source = place === undefined ? '' : ` at ${place.file}:${place.line}`;
    return { address, image, text: `${shortName(full)}${source} (${image.name})` };
  });
  return { locations, note: undefined };
}

/** @returns what to say about a name that no image has */
export function unknownSymbol(images: readonly DebugImage[], name: string): CommandProblem {
  const meant = nearest(
    name,
    images.flatMap((image) => image.codeNames),
  );
  const hint = meant === undefined ? 'sym PART searches names' : `did you mean ${meant}?`;
  return new CommandProblem(`no symbol "${name}": ${hint}`);
}
