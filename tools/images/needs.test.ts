import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSystemDescription, type SystemDescription } from './manifest.ts';
import { insideInOrder, lateServices, needsOf } from './needs.ts';

const FILE = 'kernels/hybrid/images/test.json';

interface Sketch {
  readonly isInside: boolean;
  /** Numbers of services. */
  readonly uses: readonly number[];
}

/** Services `s0`, `s1` and so on, each with a protocol of its own name. */
function system(sketches: readonly Sketch[]): SystemDescription {
  const services = sketches.map(({ isInside, uses }, number) => ({
    ...{ name: `s${number}`, source: `userland/services/s${number}`, threads: 1 },
    ...{ protocol: `s${number}`, uses: uses.map((used) => `s${used}`) },
    ...(isInside
      ? { place: 'kernel' }
      : { place: 'user', priority: 1, restart: 'always', memory: 4096 }),
  }));
  const user = { place: 'user', threads: 1, priority: 1, restart: 'never', memory: 4096 };
  const init = { name: 'init', source: 'userland/services/init', ...user };
  const supervisor = { ...init, name: 'supervisor', source: 'userland/services/supervisor' };
  const all = [init, { ...supervisor, grants: ['init'] }, ...services];
  return parseSystemDescription(JSON.stringify({ services: all }), FILE);
}

const MOST = 9;
/** Each uses only some of those with a greater number, so that there are no circles. */
const sketches = fc
  .array(fc.record({ isInside: fc.boolean(), uses: fc.array(fc.nat(MOST)) }), { maxLength: MOST })
  .map((list) =>
    list.map(({ isInside, uses }, number) => ({
      isInside,
      uses: [...new Set(uses.filter((used) => used > number && used < list.length))],
    })),
  );

describe('what services inside need', () => {
  it('comes before them, and what waits for a process waits', () => {
    fc.assert(
      fc.property(sketches, (list) => {
        const described = system(list);
        const order = insideInOrder(described);
        const inside = described.services.filter(({ place }) => place === 'kernel');
        expect(new Set(order)).toEqual(new Set(inside));
        expect(order).toHaveLength(inside.length);
        const late = lateServices(described);
        for (const [place, service] of order.entries()) {
          const needed = needsOf(described, service);
          for (const other of needed) {
            if (other.place === 'kernel') expect(order.indexOf(other)).toBeLessThan(place);
          }
          const waits = needed.some((other) => other.place === 'user' || late.has(other));
          expect(late.has(service)).toBe(waits);
        }
      }),
    );
  });

  it('is refused if it is a circle, which the message walks along', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MOST }), fc.nat(), (length, seed) => {
        const list = Array.from({ length }, (_, number) => ({
          isInside: number === seed % length,
          uses: [(number + 1) % length],
        }));
        expect(() => insideInOrder(system(list))).toThrow(
          `${FILE}: services need each other: "s0" (${list[0].isInside ? 'inside' : 'outside'})`,
        );
      }),
    );
  });
});
