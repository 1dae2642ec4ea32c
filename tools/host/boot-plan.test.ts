import { describe, expect, test } from 'vitest';
import { needsFirmware, planBoot, type BootFile, type BootRequest } from './boot-plan.ts';

const MIB = 2 ** 20;
const RAM = 0x8000_0000;

const elf = (path: string, address: number, memorySize = 0x1000): BootFile => ({
  kind: 'elf',
  path,
  parts: [{ what: `${path} segment 0`, address, bytes: new Uint8Array(16), memorySize }],
});
const flat = (path: string, size = 64): BootFile => ({
  kind: 'flat',
  path,
  bytes: new Uint8Array(size),
});
const image: BootFile = { kind: 'image', path: 'Image', bytes: new Uint8Array(64), memorySize: 64 };
const firmware = elf('firmware.elf', RAM, 0x4_0000);

const plan = (request: Partial<BootRequest> & Pick<BootRequest, 'kernel'>) => {
  const result = planBoot({
    ramBytes: 128 * MIB,
    firmware: needsFirmware(request.kernel) ? firmware : undefined,
    initrd: undefined,
    ...request,
  });
  return {
    ...result,
    places: result.parts.map(({ what, address }) => `${what} @ ${address.toString(16)}`),
  };
};

describe('which kernel gets firmware', () => {
  test('an ELF behind the place of firmware gets ours, and is entered at its lowest address', () => {
    const { places, kernelEntry } = plan({ kernel: elf('micro.elf', RAM + 4 * MIB) });
    expect(places).toEqual(['firmware.elf segment 0 @ 80000000', 'micro.elf segment 0 @ 80400000']);
    expect(kernelEntry).toBe(RAM + 4 * MIB);
  });

  test('an Image gets ours and lies at 0x80400000', () => {
    const { places, kernelEntry } = plan({ kernel: image });
    expect(places).toEqual(['firmware.elf segment 0 @ 80000000', 'Image @ 80400000']);
    expect(kernelEntry).toBe(0x8040_0000);
  });

  test.each([
    ['an ELF at the start of RAM', elf('demo.elf', RAM), 'demo.elf segment 0 @ 80000000'],
    [
      'an ELF that ends in firmware',
      elf('x.elf', RAM + 0x7_f000, 0x2000),
      'x.elf segment 0 @ 8007f000',
    ],
    ['a flat file', flat('demo.bin'), 'demo.bin @ 80000000'],
  ])('%s starts in machine mode', (_, kernel, place) => {
    const { places, kernelEntry } = plan({ kernel });
    expect(places).toEqual([place]);
    expect(kernelEntry).toBeUndefined();
  });

  test('without firmware an Image lies at the start of RAM', () => {
    expect(plan({ kernel: image, firmware: undefined }).places).toEqual(['Image @ 80000000']);
    expect(plan({ kernel: elf('k.elf', RAM + 4 * MIB), firmware: undefined }).places).toHaveLength(
      1,
    );
  });

  test('with firmware a flat kernel lies at the next 4 MiB behind it', () => {
    const { places, kernelEntry } = plan({
      kernel: flat('k.bin'),
      firmware: flat('fw.bin', 5 * MIB),
    });
    expect(places).toEqual(['fw.bin @ 80000000', 'k.bin @ 80800000']);
    expect(kernelEntry).toBe(0x8080_0000);
  });
});

describe('where the initrd lies', () => {
  const initrd = { path: 'x.cpio', bytes: new Uint8Array(1000) };
  test.each([
    [64 * MIB, 0x8240_0000],
    [128 * MIB, 0x8440_0000],
    [256 * MIB, 0x8840_0000],
    [1024 * MIB, 0x8840_0000],
  ])('%i bytes of RAM', (ramBytes, start) => {
    const result = plan({ kernel: elf('micro.elf', RAM + 4 * MIB), initrd, ramBytes });
    expect(result.initrd).toEqual({ start, end: start + 1000 });
    expect(result.places.at(-1)).toBe(`x.cpio @ ${start.toString(16)}`);
  });
});

describe('what cannot be placed', () => {
  test('an overlap names both', () => {
    expect(() =>
      plan({ kernel: elf('k.elf', RAM + 0x1000), firmware: flat('fw.bin', 0x1001) }),
    ).toThrow(
      'fw.bin (0x80000000-0x80001000) and k.elf segment 0 (0x80001000-0x80001fff) overlap in memory',
    );
  });

  test.each([
    ['below RAM', elf('k.elf', 0x1000)],
    ['behind RAM', elf('k.elf', RAM + 128 * MIB)],
    ['across the end of RAM', elf('k.elf', RAM + 128 * MIB - 0xfff)],
  ])('%s', (_, kernel) => {
    expect(() => plan({ kernel, firmware: undefined })).toThrow(
      /^k\.elf segment 0 \(0x[0-9a-f]+-0x[0-9a-f]+\) is not inside RAM \(0x80000000-0x87ffffff\)$/,
    );
  });

  test('parts that only touch are fine', () => {
    expect(
      plan({ kernel: elf('k.elf', RAM + 0x1000), firmware: flat('fw.bin', 0x1000) }).places,
    ).toHaveLength(2);
  });
});
