/** What `--net` and `--device` take, and what they say about the rest. */
import { describe, expect, it } from 'vitest';
import { hostSeed, parseDeviceOptions, withSeed } from './device-option.ts';
import { memberMac, parseNetOption } from './network/net-option.ts';

describe('--net', () => {
  it('names a wire, an address and a slot', () => {
    expect(parseNetOption('none')).toBeUndefined();
    expect(parseNetOption('hub:lan_1-A')).toEqual({ hub: 'lan_1-A' });
    expect(parseNetOption('hub:a,mac=52:54:00:AB:cd:ef,bus=virtio-mmio-bus.7')).toEqual({
      ...{ hub: 'a', mac: Uint8Array.of(0x52, 0x54, 0, 0xab, 0xcd, 0xef), slot: 7 },
    });
  });

  it.each([
    ['user', 'it is none or hub:NAME'],
    ['hub:', 'a name has 1 to 32 letters'],
    ['hub:../x', 'a name has 1 to 32 letters'],
    [`hub:${'x'.repeat(33)}`, 'a name has 1 to 32 letters'],
    ['hub:a,mac=1:2', 'a hardware address is like'],
    ['hub:a,mac=01:00:5e:00:00:01', 'is the address of a group'],
    ['hub:a,bus=pci.0', 'buses are virtio-mmio-bus.0 to .7'],
    ['hub:a,speed=1', '"speed" is none of mac and bus'],
    ['hub:a,mac', '"mac" has no value'],
  ])('%s: %s', (text, message) => {
    expect(() => parseNetOption(text)).toThrow(`--net ${text}: `);
    expect(() => parseNetOption(text)).toThrow(message);
  });

  it('gives every machine on a wire an address of its own', () => {
    expect([...memberMac(0)]).toEqual([0x52, 0x54, 0, 0x12, 0x34, 0x56]);
    const all = new Set(Array.from({ length: 256 }, (_, number) => memberMac(number).join()));
    expect(all.size).toBe(256);
  });
});

describe('--device', () => {
  it('names a kind, where it ends, and a slot', () => {
    expect(
      parseDeviceOptions(['entropy,seed=7', 'console,to=file:a,,b,bus=virtio-mmio-bus.3']),
    ).toEqual([
      { kind: 'entropy', seed: 7 },
      { kind: 'console', to: { kind: 'file', path: 'a,b' }, slot: 3 },
    ]);
  });

  it('leaves the seed to the pace, unless it is named', () => {
    expect(withSeed(parseDeviceOptions(['entropy']), 5)).toEqual([{ kind: 'entropy', seed: 5 }]);
    expect(withSeed(parseDeviceOptions(['entropy,seed=7']), 5)).toEqual([
      { kind: 'entropy', seed: 7 },
    ]);
    expect(new Set(Array.from({ length: 4 }, hostSeed)).size).toBeGreaterThan(1);
  });

  it.each([
    [['disk'], 'it is console or entropy'],
    [['entropy,seed=-1'], 'a seed is a number from 0 to 4294967295'],
    [['entropy,seed=4294967296'], 'a seed is a number'],
    [['entropy,to=pty'], '"to" is none of seed and bus'],
    [['console,to=tcp'], '--device console,to tcp: it is stdio'],
    [['console', 'console'], '--device console: there can be one'],
  ])('%j: %s', (texts, message) => {
    expect(() => parseDeviceOptions(texts)).toThrow(message);
  });
});
