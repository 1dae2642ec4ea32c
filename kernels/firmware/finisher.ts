/** The SiFive test finisher: ends or restarts the machine. */
import { sw, wfi } from '../../userland/abi/rv';
import { TEST_FINISHER } from './board';

const FINISHER_PASS: u32 = 0x5555;
/** The machine ends with the exit status in the upper half. */
const FINISHER_FAIL: u32 = 0x3333;
const FINISHER_RESET: u32 = 0x7777;
const FAILURE_STATUS: u32 = 1;

function finish(code: u32): void {
  sw(TEST_FINISHER, code);
  while (true) wfi();
}

/** Ends the machine with success. Does not return. */
export function powerOff(): void {
  finish(FINISHER_PASS);
}

/** Ends the machine with exit status 1. Does not return. */
export function fail(): void {
  finish((FAILURE_STATUS << 16) | FINISHER_FAIL);
}

/** Restarts the machine. Does not return. */
export function reboot(): void {
  finish(FINISHER_RESET);
}
