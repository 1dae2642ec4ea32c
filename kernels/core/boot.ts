/** What every kernel does as it starts: looks whether the machine is one it can run on, and says so. */
import { VITRINE_VERSION } from '../../userland/abi/version';
import { log, logDecimal } from './log';
import { SUPERPAGE_SIZE } from './paging';
import { panic } from './panic';
import { Platform } from './platform';

const MEBIBYTE: u32 = 0x10_0000;

/** Ends the start on a machine that lacks what a kernel needs. */
export function checkPlatform(platform: Platform): void {
  if (platform.timebaseFrequency == 0) panic('the device tree states no timebase-frequency');
  if (platform.plicBase == 0 || platform.plicContext == u32.MAX_VALUE) {
    panic('the device tree has no interrupt controller for this hart');
  }
  if (platform.plicBase % SUPERPAGE_SIZE != 0 || platform.plicSize > 2 * SUPERPAGE_SIZE) {
    panic('the interrupt controller does not fit into the device window');
  }
}

/** One line: which kernel, and on what. */
export function printBanner(kernel: string, platform: Platform): void {
  log('Vitrine ');
  log(kernel);
  log(' ');
  log(VITRINE_VERSION);
  log(': ');
  logDecimal(platform.ramSize / MEBIBYTE);
  log(' MiB RAM, ');
  logDecimal(platform.harts);
  log(platform.harts == 1 ? ' hart, ' : ' harts, one in use, ');
  logDecimal(platform.timebaseFrequency);
  log(' Hz timebase\n');
}
