/**
 * What is wrong with the disk, a line each in the kernel's log: a bad disk must not flood it, so that
 * nothing is said twice in a row, and not more than a few lines.
 */
import { log } from 'environment/log';
import { TextBuilder } from '../../runtime/text-builder';

/** Where the disk is found. */
export const BLOCK_PATH = '/svc/block';

const LINE_BYTES: i32 = 160;
const MOST_LINES: u32 = 12;

@unmanaged
export class Complaints {
  private lines: u32;
  /** What was said last: the literal's address, and the number. */
  private lastProblem: usize;
  private lastNumber: i64;

  /** Logs `fs: `, the disk's path and what is wrong, with a number if `number` is not negative. */
  add(problem: string, number: i64 = -1): void {
    if (this.lines > MOST_LINES) return;
    const isSame = changetype<usize>(problem) == this.lastProblem && number == this.lastNumber;
    if (isSame) return;
    this.lastProblem = changetype<usize>(problem);
    this.lastNumber = number;
    this.lines += 1;
    const text = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(LINE_BYTES),
      LINE_BYTES,
    )
      .text('fs: ')
      .text(BLOCK_PATH)
      .text(': ');
    if (this.lines > MOST_LINES) text.text('the disk has more errors; they are not listed');
    else text.text(problem);
    if (this.lines <= MOST_LINES && number >= 0) text.text(' ').decimal(number);
    text.line();
    log(text.address, text.length);
  }
}
