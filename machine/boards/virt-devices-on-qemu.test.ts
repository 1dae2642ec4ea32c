/**
 * The same random register accesses on our devices and on QEMU's, through QEMU's qtest protocol
 * with the guest's time standing still. What every read returns is compared.
 */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { detachedBoard } from './detached-board.ts';

const QEMU = 'qemu-system-riscv32';
const HARTS = 2;
const RAM_BYTES = 0x800_0000;
/** One seed, so that a difference shows again; every run makes the same accesses. */
const SEED = 20_260_518;
const ACCESSES = 6000;

const UART = 0x1000_0000;
const PLIC = 0x0c00_0000;
const CLINT = 0x0200_0000;
const FINISHER = 0x0010_0000;
const FINISHER_PASS = 0x5555;
/** QEMU ends by itself; this only bounds one that does not. */
const HANG_MILLISECONDS = 60_000;

interface Access {
  readonly address: number;
  readonly width: 1 | 4;
  /** What is written; a read if absent. */
  readonly value?: number;
}

const byte = fc.integer({ min: 0, max: 0xff });
const word = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.nat(0xffff_ffff));

function access(address: number, width: 1 | 4, value: fc.Arbitrary<number>): fc.Arbitrary<Access> {
  return fc.oneof(
    fc.constant<Access>({ address, width }),
    value.map((written): Access => ({ address, width, value: written })),
  );
}

/** LCR without DLAB most of the time, MCR mostly in loopback: only so does the UART receive here. */
const uartAccess = fc.oneof(
  { weight: 6, arbitrary: access(UART + 0, 1, byte) },
  { weight: 2, arbitrary: access(UART + 1, 1, byte) },
  { weight: 4, arbitrary: access(UART + 2, 1, byte) },
  { weight: 1, arbitrary: access(UART + 3, 1, fc.constantFrom(0x03, 0x1b, 0x03, 0x83)) },
  { weight: 1, arbitrary: access(UART + 4, 1, fc.constantFrom(0x10, 0x1f, 0x1b, 0x1b, 0x0b)) },
  { weight: 2, arbitrary: access(UART + 5, 1, byte) },
  { weight: 1, arbitrary: access(UART + 6, 1, byte) },
  { weight: 1, arbitrary: access(UART + 7, 1, byte) },
);

const CONTEXTS = [0, 1, 2, 3] as const;
const context = fc.constantFrom(...CONTEXTS);
const UART_SOURCE = 10;
const plicAccess = fc.oneof(
  access(PLIC + 4 * UART_SOURCE, 4, word),
  fc.integer({ min: 1, max: 95 }).chain((source) => access(PLIC + 4 * source, 4, word)),
  fc
    .integer({ min: 0, max: 2 })
    .map((index): Access => ({ address: PLIC + 0x1000 + 4 * index, width: 4 })),
  fc
    .tuple(context, fc.integer({ min: 0, max: 2 }))
    .chain(([target, index]) => access(PLIC + 0x2000 + 0x80 * target + 4 * index, 4, word)),
  context.map((target): Access => ({
    address: PLIC + 0x2000 + 0x80 * target,
    width: 4,
    value: 0xffff_ffff,
  })),
  context.chain((target) => access(PLIC + 0x20_0000 + 0x1000 * target, 4, word)),
  context.chain((target) =>
    access(PLIC + 0x20_0004 + 0x1000 * target, 4, fc.constantFrom(UART_SOURCE, 9, 96, 0)),
  ),
);

const hart = fc.integer({ min: 0, max: HARTS - 1 });
const clintAccess = fc.oneof(
  hart.chain((index) => access(CLINT + 4 * index, 4, word)),
  hart.chain((index) => access(CLINT + 0x4000 + 8 * index, 4, word)),
  hart.chain((index) => access(CLINT + 0x4004 + 8 * index, 4, word)),
  access(CLINT + 0xbff8, 4, word),
  access(CLINT + 0xbffc, 4, word),
);

/** Runs the accesses on QEMU; the value of each read, in order. */
function readsOnQemu(accesses: readonly Access[]): number[] {
  const script = accesses.map(({ address, width, value }) => {
    const suffix = width === 1 ? 'b' : 'l';
    const place = `0x${address.toString(16)}`;
    return value === undefined
      ? `read${suffix} ${place}`
      : `write${suffix} ${place} 0x${value.toString(16)}`;
  });
  // QEMU does not end with its input: the finisher ends it.
  script.push(`writel 0x${FINISHER.toString(16)} 0x${FINISHER_PASS.toString(16)}`);
  const { stdout, stderr } = spawnSync(
    QEMU,
    [
      ...['-machine', 'virt', '-smp', `${HARTS}`, '-bios', 'none', '-S', '-display', 'none'],
      ...['-serial', 'null', '-qtest', 'stdio', '-qtest-log', 'none'],
    ],
    { input: `${script.join('\n')}\n`, encoding: 'utf8', timeout: HANG_MILLISECONDS },
  );
  const replies = stdout.split('\n').filter((line) => line.startsWith('OK'));
  if (replies.length !== accesses.length) {
    throw new Error(`${QEMU} answered ${replies.length} of ${accesses.length} accesses: ${stderr}`);
  }
  return replies
    .filter((_, index) => accesses[index].value === undefined)
    .map((reply) => Number(reply.slice(3)));
}

/** Runs the accesses on our board; the value of each read, in order. */
function readsOnOurs(accesses: readonly Access[]): number[] {
  const { bus } = detachedBoard({ ramBytes: RAM_BYTES, harts: HARTS });
  const values: number[] = [];
  for (const { address, width, value } of accesses) {
    if (value !== undefined) expect(bus.write(address, width, value)).toBe(true);
    else values.push(bus.read(address, width) ?? -1);
  }
  return values;
}

function firstDifference(accesses: readonly Access[], ours: number[], theirs: number[]): string {
  let read = 0;
  for (const [index, { address, value }] of accesses.entries()) {
    if (value !== undefined) continue;
    if (ours[read] !== theirs[read]) {
      const history = accesses
        .slice(Math.max(0, index - 12), index + 1)
        .map(
          (a) =>
            `${a.value === undefined ? 'read' : `write 0x${a.value.toString(16)} to`} 0x${a.address.toString(16)}`,
        );
      return `access ${index}, read of 0x${address.toString(16)}: ours ${ours[read]}, QEMU's ${theirs[read]}, after\n${history.join('\n')}`;
    }
    read++;
  }
  return '';
}

function compare(accessOfDevice: fc.Arbitrary<Access>): void {
  const accesses = fc.sample(accessOfDevice, { seed: SEED, numRuns: ACCESSES });
  const ours = readsOnOurs(accesses);
  const theirs = readsOnQemu(accesses);
  expect(ours.length).toBeGreaterThan(ACCESSES / 10);
  expect(firstDifference(accesses, ours, theirs)).toBe('');
}

describeWithWitness(QEMU, 'register accesses as on QEMU', () => {
  it('UART', () => compare(uartAccess));
  it('CLINT, with time standing still', () => compare(clintAccess));
  it('PLIC with the UART as its source', () => compare(fc.oneof(plicAccess, uartAccess)));
});
