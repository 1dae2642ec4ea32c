/**
 * Going to and fro within a boot of the microkernel, with lines typed into it: wherever one goes, the
 * machine is in the state that it has there when it runs straight on.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { MemoryDisk } from '../machine/devices/virtio/disk.ts';
import { SnapshotDisk } from '../machine/devices/virtio/snapshot-disk.ts';
import { RAM_BASE } from '../machine/bus/physical-memory.ts';
import { Random } from '../machine/engine/testing/random-programs.ts';
import { History } from '../machine/history/history.ts';
import { readBootFile, readInitrd } from '../tools/host/boot-files.ts';
import { planBoot } from '../tools/host/boot-plan.ts';
import { SymbolTable } from '../tools/host/symbol-table.ts';
import { VirtGuest } from '../tools/host/virt-guest.ts';
import { build } from '../tools/images/build.ts';
import { MICRO_FILES } from '../tools/images/folders.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MEBIBYTE = 2 ** 20;
const RAM = 48 * MEBIBYTE;
/** The lines are typed at these cycles. */
const TYPED = [
  { cycle: 60_000_000, line: 'echo one > /tmp/first\r' },
  { cycle: 75_000_000, line: 'cat /tmp/first\r' },
  { cycle: 90_000_000, line: 'crash names\r' },
];
const END = 110_000_000;
const JUMPS = process.env['VITRINE_CAMPAIGN'] === 'full' ? 1000 : 20;

/** What the machine's state is at a moment, without SHA-256 over all of its RAM. */
function fingerprint({ machine }: VirtGuest): string {
  const ram = new Uint8Array(RAM);
  machine.readPhysical(RAM_BASE, ram);
  return createHash('md5').update(machine.describeState()).update(ram).digest('hex');
}

function start(): { guest: VirtGuest; printed: () => string } {
  const file = (path: string): string => `${ROOT}/${path}`;
  let text = '';
  const plan = planBoot({
    ramBytes: RAM,
    kernel: readBootFile(file(MICRO_FILES.kernel), 'kernel').file,
    firmware: readBootFile(file(MICRO_FILES.firmware), 'firmware').file,
    initrd: readInitrd(file(MICRO_FILES.initrd)),
  });
  const disk = new SnapshotDisk(new MemoryDisk(readFileSync(file(MICRO_FILES.disk))));
  const guest = new VirtGuest({
    ramBytes: RAM,
    plan,
    bootargs: undefined,
    board: { drives: [{ disk }] },
    symbols: new SymbolTable([]),
    transmit: (byte) => {
      text += String.fromCharCode(byte);
    },
  });
  return { guest, printed: () => text };
}

const type = (guest: VirtGuest, line: string): void => {
  guest.type(new TextEncoder().encode(line));
};

beforeAll(async () => {
  await build({ root: ROOT, terminal: process.stderr, goal: 'micro' });
});

test('a jump to any moment of a boot leads to the state that a straight run has there', () => {
  const random = new Random(1);
  const moments = Array.from({ length: JUMPS }, () => 1 + random.below(END - 1));
  const straight = start();
  const expected = new Map<number, string>();
  const stops = [...moments, ...TYPED.map(({ cycle }) => cycle), END].sort((a, b) => a - b);
  for (const cycle of stops) {
    straight.guest.machine.run(cycle - straight.guest.cycle, { idle: 'skip' });
    straight.guest.machine.advanceIdle(cycle);
    expected.set(cycle, fingerprint(straight.guest));
    const typed = TYPED.find((each) => each.cycle === cycle);
    if (typed !== undefined) type(straight.guest, typed.line);
  }
  expect(straight.printed()).toContain('supervisor: names died');
  expect(straight.printed()).toContain('\none');

  const { guest } = start();
  const history = new History(guest.machine, guest.door, { memoryBytes: 64 * MEBIBYTE });
  for (const { cycle, line } of TYPED) {
    history.runTo({ cycle });
    type(guest, line);
  }
  history.runTo({ cycle: END });
  expect(fingerprint(guest)).toBe(expected.get(END));
  for (const cycle of moments) {
    expect(history.runTo({ cycle })).toEqual({ reason: 'budget' });
    expect([cycle, fingerprint(guest)]).toEqual([cycle, expected.get(cycle)]);
  }
  expect(history.bytes).toBeLessThan(64 * MEBIBYTE);
});
