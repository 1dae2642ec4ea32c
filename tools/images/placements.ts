/** Placements: which services the hybrid kernel has inside. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../host/command-error.ts';
import { HYBRID_SYSTEMS, MICRO_SYSTEMS } from './folders.ts';
import { listFolder } from './list-folder.ts';
import { parseSystemDescription, type SystemDescription } from './manifest.ts';

const SUFFIX = '.json';
/** What there is to place. */
const DEFAULT_SYSTEM = `${MICRO_SYSTEMS}/default${SUFFIX}`;

/** Names of the placements that there are. */
export function listPlacements(root: string): string[] {
  return listFolder(join(root, HYBRID_SYSTEMS))
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length));
}

/** A placement's description, inside and outside. */
export function readPlacement(root: string, placement: string): SystemDescription {
  const read = (file: string): SystemDescription => {
    return parseSystemDescription(readFileSync(join(root, file), 'utf8'), file);
  };
  const system = read(`${HYBRID_SYSTEMS}/${placement}${SUFFIX}`);
  checkPlacement(system, read(DEFAULT_SYSTEM));
  return system;
}

/**
 * Every service of the microkernel's system has its place, and no other.
 * @throws InputError naming the file and the service
 */
export function checkPlacement(system: SystemDescription, all: SystemDescription): void {
  const lacks = (a: SystemDescription, b: SystemDescription): string | undefined => {
    return a.services.find(({ name }) => !b.services.some((other) => other.name === name))?.name;
  };
  const unknown = lacks(system, all);
  if (unknown !== undefined) {
    throw new InputError(`${system.file}: service "${unknown}" is unknown: ${all.file} has none`);
  }
  const missing = lacks(all, system);
  if (missing !== undefined) {
    throw new InputError(`${system.file}: service "${missing}" is missing: it has no place`);
  }
}

/** The part of a system that init starts. */
export function outside(system: SystemDescription): SystemDescription {
  return { ...system, services: system.services.filter(({ place }) => place === 'user') };
}
