import type { Buffer } from './types';

/**
 * Who hears what became of servers.
 *
 * @protocol 4
 */
export interface Supervisor {
  /**
   * Waits for reports on servers that died, lines of text, and returns their length. There is one
   * reader: another that waits already is sent away with EBUSY.
   *
   * @max report 1024
   * @out report
   */
  nextReport(report: Buffer): i32;
}
