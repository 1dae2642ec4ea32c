import { describe, expect, it } from 'vitest';
import { InputError } from './command-error.ts';
import { parseDriveOption } from './drive-option.ts';

describe('--drive', () => {
  it.each([
    ['disk.img', { path: 'disk.img', snapshot: false, readOnly: false }],
    ['file=disk.img,format=raw', { path: 'disk.img', snapshot: false, readOnly: false }],
    ['a=b.img,snapshot=on', { path: 'a=b.img', snapshot: true, readOnly: false }],
    ['disk.img,readonly=on,snapshot=off', { path: 'disk.img', snapshot: false, readOnly: true }],
    ['a,,b.img', { path: 'a,b.img', snapshot: false, readOnly: false }],
    [
      'd.img,serial=one,,two,bus=virtio-mmio-bus.7',
      { path: 'd.img', snapshot: false, readOnly: false, serial: 'one,two', slot: 7 },
    ],
  ])('%s', (text, option) => {
    expect(parseDriveOption(text)).toEqual(option);
  });

  it.each([
    ['', 'the file comes first'],
    [',snapshot=on', 'the file comes first'],
    ['d.img,snapshot', '"snapshot" has no value'],
    ['d.img,', '"" has no value'],
    ['d.img,snapshot=yes', 'snapshot is on or off, not "yes"'],
    ['d.img,readonly=1', 'readonly is on or off, not "1"'],
    ['d.img,bus=virtio-mmio-bus.8', 'buses are virtio-mmio-bus.0 to .7'],
    ['d.img,format=qcow2', 'the format is raw, not "qcow2"'],
    ['d.img,cache=none', '"cache" is none of snapshot, readonly'],
    ['d.img,serial=äääääääääää', 'at most 20 bytes'],
  ])('refuses "%s"', (text, problem) => {
    expect(() => parseDriveOption(text)).toThrow(InputError);
    expect(() => parseDriveOption(text)).toThrow(`--drive ${text}: `);
    expect(() => parseDriveOption(text)).toThrow(problem);
  });
});
