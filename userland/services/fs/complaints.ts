/** What is wrong with the disk, a line each in the kernel's log: a bad disk must not flood it. */
import { log } from 'environment/log';
import { TextBuilder } from '../../runtime/text-builder';

const LINE_BYTES: i32 = 160;
const MOST_LINES: u32 = 12;

@unmanaged
export class Complaints {
  private lines: u32;

  /** Logs `fs: ` and what is wrong, with a number if `number` is not negative. */
  add(problem: string, number: i64 = -1): void {
    if (this.lines > MOST_LINES) return;
    this.lines += 1;
    const text = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(LINE_BYTES),
      LINE_BYTES,
    ).text('fs: ');
    if (this.lines > MOST_LINES) text.text('the disk has more errors; they are not listed');
    else text.text(problem);
    if (this.lines <= MOST_LINES && number >= 0) text.text(' ').decimal(number);
    text.line();
    log(text.address, text.length);
  }
}
