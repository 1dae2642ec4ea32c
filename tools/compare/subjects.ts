/** What is compared, in the order of the tables. */
import { Measurement, MeasurementBytes } from '../../userland/abi/measurement.enums.ts';

const KIBIBYTE = 1024;

export interface Subject {
  readonly measurement: Measurement;
  /** In `--json`. */
  readonly key: string;
  readonly name: string;
  /** What was measured is this many times what is shown. */
  readonly units: number;
}

export const SUBJECTS: readonly Subject[] = [
  { measurement: Measurement.NullCall, key: 'nullCall', name: 'null system call', units: 1 },
  { measurement: Measurement.ServiceCall, key: 'serviceCall', name: 'service call', units: 1 },
  {
    measurement: Measurement.RoundTrip,
    key: 'roundTrip',
    name: 'two context switches (pipes)',
    units: 1,
  },
  {
    measurement: Measurement.OpenUncached,
    key: 'openUncached',
    name: 'open, read 4 KiB, close: uncached',
    units: 1,
  },
  {
    measurement: Measurement.OpenCached,
    key: 'openCached',
    name: 'open, read 4 KiB, close: cached',
    units: 1,
  },
  { measurement: Measurement.ReadCached, key: 'readCached', name: 'read 4 KiB: cached', units: 1 },
  {
    measurement: Measurement.PipeThroughput,
    key: 'pipeKibibyte',
    name: 'pipe, per KiB',
    units: MeasurementBytes.Pipe / KIBIBYTE,
  },
  { measurement: Measurement.Spawn, key: 'spawn', name: 'spawn and wait', units: 1 },
];
