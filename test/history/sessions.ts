/**
 * Sessions with the guest of consumer.ts: machines of all kinds, random schedules of what comes in and
 * when, and the ways in which a session is run, recorded, repeated and looked at.
 */
import { createHash } from 'node:crypto';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import type { HostEnd, HostPicture } from '../../machine/devices/host-end.ts';
import { MemoryDisk } from '../../machine/devices/virtio/disk.ts';
import { SnapshotDisk } from '../../machine/devices/virtio/snapshot-disk.ts';
import { Random } from '../../machine/engine/testing/random-programs.ts';
import { INPUT_KINDS, type Input } from '../../machine/history/input.ts';
import type { InputRecord, RecordedInput } from '../../machine/history/input-record.ts';
import type { RunOptions, RunResult } from '../../machine/machine.ts';
import { PRESETS } from '../../machine/timing/inorder/parameters.ts';
import { SymbolTable } from '../../tools/host/symbol-table.ts';
import { VirtGuest } from '../../tools/host/virt-guest.ts';
import { consumerParts } from './consumer.ts';

const MEBIBYTE = 2 ** 20;
const DISK_BYTES = 16 * 512;
const MAC = Uint8Array.of(0x52, 0x54, 0, 1, 2, 3);
const STOP: RunOptions = { idle: 'stop' };

/** What a machine of a session is made of. */
export interface Model {
  readonly seed: number;
  readonly harts: number;
  readonly clock: (typeof CLOCKS)[number];
}

export const CLOCKS = ['functional', 'u54', 'tiny'] as const;

/** An input and how many cycles after the one before it comes. */
export interface Scheduled {
  readonly wait: number;
  readonly input: Input;
}

/** Everything that the guest has sent, in order; it goes back with the machine. */
class Sent implements HostEnd {
  readonly name = 'sent';
  private bytes: number[] = [];

  add(...bytes: readonly number[]): void {
    this.bytes.push(...bytes);
  }

  get digest(): string {
    return `${this.bytes.length} ${createHash('md5').update(Uint8Array.from(this.bytes)).digest('hex')}`;
  }

  save(): HostPicture {
    return new Map([[0, Uint8Array.from(this.bytes)]]);
  }

  restore(picture: HostPicture): void {
    this.bytes = [...(picture.get(0) ?? [])];
  }
}

export interface Stage {
  readonly guest: VirtGuest;
  readonly sent: Sent;
}

/** A machine of that kind in its state after power-on, with everything loaded. */
export function stage({ seed, harts, clock }: Model): Stage {
  const sent = new Sent();
  const disk = new SnapshotDisk(new MemoryDisk(new Uint8Array(DISK_BYTES).fill(seed & 0xff)));
  const guest = new VirtGuest({
    ramBytes: MEBIBYTE,
    plan: { parts: consumerParts(seed, harts), kernelEntry: undefined, initrd: undefined },
    bootargs: undefined,
    board: {
      harts,
      inorder: clock === 'functional' ? undefined : PRESETS[clock],
      startTime: BigInt(seed >>> 0) * 1_000_003n,
      drives: [{ disk }],
      net: {
        mac: MAC,
        port: { send: (frame) => sent.add(1, ...frame), received: () => undefined },
      },
      others: [
        { kind: 'console', port: { transmit: (byte) => sent.add(2, byte) } },
        { kind: 'entropy', seed: seed >>> 0 },
      ],
    },
    symbols: new SymbolTable([]),
    transmit: (byte) => sent.add(0, byte),
  });
  return { guest, sent };
}

/** Random inputs at random distances, short ones mostly: several may come at one moment. */
export function randomSchedule(random: Random, mayReset: boolean): readonly Scheduled[] {
  return Array.from({ length: 3 + random.below(12) }, () => {
    const kind = random.pick(INPUT_KINDS);
    const length = kind === 'frame' ? 14 + random.below(80) : 1 + random.below(30);
    const bytes = Uint8Array.from({ length }, () => 0x30 + random.below(64));
    // Broadcast frames, as the card takes them.
    if (kind === 'frame') bytes.fill(0xff, 0, 6);
    if (kind === 'serial' && mayReset && random.chance(20)) bytes[0] = '!'.charCodeAt(0);
    return {
      wait: random.chance(15) ? 0 : random.below(random.pick([50, 3000, 15_000])),
      input: { kind, bytes },
    };
  });
}

/** What lets a machine go on: itself, or a history. */
export interface Runner {
  run(budget: number, options: RunOptions): RunResult;
  advanceIdle(cycle: number): void;
  reset(): void;
}

export const plainly = ({ guest }: Stage): Runner => ({
  run: (budget, options) => guest.machine.run(budget, options),
  advanceIdle: (cycle) => guest.advanceTo(cycle),
  reset: () => guest.reset(),
});

/** Lets so many cycles pass, in slices of random lengths, and time at random where the guest waits. */
export function pass({ guest }: Stage, runner: Runner, cycles: number, random: Random): void {
  const { machine } = guest;
  let left = cycles;
  while (left > 0) {
    const before = machine.cycle;
    const result = runner.run(Math.min(left, 1 + random.below(3000)), STOP);
    left -= machine.cycle - before;
    if (result.reason === 'reset') {
      runner.reset();
    } else if (result.reason === 'waiting') {
      const at = machine.cycle;
      runner.advanceIdle(Math.min(result.nextEvent, at + Math.min(left, 1 + random.below(5000))));
      left -= machine.cycle - at;
    } else if (result.reason !== 'budget') {
      throw new Error(`the guest has ended: ${JSON.stringify(result)}`);
    }
  }
}

/** Runs a whole session, and a little more behind the last input. */
export function play(
  stage: Stage,
  runner: Runner,
  schedule: readonly Scheduled[],
  random: Random,
): void {
  for (const { wait, input } of schedule) {
    pass(stage, runner, wait, random);
    stage.guest.door.offer(input);
  }
  pass(stage, runner, 1 + random.below(10_000), random);
}

/** Where a machine stands and what it has sent; the same at the same moment of the same run. */
export async function outcome({ guest, sent }: Stage): Promise<readonly unknown[]> {
  const { machine, resets } = guest;
  return [
    resets,
    machine.instant,
    machine.instructionsRetired,
    sent.digest,
    await machine.stateHash(),
  ];
}

/** The same, found faster. */
export function glimpse({ guest, sent }: Stage): string {
  const { machine, resets } = guest;
  const ram = new Uint8Array(MEBIBYTE);
  machine.readPhysical(RAM_BASE, ram);
  return createHash('md5')
    .update(JSON.stringify([resets, machine.instant, sent.digest]))
    .update(machine.describeState())
    .update(ram)
    .digest('hex');
}

/** A record with other inputs. */
export const withInputs = (record: InputRecord, inputs: readonly RecordedInput[]): InputRecord => ({
  ...record,
  inputs,
});
