/** The same images on our machine and on QEMU: the same lines typed, the same console read. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { ConsoleSession } from './console-session.ts';
import { QEMU, QEMU_BOOT } from './qemu-boot.ts';
import { MASKS, maskTranscript } from './transcript-masks.ts';
import { describeWithWitness } from './witness.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LINES = [
  'help',
  'ls /',
  'ls /svc',
  'cat motd',
  'cat nothing-of-this-name',
  'echo one  "two three"   four',
  'ls /bin | grep s | wc',
  'echo kept > /tmp/note; cat /tmp/note',
  'sleep 0.1 &',
  'wait',
  'ps',
  'uptime',
  'ping console 10',
  'crash names',
  'ls /svc',
  'crash console',
  'echo the console is back',
  'crash fs',
  'cat motd',
  'crash supervisor',
  'crash init',
  'crash nobody',
  'no-such-command',
  'echo $?',
  'ps',
  'poweroff',
];

describeWithWitness(QEMU, 'the console transcript', () => {
  let ours: string;
  let theirs: string;

  beforeAll(async () => {
    const vitrine = new ConsoleSession(process.execPath, [
      ...[`${ROOT}/bin/vitrine.mjs`, 'boot', 'micro', '--pace', 'free'],
      ...['--max-cycles', '20000000000'],
    ]);
    const qemu = new ConsoleSession(QEMU, [...QEMU_BOOT, '-serial', 'stdio']);
    const [status, qemuStatus] = await Promise.all([vitrine.run(LINES), qemu.run(LINES)]);
    expect(vitrine.errors).toBe('');
    expect([status, qemuStatus]).toEqual([0, 0]);
    ours = vitrine.transcript;
    theirs = qemu.transcript;
  });

  it('is the same here and on QEMU, but for numbers that name time', () => {
    expect(maskTranscript(ours, MASKS)).toBe(maskTranscript(theirs, MASKS));
  });

  it('differs at any other character', () => {
    const masked = maskTranscript(ours, MASKS);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: ours.length - 1 }), (index) => {
        const isMasked = MASKS.some(({ pattern }) =>
          [...ours.matchAll(pattern)].some((match) => {
            const start = match.index + match[0].indexOf(match[1]);
            return index >= start && index < start + match[1].length;
          }),
        );
        const changed = `${ours.slice(0, index)}\u00a7${ours.slice(index + 1)}`;
        return isMasked || maskTranscript(changed, MASKS) !== masked;
      }),
      { numRuns: ours.length },
    );
  });

  it('has every mask used, and on numbers only', () => {
    for (const { name, pattern } of MASKS) {
      const fields = [...ours.matchAll(pattern)].map((match) => match[1]);
      expect(fields, name).not.toHaveLength(0);
      for (const field of fields) expect(field, name).toMatch(/^[\d.,]+$/);
    }
  });
});

it('masks nothing but the field', () => {
  const masks = [{ name: 'cycles', pattern: /took (\d+) cycles/g }];
  expect(maskTranscript('took 12 cycles, 12 bytes', masks)).toBe('took # cycles, 12 bytes');
});
