/** Sv32 against a transcription of the specification's algorithm. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ram } from '../bus/ram.ts';
import { SmallModel } from '../engine/testing/small-model.ts';
import { HartState } from './hart-state.ts';
import { PageTableWalker, WalkOutcome } from './page-table-walk.ts';
import { Pmp } from './pmp.ts';
import { Access, Privilege } from './privilege.ts';

const RAM_BASE = 0x8000_0000;
const RAM_BYTES = 1 << 20;
const BASE_PAGE = RAM_BASE >>> 12;
const NAMES = ['fetch', 'load', 'store'] as const;
const PMP_OPEN = { config: 0x1f, address: 0xffff_ffff };

/** Everything that Sv32 looks at, with a strong bias to what is nearly right. */
const flags = fc.oneof(
  fc.nat(0xff),
  fc.constantFrom(0x01, 0xcf, 0xdf, 0x0f, 0x1f, 0x4b, 0x49, 0x59),
);
const leafPage = fc.oneof(
  fc.integer({ min: BASE_PAGE, max: BASE_PAGE + 255 }),
  fc.nat(0x3f_ffff),
  fc.constantFrom(BASE_PAGE & ~0x3ff, 0x3f_fc00),
);
const entry = fc.record({ flags, page: leafPage });
const setting = fc.record({
  root: entry,
  rootIsPointer: fc.boolean(),
  leaf: entry,
  address: fc.integer(),
  access: fc.constantFrom(Access.Fetch, Access.Load, Access.Store),
  privilege: fc.constantFrom(Privilege.User, Privilege.Supervisor),
  sum: fc.boolean(),
  mxr: fc.boolean(),
  /** Whether hardware sets A and D. */
  adue: fc.boolean(),
  /** Where PMP allows writing to RAM: page tables may lie beyond. */
  writable: fc.constantFrom(RAM_BYTES, RAM_BYTES, 0x1000, 0x2000),
});

const ROOT_PAGE = 1;
const LEAF_PAGE = 2;
const MSTATUS_SUM = 1 << 18;
const MSTATUS_MXR = 1 << 19;
const MENVCFGH_ADUE = 1 << 29;
const PMP_CONFIG_0 = 0x3a0;
const PMP_ADDRESS_0 = 0x3b0;

function pte(place: { page: number; flags: number }): number {
  return ((place.page << 10) | place.flags) >>> 0;
}

/** What the model makes of an access: the physical address, or the cause of its trap. */
function outcomeOf(model: SmallModel, address: number, access: Access, privilege: Privilege) {
  try {
    return { physical: Number(model.translate(address, NAMES[access], privilege)) };
  } catch (error) {
    return { cause: error instanceof Error ? error.message : String(error) };
  }
}

const CAUSES = {
  pageFault: { fetch: 'trap 12', load: 'trap 13', store: 'trap 15' },
  accessFault: { fetch: 'trap 1', load: 'trap 5', store: 'trap 7' },
};

describe('the Sv32 walk', () => {
  it('finds, faults and sets A and D as the specification says', () => {
    fc.assert(
      fc.property(setting, ({ root, rootIsPointer, leaf, address, access, ...mode }) => {
        const ram = new Ram(RAM_BYTES);
        const rootEntry = rootIsPointer ? { page: BASE_PAGE + LEAF_PAGE, flags: 1 } : root;
        const rootIndex = address >>> 22;
        const leafIndex = (address >>> 12) & 0x3ff;
        ram.write(RAM_BASE + ROOT_PAGE * 4096 + rootIndex * 4, 4, pte(rootEntry));
        ram.write(RAM_BASE + LEAF_PAGE * 4096 + leafIndex * 4, 4, pte(leaf));
        const image = new Uint8Array(RAM_BYTES);
        ram.readBytes(RAM_BASE, image);
        const model = new SmallModel(image);
        const satp = (1 << 31) | (BASE_PAGE + ROOT_PAGE);
        model.csr.satp = satp;
        model.csr.menvcfgh = mode.adue ? MENVCFGH_ADUE : 0;
        model.csr.mstatus = (mode.sum ? MSTATUS_SUM : 0) | (mode.mxr ? MSTATUS_MXR : 0);
        const pmp = new Pmp(new HartState(ram.buffer, 0), () => undefined);
        // Entry 0: all rights up to `writable`; entry 1: the rest, not to be written.
        const boundary = (RAM_BASE + mode.writable) >>> 2;
        const config = 0x0f | (0x1d << 8);
        pmp.writeAddress(0, boundary | 0);
        pmp.writeAddress(1, PMP_OPEN.address | 0);
        pmp.writeConfig(0, config);
        model.writeCsr(PMP_ADDRESS_0, boundary | 0);
        model.writeCsr(PMP_ADDRESS_0 + 1, PMP_OPEN.address | 0);
        model.writeCsr(PMP_CONFIG_0, config);

        const walker = new PageTableWalker(ram, pmp);
        const translation = { satp, ...mode };
        const peeked = walker.walk(address, access, translation, true);
        const outcome = walker.walk(address, access, translation);
        const actual =
          outcome === WalkOutcome.Translated
            ? { physical: walker.page * 4096 + (address & 0xfff) }
            : {
                cause:
                  CAUSES[outcome === WalkOutcome.PageFault ? 'pageFault' : 'accessFault'][
                    NAMES[access]
                  ],
              };
        expect(actual).toEqual(outcomeOf(model, address, access, mode.privilege));
        const after = new Uint8Array(RAM_BYTES);
        ram.readBytes(RAM_BASE, after);
        expect(Buffer.compare(after, model.ram)).toBe(0);
        if (outcome === WalkOutcome.Translated) {
          expect(peeked).toBe(outcome);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('changes nothing when it only looks', () => {
    const ram = new Ram(RAM_BYTES);
    const pmp = new Pmp(new HartState(ram.buffer, 0), () => undefined);
    pmp.writeAddress(0, -1);
    pmp.writeConfig(0, PMP_OPEN.config);
    const superpage = pte({ page: BASE_PAGE, flags: 0x07 });
    ram.write(RAM_BASE + 0x1000, 4, superpage);
    const mode = {
      satp: (1 << 31) | (BASE_PAGE + ROOT_PAGE),
      privilege: Privilege.Supervisor,
      sum: false,
      mxr: false,
      adue: true,
    };
    const walker = new PageTableWalker(ram, pmp);
    expect(walker.walk(0x1234, Access.Store, mode, true)).toBe(WalkOutcome.Translated);
    expect(walker.page).toBe(BASE_PAGE + 1);
    expect(ram.read(RAM_BASE + 0x1000, 4)).toBe(superpage);
    walker.walk(0x1234, Access.Store, mode);
    expect(ram.read(RAM_BASE + 0x1000, 4)).toBe(superpage | 0xc0);
  });
});
