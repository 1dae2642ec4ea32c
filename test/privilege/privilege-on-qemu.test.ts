/** Random privileged situations end on our machine as they end on QEMU. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { QEMU } from '../qemu-boot.ts';
import { bundle, type PlantedFault } from '../random-programs/planted-faults.ts';
import { runOnQemu } from '../random-programs/qemu.ts';
import { runOnVitrine } from '../random-programs/vitrine.ts';
import { describeWithWitness } from '../witness.ts';
import { describeStep, firstDifferentStep, scriptImage } from './image.ts';
import { randomScript } from './script.ts';

const STEPS = 400;
/** `npm run fuzz` runs the campaign. */
const SCRIPTS = process.env['VITRINE_CAMPAIGN'] === 'full' ? 500 : 6;
const SEEDS = Array.from({ length: SCRIPTS }, (_, i) => i + 1);
/** The first scripts, of each kind, show that faults would be found. */
const SCRIPTS_FOR_FAULTS = 6;

const PMP = 'machine/hart/pmp.ts';
const WALK = 'machine/hart/page-table-walk.ts';
const TRAPS = 'machine/hart/trap-unit.ts';
const SYSTEM = 'machine/hart/system-unit.ts';
const FAULTS: readonly PlantedFault[] = [
  {
    name: 'protection: an access across a boundary counts as its first byte',
    file: PMP,
    original: 'return PmpVerdict.Mixed;',
    faulty: 'continue;',
  },
  {
    name: 'protection: a lock does not bind M-mode',
    file: PMP,
    original: 'privilege === Privilege.Machine && (config & Config.L) === 0',
    faulty: 'privilege === Privilege.Machine',
  },
  {
    name: 'protection: the walk is not subject to it',
    file: WALK,
    original: 'tableOffset < 0 || !this.#mayTouch(table, index, Access.Load)',
    faulty: 'tableOffset < 0',
  },
  {
    name: 'walk: a superpage need not be aligned',
    file: WALK,
    original: 'level > 0 && (page & INDEX_MASK) !== 0',
    faulty: 'false',
  },
  {
    name: 'walk: SUM opens pages of users to fetches',
    file: WALK,
    original: '(access === Access.Fetch || !mode.sum)',
    faulty: '!mode.sum',
  },
  {
    name: 'traps: M-mode delegates to itself',
    file: TRAPS,
    original: 'if (delegated && hart.privilege !== Privilege.Machine) {',
    faulty: 'if (delegated) {',
  },
  {
    name: 'system: TSR is not looked at',
    file: SYSTEM,
    original: '(words[HartWord.Mstatus] & Mstatus.TSR) !== 0',
    faulty: 'false',
  },
  {
    name: 'loads: MPRV is not looked at',
    file: 'machine/hart/memory-unit.ts',
    original: 'privilege === (Privilege.Machine as number) && (status & Mstatus.MPRV) !== 0',
    faulty: 'false',
  },
];

describeWithWitness(QEMU, 'random privileged situations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-privilege-'));
  const scripts = SEEDS.map((seed) => randomScript(seed, STEPS));
  const images = scripts.map(scriptImage);
  const expected: Uint8Array[] = [];

  beforeAll(() => {
    expected.push(...images.map((image) => runOnQemu(image)));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('end as on QEMU', () => {
    images.forEach((image, i) => {
      const [ours, theirs] = [runOnVitrine(image), expected[i]];
      const step = firstDifferentStep(ours, theirs, STEPS);
      if (step !== undefined) {
        const place = `seed ${SEEDS[i]}, step ${step}: ${JSON.stringify(scripts[i][step])}`;
        const [our, their] = [describeStep(ours, step), describeStep(theirs, step)];
        expect(`${place}\n${our}`).toBe(`${place}\n${their}`);
      }
      const offset = ours.findIndex((byte, at) => byte !== theirs[at]);
      expect(offset, `seed ${SEEDS[i]}: first different byte of RAM`).toBe(-1);
    });
  });

  it.each(FAULTS)('would show a fault: $name', async (fault) => {
    const path = await bundle('test/random-programs/vitrine.ts', folder, fault);
    const faulty = (await import(pathToFileURL(path).href)) as {
      runOnVitrine: typeof runOnVitrine;
    };
    const caught = images.slice(0, SCRIPTS_FOR_FAULTS).some((image, i) => {
      try {
        return Buffer.compare(faulty.runOnVitrine(image), expected[i]) !== 0;
      } catch {
        return true; // It did not even end.
      }
    });
    expect(caught).toBe(true);
  });
});
