/** Placements: which services the hybrid kernel has inside. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HYBRID_SYSTEMS } from './folders.ts';
import { listFolder } from './list-folder.ts';
import { parseSystemDescription, type SystemDescription } from './manifest.ts';

const SUFFIX = '.json';

/** Names of the placements that there are. */
export function listPlacements(root: string): string[] {
  return listFolder(join(root, HYBRID_SYSTEMS))
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length));
}

/** A placement's description, inside and outside. */
export function readPlacement(root: string, placement: string): SystemDescription {
  const file = `${HYBRID_SYSTEMS}/${placement}${SUFFIX}`;
  return parseSystemDescription(readFileSync(join(root, file), 'utf8'), file);
}

/** The part of a system that init starts. */
export function outside(system: SystemDescription): SystemDescription {
  return { ...system, services: system.services.filter(({ place }) => place === 'user') };
}
