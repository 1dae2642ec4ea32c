/** Every CSR number, as QEMU has it: which trap in which mode, and which bits can be written. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { CSR_ADDRESSES, type CsrName } from '../../machine/hart/csr-addresses.ts';
import { QEMU } from '../qemu-boot.ts';
import { runOnQemu } from '../random-programs/qemu.ts';
import { runOnVitrine } from '../random-programs/vitrine.ts';
import { describeWithWitness } from '../witness.ts';
import { DIFFERENCES, MOVING, type Difference } from './differences.ts';
import { findingsIn, probeImage, type Finding, type Findings, type ProbePlan } from './probe.ts';

const ALL_ONES = 0xffff_ffff;
const NUMBERS = Array.from({ length: 4096 }, (_, number) => number);
const ARBITRARY = [0x1234_5678, 0x8765_4321, 0xdead_beef, 0x5555_5555, 0xaaaa_aaaa, 0x1000, 3];
/** No lock: what it locks would stay so. */
const UNLOCKED = 0x7f7f_7f7f;
const TVM = 1 << 20;

const nameOf = new Map<number, string>(
  Object.entries(CSR_ADDRESSES).map(([name, number]) => [number, name]),
);
const label = (number: number) => nameOf.get(number) ?? `0x${number.toString(16)}`;
const numberOf = (csr: CsrName | number) => (typeof csr === 'number' ? csr : CSR_ADDRESSES[csr]);

/** The registers that our machine has. */
function ours(): readonly CsrName[] {
  const serial = { transmit: () => undefined };
  const { machine } = createVirtMachine({ ramBytes: 1 << 20, harts: 1, serial });
  return machine.harts[0].csrNames();
}

/** QEMU 7.2 ends with an assertion when they are written. */
const isTrigger = (number: number) => number >= 0x7a0 && number < 0x7b0;
const isPmpConfig = (number: number) => number >= 0x3a0 && number < 0x3b0;

const counters = (value: number) =>
  [
    ['mcounteren', value],
    ['scounteren', value],
    ['menvcfgh', 1 << 31],
  ] as const;
const mode = (name: string, privilege: 0 | 1 | 3, value: number, status = 0) => ({
  name,
  privilege,
  csrs: counters(value).map(([csr, written]) => [CSR_ADDRESSES[csr], written] as const),
  status,
});

const PLAN: ProbePlan = {
  modes: [
    mode('M', 3, 0),
    mode('S, counters open', 1, -1),
    mode('S, counters closed, TVM', 1, 0, TVM),
    mode('U, counters open', 0, -1),
    mode('U, every other counter open', 0, 0x5555_5555),
  ],
  read: NUMBERS,
  writings: ours()
    .map((name) => CSR_ADDRESSES[name])
    .filter((number) => !isTrigger(number) && number >>> 10 !== 3)
    .map((csr) => {
      const values = [0, ALL_ONES, ...ARBITRARY];
      return { csr, values: isPmpConfig(csr) ? values.map((value) => value & UNLOCKED) : values };
    }),
};

describeWithWitness(QEMU, 'CSRs', () => {
  let here: Findings;
  let there: Findings;

  beforeAll(() => {
    const image = probeImage(PLAN);
    here = findingsIn(runOnVitrine(image), PLAN);
    there = findingsIn(runOnQemu(image), PLAN);
  });

  const allowed = (number: number, kind: 'ours only' | "QEMU's only") =>
    DIFFERENCES.some((each) => each.kind === kind && each.csrs.map(numberOf).includes(number));

  /** Bits of a register that may differ. */
  const looseBits = (number: number) =>
    DIFFERENCES.filter(({ csrs }) => csrs.map(numberOf).includes(number)).reduce(
      (bits, { kind }) => (typeof kind === 'object' ? bits | kind.bits : bits),
      MOVING.some((name) => CSR_ADDRESSES[name] === number) ? -1 : 0,
    );

  const shown = ({ trap, value }: Finding) => `${trap ?? ''} ${value.toString(16)}`;

  it('trap where QEMU’s do, in every mode', () => {
    const wrong = PLAN.modes.flatMap(({ name }, m) =>
      NUMBERS.filter((number) => {
        const [our, their] = [here.read[m][number].trap, there.read[m][number].trap];
        if (our === their) return false;
        return !allowed(number, our === undefined ? 'ours only' : "QEMU's only");
      }).map((number) => `${label(number)} in ${name}`),
    );
    expect(wrong).toEqual([]);
    expect(here.read[0].filter(({ trap }) => trap === undefined).length).toBeGreaterThan(150);
  });

  it('read as QEMU’s do after a reset', () => {
    const wrong = NUMBERS.filter((number) => {
      const [our, their] = [here.read[0][number], there.read[0][number]];
      const both = our.trap === undefined && their.trap === undefined;
      return both && ((our.value ^ their.value) & ~looseBits(number)) !== 0;
    });
    const values = wrong.map(
      (number) =>
        `${label(number)}: ${shown(here.read[0][number])}, on QEMU ${shown(there.read[0][number])}`,
    );
    expect(values).toEqual([]);
  });

  it('take the bits that QEMU’s take', () => {
    const wrong = PLAN.writings.flatMap(({ csr, values }, w) =>
      values.flatMap((value, v) => {
        const [our, their] = [here.written[w][v], there.written[w][v]];
        if (allowed(csr, 'ours only')) return [];
        const differs = ((our.value ^ their.value) & ~looseBits(csr)) !== 0;
        if (our.trap === their.trap && !differs) return [];
        return [`${label(csr)} = ${value.toString(16)}: ${shown(our)}, on QEMU ${shown(their)}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  describe('differ on purpose', () => {
    const isThere = ({ csrs, kind }: Difference) =>
      csrs.map(numberOf).some((number) => {
        const [our, their] = [here.read[0][number], there.read[0][number]];
        if (kind === 'ours only') return our.trap === undefined && their.trap !== undefined;
        if (kind === "QEMU's only") return our.trap !== undefined && their.trap === undefined;
        if (((our.value ^ their.value) & kind.bits) !== 0) return true;
        const w = PLAN.writings.findIndex(({ csr }) => csr === number);
        return (
          w >= 0 &&
          here.written[w].some(
            (finding, v) => ((finding.value ^ there.written[w][v].value) & kind.bits) !== 0,
          )
        );
      });

    it.each(DIFFERENCES)('$csrs: $reason', (difference) => {
      expect(isThere(difference)).toBe(true);
    });
  });
});
