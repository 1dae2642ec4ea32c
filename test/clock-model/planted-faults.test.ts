/** What is tested of the in-order clock model would show a fault in any of its parts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle, type PlantedFault } from '../random-programs/planted-faults.ts';
import { SCENARIOS, takesWhatItShould } from './scenarios.ts';

type ScenarioName = keyof typeof SCENARIOS;

/** A fault, and what shows it: a scenario, or the subject of a microbenchmark. */
type TimingFault = PlantedFault & ({ readonly breaks: ScenarioName } | { readonly costs: string });

const TRACE_TIMING = 'machine/engine/trace-timing.ts';
const ENGINE = 'machine/engine/inorder-engine.ts';
const PREDICTOR = 'machine/timing/inorder/branch-predictor.ts';
const LINES = 'machine/timing/inorder/line-cache.ts';
const MEMORY = 'machine/timing/inorder/memory-timing.ts';

const FAULTS: readonly TimingFault[] = [
  {
    name: 'arithmetic takes a cycle more',
    file: TRACE_TIMING,
    original: '          t++;\n',
    faulty: '          t += 2;\n',
    costs: 'dependent add',
  },
  {
    name: 'arithmetic is in EX too late, in traces alone',
    file: TRACE_TIMING,
    original: 'const SWIFT_EXECUTE = 2;',
    faulty: 'const SWIFT_EXECUTE = 3;',
    breaks: 'bothWaysAgree',
  },
  {
    name: 'a loaded word is there at once',
    file: TRACE_TIMING,
    original: '(isNarrow ? narrowLoadLatency : loadLatency) - 2',
    faulty: '(isNarrow ? narrowLoadLatency : loadLatency) - 3',
    costs: 'load of a word, and its use',
  },
  {
    name: 'directions are not learnt',
    file: PREDICTOR,
    original: 'if (counter < COUNTER_MOST) counters[index] = counter + 1;',
    faulty: '',
    costs: 'loop of an add and a taken branch',
  },
  {
    name: 'return addresses are not kept',
    file: PREDICTOR,
    original: 'returns[top] = returnAddress;',
    faulty: '',
    costs: 'loop of a call, a return, an add and a branch',
  },
  {
    name: 'a cache replaces what came first',
    file: LINES,
    original:
      'for (let at = way; at > first; at--) tags[at] = tags[at - 1];\n        tags[first] =',
    faulty: 'tags[way] =',
    breaks: 'theOldestLineGivesWay',
  },
  {
    name: 'the first step of a walk takes no cycle',
    file: MEMORY,
    original: 'cost += 1 + this.#throughDataCache(root',
    faulty: 'cost += this.#throughDataCache(root',
    costs: 'dependent load that walks the page table',
  },
  {
    name: 'the store buffer is never full',
    file: TRACE_TIMING,
    original: 'if (free > memoryTime) {',
    faulty: 'if (free < 0) {',
    costs: 'store that misses L1 and hits L2, and where it goes',
  },
  {
    name: 'a fence does not wait for stores',
    file: ENGINE,
    original: 'Math.max(execute, p[PipelineWord.Drained]),',
    faulty: 'execute,',
    costs: 'the same, and a fence',
  },
  {
    name: 'a trap is free',
    file: ENGINE,
    original: 'redirect(parameters.trapPenalty, Reason.Trap);',
    faulty: '',
    costs: 'ecall, a handler of four instructions, mret',
  },
  {
    name: 'a store leaves the lines of other harts alone',
    file: MEMORY,
    original: 'isStore && before !== (Line.Modified as number) ? this.#takeAway(line) : 0',
    faulty: '0',
    breaks: 'linesGoBetweenHarts',
  },
  {
    name: 'a load does not ask who has changed the line',
    file: MEMORY,
    original: '(isStore ? this.#takeAway(line) : this.#readElsewhere(line))',
    faulty: '(isStore ? this.#takeAway(line) : 0)',
    breaks: 'linesGoBetweenHarts',
  },
  {
    name: 'more is executed than begins before the end',
    file: ENGINE,
    original: '(limit - 1 - pending) / this.#longestInstruction',
    faulty: 'limit - 1 - pending',
    breaks: 'runsAreSteps',
  },
  {
    name: 'turns take two cycles',
    file: 'machine/timing/quantum.ts',
    original: 'export const INORDER_QUANTUM_CYCLES = 1;',
    faulty: 'export const INORDER_QUANTUM_CYCLES = 2;',
    breaks: 'storesArriveInTheirCycle',
  },
  {
    name: 'harts pass over a cycle in which one begins something',
    file: 'machine/machine.ts',
    original: 'now + engines[i].untilNext)',
    faulty: 'now + engines[i].untilNext + 1)',
    breaks: 'runsOfHartsAreSteps',
  },
  {
    name: 'a cycle of each gap is charged to nobody',
    file: TRACE_TIMING,
    original: 'current[row + nextWhy] += gap;',
    faulty: 'current[row + nextWhy] += gap - 1;',
    breaks: 'chargesSumToTheClock',
  },
];

interface Bundled {
  readonly SCENARIOS: Readonly<Record<ScenarioName, () => boolean>>;
  readonly takesWhatItShould: (subject: string) => boolean;
}

describe('of the in-order clock model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-clock-model-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(Object.entries(SCENARIOS))('%s', (_, holds) => {
    expect(holds()).toBe(true);
  });

  it.each(FAULTS)('a fault would show: $name', async (fault) => {
    const path = await bundle('test/clock-model/scenarios.ts', folder, fault);
    const faulty = (await import(pathToFileURL(path).href)) as Bundled;
    const holds =
      'breaks' in fault ? faulty.SCENARIOS[fault.breaks]() : faulty.takesWhatItShould(fault.costs);
    expect(holds).toBe(false);
    if ('costs' in fault) expect(takesWhatItShould(fault.costs)).toBe(true);
  });
});
