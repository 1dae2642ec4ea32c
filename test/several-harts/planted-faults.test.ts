/** What must hold between harts holds, and would show a fault that breaks it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle, type PlantedFault } from '../random-programs/planted-faults.ts';
import { SCENARIOS } from './scenarios.ts';

type ScenarioName = keyof typeof SCENARIOS;

const FAULTS: readonly (PlantedFault & { readonly breaks: ScenarioName })[] = [
  {
    name: 'a reservation outlives another hart’s store',
    file: 'machine/bus/reservations.ts',
    original: '        breakIfInside(hart, offset, length);\n        inUse',
    faulty: '        inUse',
    breaks: 'sameValueBreaks',
  },
  {
    name: 'a conditional store always succeeds',
    file: 'machine/hart/system-unit.ts',
    original: 'if (words[HartWord.ReservationValid] === 0) {',
    faulty: 'if (false) {',
    breaks: 'sameValueBreaks',
  },
  {
    name: 'decoded blocks survive the stores of other harts',
    file: 'machine/engine/block-cache.ts',
    original: 'ram.addWatcher(this);',
    faulty: 'if (hart.index === 0) ram.addWatcher(this);',
    breaks: 'newCodeIsExecuted',
  },
  {
    name: 'translations survive the stores of other harts',
    file: 'machine/hart/translation-cache.ts',
    original: 'ram.addWatcher(this);',
    faulty: 'if (hart.index === 0) ram.addWatcher(this);',
    breaks: 'newTablesCount',
  },
  {
    name: 'a turn ends with the slice',
    file: 'machine/timing/quantum.ts',
    original: 'if (now >= this.end) {',
    faulty: 'if (now > 0) {',
    breaks: 'slicesDoNotShow',
  },
  {
    name: 'waiting retires instructions',
    file: 'machine/timing/quantum.ts',
    original: 'hart.nonRetiringCycles += to - from;',
    faulty: '',
    breaks: 'waitingIsCounted',
  },
  {
    name: 'a quantum is as long as ever',
    file: 'machine/timing/quantum.ts',
    original: 'Math.min(start + this.#length, nextEvent)',
    faulty: 'start + this.#length',
    breaks: 'eventsEndQuanta',
  },
];

interface Bundled {
  readonly SCENARIOS: Readonly<Record<ScenarioName, () => boolean>>;
}

describe('between harts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-harts-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(Object.entries(SCENARIOS))('%s', (_, holds) => {
    expect(holds()).toBe(true);
  });

  it.each(FAULTS)('a fault would show: $name', async (fault) => {
    const path = await bundle('test/several-harts/scenarios.ts', folder, fault);
    const faulty = (await import(pathToFileURL(path).href)) as Bundled;
    expect(faulty.SCENARIOS[fault.breaks]()).toBe(false);
  });
});
