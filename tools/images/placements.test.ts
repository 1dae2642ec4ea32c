import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InputError } from '../host/command-error.ts';
import { placementSource } from './inside.ts';
import { parseSystemDescription, type SystemDescription } from './manifest.ts';
import { checkPlacement, listPlacements, outside, readPlacement } from './placements.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SPLIT = 'kernels/hybrid/images/split.json';

const service = (name: string, more: object = {}): object => ({
  ...{ name, source: `userland/services/${name}`, place: 'user', threads: 1, priority: 5 },
  ...{ restart: 'always', memory: 4096, ...more },
});
const inside = (name: string, more: object = {}): object => ({
  ...{ name, source: `userland/services/${name}`, place: 'kernel', threads: 1, ...more },
});
const start = [service('init'), service('supervisor', { grants: ['init'] })];
const parse = (file: string, services: readonly object[]): SystemDescription =>
  parseSystemDescription(JSON.stringify({ services: [...start, ...services] }), file);
const problem = (check: () => unknown): string => {
  try {
    check();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return '';
};

describe('placements', () => {
  const all = parse('kernels/micro/images/default.json', [service('lamp')]);
  const file = 'kernels/hybrid/images/test.json';

  it('give every service a place', () => {
    expect(problem(() => checkPlacement(parse(file, []), all))).toBe(
      `${file}: service "lamp" is missing: it has no place`,
    );
  });

  it('have no services that nobody knows', () => {
    const more = parse(file, [service('lamp'), service('lmap')]);
    expect(problem(() => checkPlacement(more, all))).toBe(
      `${file}: service "lmap" is unknown: kernels/micro/images/default.json has none`,
    );
  });

  it('have none twice', () => {
    expect(problem(() => parse(file, [service('lamp'), inside('lamp')]))).toBe(
      `${file}: service "lamp" is described twice`,
    );
    const renamed = { source: 'userland/services/lamp' };
    expect(problem(() => parse(file, [service('lamp'), inside('light', renamed)]))).toBe(
      `${file}: service "light" is placed twice: "lamp" is userland/services/lamp too`,
    );
  });

  it('have nobody inside who requires a process that cannot be found', () => {
    const requiring = parse(file, [service('lamp'), inside('room', { requires: 'lamp' })]);
    expect(problem(() => placementSource(requiring, () => null))).toBe(
      `${file}: service "room" is inside and requires "lamp", which is outside and provides no path`,
    );
  });

  it('have nobody inside who needs himself in the end', () => {
    const system = parse(file, [
      service('lamp', { protocol: 'lamp', uses: ['room'] }),
      service('desk', { protocol: 'desk', uses: ['lamp'] }),
      inside('room', { protocol: 'room', uses: ['desk'] }),
    ]);
    expect(problem(() => placementSource(system, () => null))).toBe(
      `${file}: services need each other: "lamp" (outside), "room" (inside), "desk" (outside)`,
    );
  });

  it('let processes that need each other come to terms', () => {
    const system = parse(file, [
      service('lamp', { protocol: 'lamp', uses: ['desk'] }),
      service('desk', { protocol: 'desk', uses: ['lamp'] }),
    ]);
    expect(problem(() => placementSource(system, () => null))).toBe('');
  });

  it('are what the folder has, each with init outside', () => {
    expect(listPlacements(ROOT)).toContain('split');
    for (const placement of listPlacements(ROOT)) {
      expect(outside(readPlacement(ROOT, placement)).services[0]?.name).toBe('init');
    }
    const text = readFileSync(`${ROOT}/${SPLIT}`, 'utf8');
    const split = parseSystemDescription(text, SPLIT);
    const names = split.services.filter(({ place }) => place === 'kernel').map(({ name }) => name);
    expect(names).toEqual(['console', 'block', 'fs']);
  });
});
