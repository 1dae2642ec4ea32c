/** Length of an `ecall`, which has no short form. */
export const ECALL_BYTES: u32 = 4;

/**
 * The registers of whatever trapped into M-mode, as trap.s lays them out on the firmware's stack:
 * `mepc` in the place of x0, then x1–x31, then `mstatus`.
 */
@unmanaged
export class TrapFrame {
  mepc: u32;
  ra: u32;
  sp: u32;
  gp: u32;
  tp: u32;
  t0: u32;
  t1: u32;
  t2: u32;
  s0: u32;
  s1: u32;
  a0: u32;
  a1: u32;
  a2: u32;
  a3: u32;
  a4: u32;
  a5: u32;
  a6: u32;
  a7: u32;
  s2: u32;
  s3: u32;
  s4: u32;
  s5: u32;
  s6: u32;
  s7: u32;
  s8: u32;
  s9: u32;
  s10: u32;
  s11: u32;
  t3: u32;
  t4: u32;
  t5: u32;
  t6: u32;
  mstatus: u32;

  /** Answers an SBI call: error in a0, value in a1 (SBI 2.0, binary encoding). */
  answer(error: i32, value: u32): void {
    this.a0 = error as u32;
    this.a1 = value;
  }
}

// trap.s knows these places as numbers.
if (offsetof<TrapFrame>('a0') != 40) ERROR('TrapFrame.a0 is not where trap.s stores it');
if (offsetof<TrapFrame>('mstatus') != 128) ERROR('TrapFrame.mstatus is not where trap.s stores it');
