import { beforeEach, describe, expect, it } from 'vitest';
import { Ram } from '../bus/ram.ts';
import { fwCfgEntries, type FwCfgKernel } from './fw-cfg-entries.ts';
import { FwCfg } from './fw-cfg.ts';

const DATA = 0;
const SELECTOR = 8;
const DMA = 16;
const RAM = 0x8000_0000;
const COMMAND = RAM + 0x1000;
const TARGET = RAM + 0x2000;

const ram = new Ram(0x10_0000);
let problems: string[];
let device: FwCfg;

function build(boot?: FwCfgKernel): FwCfg {
  const entries = fwCfgEntries({ harts: 3, ...(boot === undefined ? {} : { boot }) });
  const built = new FwCfg(entries, ram, ({ problem }) => problems.push(problem));
  built.reset();
  return built;
}

beforeEach(() => {
  problems = [];
  ram.writeBytes(RAM, new Uint8Array(0x4000).fill(0xee));
  device = build();
});

const swap16 = (value: number) => ((value & 0xff) << 8) | (value >> 8);
const select = (key: number) => device.write(SELECTOR, 2, swap16(key));
const bytes = (count: number) => Array.from({ length: count }, () => device.read(DATA, 1));
const textOf = (codes: readonly number[]) => String.fromCharCode(...codes).replace(/\0+$/, '');

/** Carries out a command; its control word afterwards. */
function command(control: number, length: number, address: number, at = COMMAND): number {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, control);
  view.setUint32(4, length);
  view.setBigUint64(8, BigInt(address));
  ram.writeBytes(at, new Uint8Array(view.buffer));
  const address64 = new DataView(new ArrayBuffer(8));
  address64.setBigUint64(0, BigInt(at));
  device.write(DMA, 4, address64.getUint32(0, true));
  device.write(DMA + 4, 4, address64.getUint32(4, true));
  const answer = new Uint8Array(4);
  ram.readBytes(at, answer);
  return new DataView(answer.buffer).getUint32(0);
}

function ramAt(address: number, count: number): number[] {
  const read = new Uint8Array(count);
  ram.readBytes(address, read);
  return [...read];
}

describe('entries', () => {
  it('are selected by key and read from their beginning, with zeroes behind the end', () => {
    expect(textOf(bytes(4))).toBe('QEMU');
    expect(bytes(2)).toEqual([0, 0]);
    select(0x01);
    expect(bytes(4)).toEqual([3, 0, 0, 0]);
    select(0x05);
    expect(device.read(DATA, 2)).toBe(3);
    select(0x00);
    expect([device.read(DATA, 4), device.read(DATA, 4)]).toEqual([0x554d_4551, 0]);
  });

  it('that do not exist read 0', () => {
    for (const key of [0x03, 0x40, 0x3fff, 0x8000, 0xffff]) {
      select(key);
      expect(bytes(2)).toEqual([0, 0]);
    }
    select(0x4000); // asks for writing, which there is not
    expect(textOf(bytes(4))).toBe('QEMU');
  });

  it('with names are in the directory, in their order', () => {
    select(0x19);
    expect(bytes(4)).toEqual([0, 0, 0, 3]);
    const files = Array.from({ length: 3 }, () => {
      const size = bytes(4).reduce((sum, byte) => sum * 256 + byte, 0);
      const key = bytes(2).reduce((sum, byte) => sum * 256 + byte, 0);
      bytes(2);
      return [textOf(bytes(56)), key, size];
    });
    expect(files).toEqual([
      ['bios-geometry', 0x20, 0],
      ['bootorder', 0x21, 0],
      ['etc/boot-fail-wait', 0x22, 4],
    ]);
  });

  it('hold the kernel that firmware is to start', () => {
    const kernel = Uint8Array.of(1, 2, 3);
    device = build({ kernel, initrd: Uint8Array.of(9), commandLine: 'quiet ü' });
    select(0x08);
    expect(bytes(4)).toEqual([3, 0, 0, 0]);
    select(0x11);
    expect(bytes(4)).toEqual([1, 2, 3, 0]);
    select(0x12);
    expect(bytes(1)).toEqual([9]);
    select(0x14);
    expect(bytes(1)).toEqual([9]);
    select(0x15);
    expect(new TextDecoder().decode(Uint8Array.from(bytes(8)))).toBe('quiet ü');
  });

  it('cannot be written', () => {
    device.write(DATA, 1, 5);
    expect(textOf(bytes(4))).toBe('QEMU');
    expect(problems).toEqual(['entries are read-only']);
  });
});

it('accesses are taken where the interface has them', () => {
  const taken = (isWrite: boolean) =>
    [1, 2, 4, 8].flatMap((width) =>
      Array.from({ length: 0x18 / width }, (_, at) => at * width)
        .filter((offset) => device.accepts(offset, width, isWrite))
        .map((offset) => `${width}@${offset}`),
    );
  expect(taken(true)).toEqual(['1@0', '2@0', '2@8', '4@0', '4@16', '4@20', '8@0', '8@16']);
  expect(taken(false)).toEqual([
    ...['1@0', ...[16, 17, 18, 19, 20, 21, 22, 23].map((at) => `1@${at}`)],
    ...['2@0', '2@16', '2@18', '2@20', '2@22', '4@0', '4@16', '4@20', '8@0', '8@16'],
  ]);
});

describe('DMA', () => {
  it('says that it is there', () => {
    expect(textOf(Array.from({ length: 8 }, (_, at) => device.read(DMA + at, 1)))).toBe('QEMU CFG');
  });

  it('selects, skips and copies', () => {
    expect(command(0x0001_0008 | 0x02, 4, TARGET)).toBe(0);
    expect(ramAt(TARGET, 5)).toEqual([3, 0, 0, 0, 0xee]);
    expect(command(0x0000_000c, 2, 0)).toBe(0);
    expect(command(0x02, 6, TARGET)).toBe(0);
    expect(ramAt(TARGET, 7)).toEqual([0x4d, 0x55, 0, 0, 0, 0, 0xee]);
  });

  it('does nothing without an order to', () => {
    expect(command(0, 4, TARGET)).toBe(0);
    expect(ramAt(TARGET, 1)).toEqual([0xee]);
  });

  it('refuses to write, and what is outside RAM', () => {
    expect(command(0x10, 4, TARGET)).toBe(1);
    expect(command(0x0000_000a, 4, RAM - 2)).toBe(1);
    expect(command(0x0000_000a, 0xffff_ffff, RAM)).toBe(1);
    expect(ramAt(RAM, 1)).toEqual([0xee]);
    expect(problems).toEqual([]);
    command(0x02, 4, TARGET, 2 ** 40);
    expect(problems).toEqual(['DMA command outside RAM']);
  });

  it('forgets the high half of an address once it has been used', () => {
    command(0x0001_000a, 1, TARGET);
    ram.write(TARGET, 1, 0xee);
    const low = new DataView(new ArrayBuffer(4));
    low.setUint32(0, COMMAND);
    ram.write(COMMAND, 4, 0x0a00_0000); // selects entry 0 and reads
    device.write(DMA, 4, 0xffff_ffff);
    device.write(DMA + 4, 4, low.getUint32(0, true));
    expect(ramAt(TARGET, 1)).toEqual([0xee]);
    device.write(DMA + 4, 4, low.getUint32(0, true));
    expect(ramAt(TARGET, 1)).toEqual(['Q'.charCodeAt(0)]);
  });
});

it('the state says where reading goes on', () => {
  bytes(2);
  device.write(DMA, 4, 0);
  const saved = device.saveState();
  const other = build();
  other.restoreState(saved);
  expect(other.read(DATA, 1)).toBe('M'.charCodeAt(0));
});
