/** A queue of bytes in memory of fixed size. */
@unmanaged
export class ByteRing {
  private bytes: usize;
  /** A power of two. */
  private capacity: u32;
  /** Counted on, not wrapped: their difference is the number of bytes inside. */
  private added: u32;
  private taken: u32;

  static on(ring: usize, bytes: usize, capacity: u32): ByteRing {
    const made = changetype<ByteRing>(ring);
    made.bytes = bytes;
    made.capacity = capacity;
    made.clear();
    return made;
  }

  /**
   * A ring in memory that outlived whoever filled it: as it was left, or empty if it makes no sense.
   * `bytes` has to lie where it lay then.
   */
  static resume(ring: usize, bytes: usize, capacity: u32): ByteRing {
    const found = changetype<ByteRing>(ring);
    const isSound = found.bytes == bytes && found.capacity == capacity && found.length <= capacity;
    return isSound ? found : ByteRing.on(ring, bytes, capacity);
  }

  clear(): void {
    this.added = 0;
    this.taken = 0;
  }

  get length(): u32 {
    return this.added - this.taken;
  }

  get room(): u32 {
    return this.capacity - this.length;
  }

  /** The caller has seen that there is room. */
  add(byte: u8): void {
    store<u8>(this.bytes + (this.added & (this.capacity - 1)), byte);
    this.added += 1;
  }

  /** The caller has seen that there is a byte. */
  take(): u8 {
    const byte = load<u8>(this.bytes + (this.taken & (this.capacity - 1)));
    this.taken += 1;
    return byte;
  }
}
