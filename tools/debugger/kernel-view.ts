/** What the debugger asks of a kernel that it knows, whichever it is. */

export interface ProcessView {
  readonly id: number;
  readonly name: string;
  /** As `ps` shows it. */
  readonly state: string;
  /** Physical address of its root page table. */
  readonly root: number;
  /** Of the binary that was loaded; undefined if nobody has said. */
  readonly buildId: string | undefined;
  readonly pages: number;
  readonly threads: number;
  /** Times it was started. */
  readonly incarnation: number;
}

export interface KernelView {
  /** Every process, by id; empty before the kernel has made one. */
  processes(): readonly ProcessView[];
}
