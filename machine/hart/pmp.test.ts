/** Physical memory protection against a transcription of the specification's matching rules. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SmallModel } from '../engine/testing/small-model.ts';
import { HartState } from './hart-state.ts';
import { Pmp, PmpVerdict } from './pmp.ts';
import { Access, Privilege } from './privilege.ts';
import { PAGE_SIZE, Region } from './state-layout.ts';

const CONFIG_REGISTER = 0x3a0;
const ADDRESS_REGISTER = 0x3b0;
const NAMES = ['fetch', 'load', 'store'] as const;

function protection() {
  let changes = 0;
  const hart = new HartState(new ArrayBuffer(Region.Harts + Region.HartStride), 0);
  const pmp = new Pmp(hart, () => {
    changes++;
  });
  return { pmp, changes: () => changes };
}

/** Addresses where entries with small numbers begin and end, and some far beyond 32 bits. */
const unit = fc.oneof(
  fc.nat(64),
  fc.integer({ min: 0x3fff_ffc0, max: 0x4000_0040 }),
  fc.constantFrom(0xffff_ffff, 0x7fff_ffff, 0x1fff, 0x2000_01ff, 0xfffff, 0x1_0000),
);
const write = fc.oneof(
  fc.record({ config: fc.nat(3), value: fc.integer() }),
  fc.record({ address: fc.nat(15), value: unit }),
);
const probe = fc.record({
  at: fc.oneof(unit, fc.nat(0xffff_ffff)),
  byte: fc.nat(3),
  size: fc.constantFrom(1, 2, 4, 3, 8),
  access: fc.constantFrom(Access.Fetch, Access.Load, Access.Store),
  privilege: fc.constantFrom(Privilege.User, Privilege.Supervisor, Privilege.Machine),
});

describe('physical memory protection', () => {
  it('decides as the specification does, whatever was written, in 34-bit space', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 24 }), fc.array(probe), (writes, probes) => {
        const { pmp } = protection();
        const model = new SmallModel(new Uint8Array(0));
        for (const step of writes) {
          if ('config' in step) {
            pmp.writeConfig(step.config, step.value);
            model.writeCsr(CONFIG_REGISTER + step.config, step.value);
            expect(pmp.readConfig(step.config)).toBe(model.readCsr(CONFIG_REGISTER + step.config));
          } else {
            pmp.writeAddress(step.address, step.value);
            model.writeCsr(ADDRESS_REGISTER + step.address, step.value);
            expect(pmp.readAddress(step.address)).toBe(
              model.readCsr(ADDRESS_REGISTER + step.address),
            );
          }
        }
        for (const { at, byte, size, access, privilege } of probes) {
          const address = at * 4 + byte;
          const expected = model.pmpAllows(BigInt(address), size, NAMES[access], privilege);
          expect(pmp.allows(address, size, access, privilege)).toBe(expected);
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('finds no empty range within an access', () => {
    const { pmp } = protection();
    // Entry 1 ends before it begins, at a word within the access; entry 2 allows it.
    pmp.writeAddress(0, 0x102);
    pmp.writeAddress(1, 0x101);
    pmp.writeAddress(2, -1);
    pmp.writeConfig(0, 0x1f_0f_00);
    expect(pmp.allows(0x405, 4, Access.Load, Privilege.User)).toBe(true);
  });

  it('calls a page mixed where a boundary lies within it, and only there', () => {
    const { pmp } = protection();
    pmp.writeAddress(0, 0x8000_0800 >>> 2);
    pmp.writeConfig(0, 0x0f); // Top of range: everything below, all rights.
    const page = (address: number) => address / PAGE_SIZE;
    expect(pmp.checkPage(page(0x7fff_f000), Access.Load, Privilege.Supervisor)).toBe(
      PmpVerdict.Allowed,
    );
    expect(pmp.checkPage(page(0x8000_0000), Access.Load, Privilege.Supervisor)).toBe(
      PmpVerdict.Mixed,
    );
    expect(pmp.checkPage(page(0x8000_1000), Access.Load, Privilege.Supervisor)).toBe(
      PmpVerdict.Denied,
    );
  });

  it('does not let a locked entry be changed, nor the bound below a locked range', () => {
    const { pmp, changes } = protection();
    pmp.writeAddress(0, 0x100);
    pmp.writeAddress(1, 0x200);
    pmp.writeConfig(0, 0x8900); // Entry 1: locked, top of range, read.
    const before = changes();
    pmp.writeAddress(0, 0);
    pmp.writeAddress(1, 0);
    expect([pmp.readAddress(0), pmp.readAddress(1)]).toEqual([0x100, 0x200]);
    expect(changes()).toBe(before);
    pmp.writeConfig(0, 0x001f);
    expect(pmp.readConfig(0)).toBe(0x891f);
    expect(pmp.allows(0x500, 4, Access.Store, Privilege.Machine)).toBe(false);
  });
});
