/**
 * How long a disk takes for a request: latency, then bytes by bandwidth. Every figure has a source;
 * latencies follow from the rate at which single random requests of 4 KiB are answered (queue depth
 * 1), less the time in which their bytes pass.
 */
import { CYCLES_PER_SECOND } from '../guest-time.ts';

/** One direction. */
export interface TransferSpeed {
  /** Cycles before the first byte. */
  readonly latency: number;
  /** Infinity: bytes take no time. */
  readonly bytesPerSecond: number;
}

export interface DiskSpeed {
  readonly read: TransferSpeed;
  readonly write: TransferSpeed;
  readonly source: string;
}

/** What a request takes that moves no data, and every request of an instant disk: a microsecond. */
export const REQUEST_LATENCY = 1000;

const RANDOM_BYTES = 4096;
const MEGABYTE = 1_000_000;

/** From requests a second and bandwidth. */
function speed(requestsPerSecond: number, bytesPerSecond: number): TransferSpeed {
  const whole = CYCLES_PER_SECOND / requestsPerSecond;
  const bytes = (RANDOM_BYTES * CYCLES_PER_SECOND) / bytesPerSecond;
  return { latency: Math.round(whole - bytes), bytesPerSecond };
}

const AT_ONCE: TransferSpeed = { latency: REQUEST_LATENCY, bytesPerSecond: Infinity };

export const DISK_SPEEDS = {
  instant: { read: AT_ONCE, write: AT_ONCE, source: 'none: a microsecond for every request' },
  nvme: {
    read: speed(19_000, 3500 * MEGABYTE),
    write: speed(60_000, 3300 * MEGABYTE),
    source: 'Samsung SSD 970 EVO Plus 1 TB, data sheet: 4 KB random at queue depth 1, sequential',
  },
  sd: {
    read: speed(1500, 104 * MEGABYTE),
    write: speed(500, 10 * MEGABYTE),
    source:
      'SD Physical Layer Specification 5.1: application performance class A1 (1500 and 500 requests ' +
      'a second, 10 MB/s written), bus UHS-I SDR104 (104 MB/s read)',
  },
} as const satisfies Readonly<Record<string, DiskSpeed>>;

export type DiskSpeedName = keyof typeof DISK_SPEEDS;

/** How long a request takes, in cycles. */
export function requestCycles({ latency, bytesPerSecond }: TransferSpeed, bytes: number): number {
  return latency + Math.ceil((bytes * CYCLES_PER_SECOND) / bytesPerSecond);
}
