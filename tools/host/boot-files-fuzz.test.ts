/** Files to boot that were changed in any way: a plan, or one line that names the file. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaign } from '../../test/campaign.ts';
import { sampleExecutable } from '../elf/sample-image.ts';
import { parseBootFile } from './boot-files.ts';
import { planBoot } from './boot-plan.ts';
import { InputError } from './command-error.ts';
import { findHtif } from './test-program.ts';

const RAM_BYTES = 16 * 2 ** 20;

/** A Linux Image of two sectors. */
function image(): Uint8Array {
  const bytes = new Uint8Array(1024).fill(0x13);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0x10, 0x2000n, true);
  view.setBigUint64(0x18, 0n, true);
  bytes.set([0x52, 0x53, 0x43, 0x05], 0x38);
  return bytes;
}

describe.each([
  { name: 'an ELF file', path: 'changed.elf', sound: sampleExecutable() },
  { name: 'an Image', path: 'Image', sound: image() },
  { name: 'a flat file', path: 'changed.bin', sound: new Uint8Array(256) },
])('$name', ({ path, sound }) => {
  it('is loaded, or refused in one line', () => {
    const offset = fc.oneof(fc.nat(Math.min(0xff, sound.length - 1)), fc.nat(sound.length - 1));
    const change = fc.record({
      offset,
      value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
    });
    let loaded = 0;
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 8 }),
        fc.option(fc.nat(sound.length), { freq: 10 }),
        (changes, length) => {
          const bytes = sound.slice(0, length ?? sound.length);
          for (const { offset: at, value } of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const { file, elf } = parseBootFile(path, bytes);
            const { parts } = planBoot({
              ...{ ramBytes: RAM_BYTES, kernel: file, firmware: undefined, initrd: undefined },
            });
            for (const part of parts) {
              expect(part.address).toBeGreaterThanOrEqual(0x8000_0000);
              expect(part.address + part.memorySize).toBeLessThanOrEqual(0x8000_0000 + RAM_BYTES);
            }
            findHtif(elf, RAM_BYTES);
            loaded++;
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            const [line, ...more] = String(error).split('\n');
            expect(line).toContain(path);
            expect(more).toEqual([]);
          }
        },
      ),
      campaign(500),
    );
    expect(loaded).toBeGreaterThan(0);
  });
});
