/**
 * Sstc: S-mode's own timer. While `menvcfg.STCE` is set, `mip.STIP` says whether `time` has reached
 * `stimecmp`; while it is clear, STIP is an ordinary bit that M-mode writes.
 *
 * Source: RISC-V "stimecmp / vstimecmp" extension 1.0.0.
 */
import type { Alarm, Timebase } from '../devices/device.ts';
import type { HartState } from './hart-state.ts';
import { InterruptBit, type HartInterrupts, type TimeSource } from './interrupts.ts';
import { HartWord } from './state-layout.ts';
import { Menvcfgh } from './environment.ts';

export class SupervisorTimer {
  readonly #hart: HartState;
  readonly #pins: HartInterrupts;
  readonly #time: TimeSource;
  readonly #timebase: Timebase;
  readonly #alarm: Alarm;

  constructor(hart: HartState, pins: HartInterrupts, time: TimeSource, timebase: Timebase) {
    this.#hart = hart;
    this.#pins = pins;
    this.#time = time;
    this.#timebase = timebase;
    this.#alarm = timebase.alarm(`stimecmp ${hart.index}`, () => {
      this.#setPending(true);
    });
    time.onTimeSet(() => {
      this.update();
    });
  }

  get isEnabled(): boolean {
    return (this.#hart.words[HartWord.Menvcfgh] & Menvcfgh.STCE) !== 0;
  }

  /** Follows a change of `stimecmp`, of the time, or of whether the timer is there. */
  update(): void {
    if (!this.isEnabled) {
      this.#alarm.clear();
      this.#setPending(false);
      return;
    }
    const { words } = this.#hart;
    const low = words[HartWord.Stimecmp] >>> 0;
    const due = this.#time.dueCycle(low, words[HartWord.Stimecmp + 1] >>> 0);
    const isDue = due <= this.#timebase.now;
    this.#setPending(isDue);
    if (isDue || due === Infinity) {
      this.#alarm.clear();
    } else {
      this.#alarm.set(due);
    }
  }

  #setPending(level: boolean): void {
    this.#pins.setPending(InterruptBit.SupervisorTimer, level);
  }
}
