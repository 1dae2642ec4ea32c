import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { benchmarkIdle } from './idle-benchmark.ts';
import { benchmarkMachine, benchmarkTimed, median } from './machine-benchmark.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Instructions of one more round: what stands between a guest's loop label and its branch back. */
function instructionsPerRound(): Record<string, number> {
  const run = (rounds: number) => benchmarkMachine(ROOT, () => undefined, { runs: 1, rounds });
  const few = run(1);
  return Object.fromEntries(
    run(3).map(({ name, instructions }, index) => [
      name,
      (instructions - few[index].instructions) / 2,
    ]),
  );
}

test('every guest does what it says, and as often as it is told', () => {
  const { integer, harts, ...others } = instructionsPerRound();
  expect(others).toEqual({
    // 1 MiB in steps of four words, and the five instructions around them.
    streaming: (2 ** 20 / 16) * 11 + 5,
    // The same, in steps of two words.
    'streaming-aliased': (2 ** 20 / 8) * 11 + 5,
    // The program's loop without `ecall`, which does not retire, and the kernel's way in and out.
    'system-calls': 2 + 30,
    // 4,032 pages, and the change of the address space and the set-up before them.
    paging: 4032 * 20 + 11,
    // 64 pairs, and the five instructions around them.
    'floating-point': 64 * 11 + 5,
  });
  expect(integer).toBeGreaterThanOrEqual(11);
  expect(integer).toBeLessThanOrEqual(12);
  // One instruction of eleven is skipped by most numbers, on each hart.
  expect(harts).toBeGreaterThanOrEqual(4 * 10);
  expect(harts).toBeLessThanOrEqual(4 * 11);
});

test('the in-order model runs the same guests, and takes longer', () => {
  const options = { runs: 1, rounds: 1 };
  const functional = benchmarkMachine(ROOT, () => undefined, options);
  const timed = benchmarkTimed(ROOT, () => undefined, options);
  expect(timed.map(({ instructions }) => instructions)).toEqual(
    functional.map(({ instructions }) => instructions),
  );
  for (const { cycles, instructions } of timed) expect(cycles).toBeGreaterThan(instructions);
});

test('one guest can be measured alone; its cycles are the machine’s, and those of all harts', () => {
  const options = { runs: 1, rounds: 1, guest: 'harts' };
  const [timed, ...others] = benchmarkTimed(ROOT, () => undefined, options);
  expect(others).toEqual([]);
  expect(timed.name).toBe('harts');
  expect(timed.summedMegacycles).toBeCloseTo(4 * timed.megacycles);
  expect(benchmarkMachine(ROOT, () => undefined, options)).toHaveLength(1);
});

test('the median is the middle value', () => {
  expect(median([5, 1, 4, 2, 3])).toBe(3);
  expect(median([7])).toBe(7);
});

test('a guest that idles keeps pace with the wall, and leaves the processor to others', async () => {
  const { interrupts, seconds, load } = await benchmarkIdle(ROOT, 50);
  expect(interrupts).toBe(50);
  expect(seconds).toBeGreaterThan(0.45);
  // Far from busy; the figure itself is what `vitrine bench machine` prints.
  expect(load).toBeLessThan(0.5);
});

describeWithWitness('qemu-system-riscv32', 'beside QEMU', () => {
  test('every guest ends well there too, and is timed', () => {
    const results = benchmarkMachine(ROOT, () => undefined, { runs: 1, rounds: 2, onQemu: true });
    for (const { qemu } of results) {
      expect(qemu?.plain.mips).toBeGreaterThan(0);
      expect(qemu?.icount.runs).toHaveLength(1);
    }
  });
});
