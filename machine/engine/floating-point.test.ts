import { describe, expect, it } from 'vitest';
import { bareMachine, loadWords, RAM_BASE, readWord } from './testing/bare-machine.ts';
import { guest } from './testing/guest.ts';
import type { Device } from '../devices/device.ts';

/** fld f1, fsd f1, flw f1, fsw f1, flh f1, fsh f1: all at the address in x11. */
const FLD = 0x0005_b087;
const FSD = 0x0015_b027;
const FLW = 0x0005_a087;
const FSW = 0x0015_a027;
const FLH = 0x0005_9087;
const FSH = 0x0015_9027;
/** fadd.d f1, f1, f1; feq.d x10, f1, f1; fmv.x.w x10, f1; csrr x10, fcsr; csrw frm, x10. */
const FADD = 0x0210_f0d3;
const FADD_UP = 0x0210_b0d3;
const FEQ = 0xa210_a553;
const FMV = 0xe000_8553;
const READ_FCSR = 0x0030_2573;
const WRITE_FRM = 0x0025_1073;
/** c.fsd f8, 0(x8) beside c.nop. */
const COMPRESSED_FSD = 0x0001_a000;

const DATA = RAM_BASE + 0x3000;
const VECTOR = RAM_BASE + 0x400;
const OFF = 0;
const INITIAL = 0x2000;
const DIRTY = 0x6000;
const SD = 0x8000_0000;
const ILLEGAL = 2;
const LOAD_FAULT = 5;
const SIGNALLING = 0x7ff0_0000_0000_0001n;

function floatGuest(words: readonly number[], status: number) {
  const world = guest(words);
  world.hart.writeCsr('mtvec', VECTOR);
  world.hart.writeCsr('mstatus', status);
  world.hart.writeRegister(11, DATA);
  return world;
}

describe('floating-point loads and stores', () => {
  it.each([0, 1, 2, 4, 7, 0xffc, 0xff9, 0xfff])('move 8 bytes at offset %s of a page', (offset) => {
    const { hart, machine, step } = floatGuest([FSD, FLD], DIRTY);
    hart.writeRegister(11, DATA + offset);
    hart.writeFloatRegister(1, SIGNALLING);
    step();
    const bytes = new Uint8Array(10);
    machine.readPhysical(DATA + offset - 1, bytes);
    expect([...bytes]).toEqual([0, 1, 0, 0, 0, 0, 0, 0xf0, 0x7f, 0]);
    hart.writeFloatRegister(1, 0n);
    step();
    expect(hart.readFloatRegister(1)).toBe(SIGNALLING);
  });

  it('box what is shorter, and store it unboxed', () => {
    const { hart, machine, step } = floatGuest([FLW, FSH, FLH, FSW], DIRTY);
    loadWords(machine, DATA, [0x7f80_0001, 0]);
    step();
    expect(hart.readFloatRegister(1)).toBe(0xffff_ffff_7f80_0001n);
    hart.writeRegister(11, DATA + 4);
    step(2);
    expect(readWord(machine, DATA + 4)).toBe(1);
    expect(hart.readFloatRegister(1)).toBe(0xffff_ffff_ffff_0001n);
    step();
    expect(readWord(machine, DATA + 4)).toBe(0xffff_0001);
  });

  it('reach a device as two words, low one first', () => {
    const seen: string[] = [];
    const device: Device = {
      declaration: {
        name: 'pair',
        source: 'tests',
        compatible: [],
        size: 0x1000,
        accessWidths: [4, 8],
        registers: [],
        state: [],
      },
      read: (offset) => offset + 0x100,
      write: (offset, width, value) => {
        seen.push(`${offset} ${width} ${value}`);
      },
      reset: () => undefined,
      saveState: () => ({}),
      restoreState: () => undefined,
    };
    const base = 0x1000_0000;
    const bare = bareMachine(1 << 20, () => [{ base, device }]);
    const { hart, step } = guest([FSD, FLD], bare);
    hart.writeCsr('mstatus', DIRTY);
    hart.writeRegister(11, base + 8);
    hart.writeFloatRegister(1, 0x5_0000_0003n);
    step(2);
    expect(seen).toEqual(['8 4 3', '12 4 5']);
    expect(hart.readFloatRegister(1)).toBe(0x10c_0000_0108n);
  });

  it('leave the register and FS alone when they trap', () => {
    const { hart, step, csr } = floatGuest([FLD], INITIAL);
    hart.writeRegister(11, 0x4000_0000);
    hart.writeFloatRegister(1, 7n);
    step();
    expect([csr('mcause'), csr('mtval'), csr('mstatus') & DIRTY]).toEqual([
      LOAD_FAULT,
      0x4000_0000,
      INITIAL,
    ]);
    expect(hart.readFloatRegister(1)).toBe(7n);
  });
});

describe('mstatus.FS', () => {
  it.each([FLD, FSD, FLW, FSW, FLH, FSH, FADD, FADD_UP, FEQ, FMV, READ_FCSR, WRITE_FRM])(
    'Off makes 0x%s illegal, before any other fault',
    (word) => {
      const { hart, step, csr } = floatGuest([word], OFF);
      hart.writeRegister(11, 0x4000_0000);
      step();
      expect([csr('mcause'), csr('mtval')]).toEqual([ILLEGAL, word]);
    },
  );

  it('Off shows the 16 bits of a compressed instruction', () => {
    const { step, csr } = floatGuest([COMPRESSED_FSD], OFF);
    step();
    expect([csr('mcause'), csr('mtval')]).toEqual([ILLEGAL, 0xa000]);
  });

  it.each([
    ['a load', FLW, DIRTY],
    ['arithmetic', FADD, DIRTY],
    ['writing frm', WRITE_FRM, DIRTY],
    ['a store', FSW, INITIAL],
    ['a comparison that raises nothing', FEQ, INITIAL],
    ['a move to an integer register', FMV, INITIAL],
    ['reading fcsr', READ_FCSR, INITIAL],
  ])('becomes Dirty with what changes the unit: %s', (_, word, after) => {
    const { step, csr } = floatGuest([word], INITIAL);
    step();
    expect(csr('mstatus') & (DIRTY | SD)).toBe(after === DIRTY ? DIRTY | SD : after);
  });

  it('becomes Dirty with a flag that a comparison raises', () => {
    const { hart, step, csr } = floatGuest([FEQ], INITIAL);
    hart.writeFloatRegister(1, SIGNALLING);
    step();
    expect([csr('fflags'), csr('mstatus') & DIRTY]).toEqual([0x10, DIRTY]);
  });
});

describe('rounding modes', () => {
  it.each([5, 6, 7])('%s in frm makes dynamic rounding illegal, and nothing else', (mode) => {
    const { hart, step, csr } = floatGuest([FADD_UP, FEQ, FADD], DIRTY);
    hart.writeCsr('frm', mode);
    step(2);
    expect(csr('mcause')).toBe(0);
    step();
    expect([csr('mcause'), csr('mtval')]).toEqual([ILLEGAL, FADD]);
  });

  it('fcsr is frm and fflags', () => {
    const { hart, csr } = floatGuest([], DIRTY);
    hart.writeCsr('fcsr', -1);
    expect([csr('fcsr'), csr('frm'), csr('fflags')]).toEqual([0xff, 7, 0x1f]);
    hart.writeCsr('frm', 2);
    hart.writeCsr('fflags', 9);
    expect(csr('fcsr')).toBe(0x49);
  });
});
