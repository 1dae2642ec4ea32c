/** The kernel's registers at a trap of its own, as entry.s stores them: pc, then x1–x17. */
@unmanaged
export class KernelFrame {
  pc: u32;
  ra: u32;
  sp: u32;
}
