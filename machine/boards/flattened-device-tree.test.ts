import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaign } from '../../test/campaign.ts';
import { DeviceTreeError, readDeviceTree, type ReadNode } from './device-tree-reader.ts';
import {
  writeDeviceTree,
  type DeviceTreeNode,
  type PropertyValue,
} from './flattened-device-tree.ts';

const view = (blob: Uint8Array) => new DataView(blob.buffer, blob.byteOffset);

describe('the blob', () => {
  const blob = writeDeviceTree(
    {
      name: '',
      properties: { model: 'a', reg: [1, 0xffff_fffe], ranges: true, compatible: ['b', 'cd'] },
      children: [{ name: 'x@1', properties: { model: 'e', raw: Uint8Array.of(1, 2, 3) } }],
    },
    3,
  );

  it('has a header of version 17 whose blocks fill it', () => {
    const header = Array.from({ length: 10 }, (_, at) => view(blob).getUint32(4 * at));
    const [
      magic,
      total,
      structs,
      strings,
      reserved,
      version,
      last,
      boot,
      sizeStrings,
      sizeStructs,
    ] = header;
    expect([magic, version, last, boot]).toEqual([0xd00d_feed, 17, 16, 3]);
    expect(total).toBe(blob.length);
    expect(reserved % 8).toBe(0);
    expect(structs).toBe(reserved + 16);
    expect(structs % 4).toBe(0);
    expect(strings).toBe(structs + sizeStructs);
    expect(strings + sizeStrings).toBe(total);
  });

  it('holds every value in its form', () => {
    const root = readDeviceTree(blob);
    const bytes = (node: ReadNode, name: string) => [...(node.properties.get(name) ?? [])];
    expect(bytes(root, 'model')).toEqual([0x61, 0]);
    expect(bytes(root, 'reg')).toEqual([0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe]);
    expect(bytes(root, 'ranges')).toEqual([]);
    expect(bytes(root, 'compatible')).toEqual([0x62, 0, 0x63, 0x64, 0]);
    expect(root.children.map(({ name }) => name)).toEqual(['x@1']);
    expect(bytes(root.children[0], 'raw')).toEqual([1, 2, 3]);
  });

  it('names each property once', () => {
    const text = new TextDecoder('latin1').decode(blob);
    expect(text.split('model\0').length).toBe(2);
  });
});

it('refuses text with a NUL in it', () => {
  expect(() => writeDeviceTree({ name: '', properties: { bootargs: 'a\0b' } })).toThrow(RangeError);
});

const text = fc.string({ unit: 'grapheme' });
const value: fc.Arbitrary<PropertyValue> = fc.oneof(
  text,
  fc.array(text, { minLength: 1 }),
  fc.array(fc.nat(0xffff_ffff)),
  fc.uint8Array(),
  fc.constant(true as const),
);
const name = fc.stringMatching(/^[a-z][a-z0-9,#-]{0,8}$/);

function nodes(depth: number): fc.Arbitrary<DeviceTreeNode> {
  const properties = fc.dictionary(name, value, { maxKeys: 4 });
  if (depth === 0) return fc.record({ name, properties });
  const children = fc.uniqueArray(nodes(depth - 1), {
    maxLength: 3,
    selector: (node) => node.name,
  });
  return fc.record({ name, properties, children });
}

function expectedBytes(property: PropertyValue): number[] {
  if (property === true) return [];
  if (typeof property === 'string') return [...Buffer.from(property), 0];
  if (property instanceof Uint8Array) return [...property];
  return property.flatMap((part) => {
    if (typeof part === 'string') return [...Buffer.from(part), 0];
    const cell = Buffer.alloc(4);
    cell.writeUInt32BE(part);
    return [...cell];
  });
}

function expectSame(read: ReadNode, written: DeviceTreeNode): void {
  expect(read.name).toBe(written.name);
  const expected = Object.entries(written.properties).map(
    ([key, property]) => [key, expectedBytes(property)] as const,
  );
  expect([...read.properties].map(([key, bytes]) => [key, [...bytes]])).toEqual(expected);
  const children = written.children ?? [];
  expect(read.children.length).toBe(children.length);
  children.forEach((child, at) => expectSame(read.children[at], child));
}

describe('any tree', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(nodes(2), (root) => expectSame(readDeviceTree(writeDeviceTree(root)), root)),
      { numRuns: 100, seed: 1 },
    );
  });

  it('that is cut off or scrambled is refused and never hangs', () => {
    const blob = writeDeviceTree({ name: '', properties: { a: [1], b: 'text' } });
    const damage = fc.tuple(fc.nat(blob.length), fc.nat(blob.length - 1), fc.nat(0xff));
    fc.assert(
      fc.property(damage, ([length, at, byte]) => {
        const damaged = blob.slice(0, length);
        if (at < length) damaged[at] = byte;
        try {
          readDeviceTree(damaged);
        } catch (error) {
          expect(error instanceof DeviceTreeError || error instanceof RangeError).toBe(true);
        }
      }),
      campaign(300),
    );
  });
});

describe('a corrupt blob', () => {
  const sound = writeDeviceTree({
    name: '',
    properties: { compatible: ['a', 'b'], reg: [1, 2] },
    children: [
      { name: 'soc', properties: { ranges: true }, children: [{ name: 'x@1', properties: {} }] },
    ],
  });

  it('is refused, or read as something, whatever was changed', () => {
    const change = fc.record({
      offset: fc.nat(sound.length - 1),
      value: fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 9, 0x80, 0xff), fc.nat(255)),
    });
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat(sound.length), { freq: 10 }),
        (changes, length) => {
          const blob = sound.slice(0, length ?? sound.length);
          for (const { offset, value } of changes) {
            if (offset < blob.length) blob[offset] = value;
          }
          try {
            readDeviceTree(blob);
          } catch (error) {
            refused++;
            expect(error).toBeInstanceOf(DeviceTreeError);
          }
        },
      ),
      campaign(1000),
    );
    expect(refused).toBeGreaterThan(0);
  });

  it('cannot nest without end', () => {
    const deep = new Uint8Array(0x10_0000);
    const view = new DataView(deep.buffer);
    [0xd00d_feed, deep.length, 40, 40, 40, 17, 16].forEach((cell, at) =>
      view.setUint32(4 * at, cell),
    );
    for (let at = 40; at < deep.length; at += 8) view.setUint32(at, 1);
    expect(() => readDeviceTree(deep)).toThrow('more than 64 nodes in one another');
  });
});
