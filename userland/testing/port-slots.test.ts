/** Which place a port stands for, whatever has become of it and of the service since. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { compileSources } from '../../tools/compiler/frontend.ts';
import { TargetProgram } from '../../tools/compiler/testing/target-program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DATA = 0x8008_0000;
const BUDGET = 1_000_000;
/** Badges that init gives out are below. */
const FIRST_BADGE = 0x1_0000;

let program: TargetProgram;
let places: number;

beforeAll(async () => {
  const { object, diagnostics } = await compileSources({
    entries: ['userland/testing/port-slots-probe.ts'],
    root: ROOT,
    readFile: (path) => {
      try {
        return readFileSync(`${ROOT}/${path}`, 'utf8');
      } catch {
        return null;
      }
    },
    moduleName: 'port-slots-probe',
    memoryBase: DATA,
    forbidAllocation: true,
  });
  if (object === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const changes = ['beginSlots', 'resumeSlots', 'damageSlot', 'takeSlot', 'releaseSlot'];
  program = new TargetProgram([object], [...changes, 'badgeOfSlot', 'findSlot']);
});

beforeEach(() => {
  places = call('beginSlots');
});

function call(name: string, ...words: number[]): number {
  const outcome = program.call(name, words, BUDGET);
  if (outcome.trap === undefined) return outcome.low;
  throw new Error(`${name}: trap ${outcome.trap.cause}`);
}

/** Takes a place: its index and its badge. */
function take(): { index: number; badge: number } {
  const index = call('takeSlot');
  return { index, badge: call('badgeOfSlot', index) >>> 0 };
}

it('gives each place once, and says when there are no more', () => {
  const taken = Array.from({ length: places }, take);
  expect(new Set(taken.map(({ index }) => index)).size).toBe(places);
  expect(call('takeSlot')).toBe(-1);
  for (const { index, badge } of taken) {
    expect(badge).toBeGreaterThanOrEqual(FIRST_BADGE);
    expect(call('findSlot', badge)).toBe(index);
  }
  call('releaseSlot', 2);
  expect(take().index).toBe(2);
});

it('finds a place by its last badge alone, whatever was taken and given back', () => {
  const step = fc.oneof(fc.constant('take' as const), fc.nat({ max: places - 1 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      call('beginSlots');
      const current = new Map<number, number>();
      const former = new Set<number>([0, 1, 0xff]);
      for (const what of steps) {
        if (what === 'take' && current.size < places) {
          const { index, badge } = take();
          expect(current.has(index)).toBe(false);
          current.set(index, badge);
        } else if (what !== 'take' && current.has(what)) {
          former.add(current.get(what) ?? 0);
          current.delete(what);
          call('releaseSlot', what);
        }
      }
      for (const [index, badge] of current) expect(call('findSlot', badge)).toBe(index);
      for (const badge of former) expect(call('findSlot', badge)).toBe(-1);
    }),
    { numRuns: 30 },
  );
});

it('goes on in the next life of a service, and never gives a badge twice', () => {
  const first = take();
  const second = take();
  call('releaseSlot', second.index);
  expect(call('resumeSlots', places)).toBe(1);
  expect(call('findSlot', first.badge)).toBe(first.index);
  expect(call('findSlot', second.badge)).toBe(-1);
  expect(take().badge).not.toBe(second.badge);
});

it.each([
  ['a badge of another place', (): void => void call('damageSlot', 1, 0x10_0002)],
  ['a badge that is none of its own', (): void => void call('damageSlot', 0, 0x100)],
])('begins anew where what was left makes no sense: %s', (_, damage) => {
  take();
  damage();
  expect(call('resumeSlots', places)).toBe(0);
});

it('begins anew for another number of places', () => {
  take();
  expect(call('resumeSlots', places - 1)).toBe(0);
});
