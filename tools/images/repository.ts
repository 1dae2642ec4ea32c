/** What the repository says is to be built: the descriptions of images and of systems. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../host/command-error.ts';
import {
  FIRMWARE,
  HYBRID,
  hybridImage,
  MICRO,
  MICRO_LIBSYS,
  MICRO_SYSTEMS,
  MONO,
  MONO_LIBSYS,
  PROTOCOL_NUMBERS,
} from './folders.ts';
import { parseImageDescription, type ImageDescription } from './image-description.ts';
import { listFolder } from './list-folder.ts';
import {
  manifestText,
  parseSystemDescription,
  type ProtocolNumber,
  type SystemDescription,
} from './manifest.ts';
import { listPlacements, outside, readPlacement } from './placements.ts';
import { hasPrograms, listPrograms, programImage } from './programs.ts';

/** A system and the name of its initrd. */
export interface NamedSystem {
  readonly name: string;
  readonly system: SystemDescription;
}

/** The systems of the microkernel: `NAME.json` in kernels/micro/images. */
export function readSystems(root: string): NamedSystem[] {
  return listFolder(join(root, MICRO_SYSTEMS))
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const path = `${MICRO_SYSTEMS}/${file}`;
      const system = parseSystemDescription(readFileSync(join(root, path), 'utf8'), path);
      return { name: file.slice(0, -'.json'.length), system };
    });
}

export function readFirmware(root: string): ImageDescription {
  return readImage(root, FIRMWARE, 'the build');
}

/** Every image that the systems need, the largest first, so that the build ends soon. */
export function readImages(root: string, systems: readonly NamedSystem[]): ImageDescription[] {
  const images = [readImage(root, MICRO, 'the build'), readFirmware(root)];
  const seen = new Set([MICRO, FIRMWARE]);
  const add = (image: ImageDescription, source: string): void => {
    if (images.some((other) => other.name === image.name)) {
      throw new InputError(`${source}: there is another image called "${image.name}"`);
    }
    images.push(image);
  };
  for (const { system } of systems) {
    for (const { name, source } of system.services) {
      if (seen.has(source)) continue;
      seen.add(source);
      add(readImage(root, source, `${system.file}: service "${name}"`), source);
    }
  }
  if (systems.some(({ system }) => hasPrograms(system))) {
    add(readImage(root, MICRO_LIBSYS, 'the build'), MICRO_LIBSYS);
    for (const name of listPrograms(root)) {
      const image = programImage(root, name);
      add(image, image.file);
    }
  }
  return images;
}

/** What the monolithic kernel needs beside what the microkernel has too. */
export function readMonoImages(root: string): ImageDescription[] {
  return [readImage(root, MONO, 'the build'), readImage(root, MONO_LIBSYS, 'the build')];
}

/** The hybrid kernel, once for each placement; what is outside, the systems of readPlacements have. */
export function readHybridImages(root: string): ImageDescription[] {
  return listPlacements(root).map((placement) => {
    const image = readImage(root, HYBRID, 'the build');
    return { ...image, name: hybridImage(placement), placement: hybridImage(placement) };
  });
}

/** What init starts in each placement, by the names of the images. */
export function readPlacements(root: string): NamedSystem[] {
  return listPlacements(root).map((placement) => {
    return { name: hybridImage(placement), system: outside(readPlacement(root, placement)) };
  });
}

/** What init of a system reads; the stubs have to be there. */
export function readManifest(root: string, system: SystemDescription): string {
  const numbers: unknown = JSON.parse(readFileSync(join(root, PROTOCOL_NUMBERS), 'utf8'));
  return manifestText(system, Array.isArray(numbers) ? numbers.filter(isProtocolNumber) : []);
}

function isProtocolNumber(value: unknown): value is ProtocolNumber {
  return (
    typeof value === 'object' &&
    value !== null &&
    'module' in value &&
    typeof value.module === 'string' &&
    'number' in value &&
    typeof value.number === 'number'
  );
}

/** @param user who wants it, for the message if it is not there */
function readImage(root: string, folder: string, user: string): ImageDescription {
  const path = `${folder}/image.json`;
  if (!existsSync(join(root, path))) throw new InputError(`${user} needs ${path}: there is none`);
  return parseImageDescription(readFileSync(join(root, path), 'utf8'), path);
}
