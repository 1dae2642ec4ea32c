/** Interrupts a sleep: the terminal calls `wake` when input has come or the person wants to leave. */
export class WakeSource {
  private readonly sleepers = new Set<() => void>();

  wake(): void {
    for (const sleeper of [...this.sleepers]) sleeper();
  }

  /** Calls `onWake` at each `wake` until the returned function is called. */
  subscribe(onWake: () => void): () => void {
    this.sleepers.add(onWake);
    return () => {
      this.sleepers.delete(onWake);
    };
  }
}
