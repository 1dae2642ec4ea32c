import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryDisk } from './disk.ts';
import { campaign } from '../../../test/campaign.ts';
import { SnapshotDisk } from './snapshot-disk.ts';

/** Two chunks and a bit. */
const BYTES = 2 * 0x1_0000 + 0x400;
const CONTENTS = Uint8Array.from({ length: BYTES }, (_, at) => (at * 7) % 251);
const contents = () => CONTENTS.slice();

const range = fc
  .record({ offset: fc.nat(BYTES), length: fc.nat(BYTES) })
  .map(({ offset, length }) => ({ offset, length: Math.min(length, BYTES - offset) }));
const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), range, byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('zero' as const), range }),
  fc.record({ kind: fc.constant('read' as const), range }),
);

describe('a snapshot', () => {
  it('reads what was written to it, and leaves the disk below alone', () => {
    const base = new MemoryDisk(contents(), true);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const disk = new SnapshotDisk(base);
        const model = contents();
        for (const {
          kind,
          range: { offset, length },
          ...rest
        } of steps) {
          if (kind === 'write') {
            const data = new Uint8Array(length).fill('byte' in rest ? rest.byte : 0);
            expect(disk.write(offset, data)).toBe(true);
            model.set(data, offset);
          } else if (kind === 'zero') {
            expect(disk.writeZeroes(offset, length)).toBe(true);
            model.fill(0, offset, offset + length);
          } else {
            const target = new Uint8Array(length);
            expect(disk.read(offset, target)).toBe(true);
            expect(Buffer.compare(target, model.subarray(offset, offset + length))).toBe(0);
          }
        }
      }),
      campaign(150),
    );
    expect(Buffer.compare(base.contents, contents())).toBe(0);
  });

  it('can be written although the disk below cannot', () => {
    expect(new SnapshotDisk(new MemoryDisk(contents(), true)).isReadOnly).toBe(false);
  });

  it('passes on that the disk below cannot be read', () => {
    const base = new MemoryDisk(contents());
    base.read = () => false;
    const disk = new SnapshotDisk(base);
    expect(disk.read(0, new Uint8Array(512))).toBe(false);
    expect(disk.write(0, new Uint8Array(512))).toBe(false);
    expect(disk.writeZeroes(0, 512)).toBe(false);
    // What is overwritten whole need not be read.
    expect(disk.writeZeroes(0, 0x1_0000)).toBe(true);
    expect(disk.read(0, new Uint8Array(512))).toBe(true);
  });
});
