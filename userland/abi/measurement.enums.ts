/** What the program `bench` measures; `vitrine compare` reads the same list. */
export const enum Measurement {
  /** Nothing: what measuring itself costs. */
  Overhead = 0,
  NullCall = 1,
  /** `ping` of a service. */
  ServiceCall = 2,
  /** A byte to another process and one back, through pipes. */
  RoundTrip = 3,
  /** Open a file, read its first 4 KiB, close it: none of them was read before. */
  OpenUncached = 4,
  OpenCached = 5,
  /** 4 KiB of an open file that were read before. */
  ReadCached = 6,
  /** MeasurementBytes.Pipe to another process through a pipe. */
  PipeThroughput = 7,
  /** Start a program that ends at once, and wait for it. */
  Spawn = 8,
  /** Number of measurements. */
  Count = 9,
}

/** How much is moved at a time. */
export const enum MeasurementBytes {
  /** Read from a file. */
  Read = 4096,
  /** Through a pipe. */
  Pipe = 65536,
}
