/**
 * The UART 16550A, polled: the console of firmware and of the kernel's own messages. A driver above
 * may own it at the same time; all that is shared is the transmitter.
 * Registers: PC16550D data sheet, table II.
 */
import { lbu, sb } from '../../userland/abi/rv';
import { UART } from './board';

/** Receive buffer (read), transmit holding (write), divisor low (DLAB set). */
const RBR: u32 = UART + 0;
const THR: u32 = UART + 0;
const DLL: u32 = UART + 0;
/** Interrupt enable, divisor high (DLAB set). */
const IER: u32 = UART + 1;
const DLM: u32 = UART + 1;
/** FIFO control. */
const FCR: u32 = UART + 2;
/** Line control. */
const LCR: u32 = UART + 3;
/** Line status. */
const LSR: u32 = UART + 5;

const FCR_ENABLE: u32 = 0x01;
const LCR_EIGHT_BITS: u32 = 0x03;
const LCR_DLAB: u32 = 0x80;
const LSR_DATA_READY: u32 = 0x01;
const LSR_THR_EMPTY: u32 = 0x20;

/** 3,686,400 Hz / (16 × 115,200 baud). */
const DIVISOR: u32 = 2;

/** 115,200 baud, eight bits, no parity, one stop bit, FIFOs on, no interrupts. */
export function initialiseUart(): void {
  sb(IER, 0);
  sb(LCR, LCR_DLAB);
  sb(DLL, DIVISOR);
  sb(DLM, 0);
  sb(LCR, LCR_EIGHT_BITS);
  sb(FCR, FCR_ENABLE);
}

/** Waits until the transmitter takes `byte`. */
export function transmit(byte: u32): void {
  while ((lbu(LSR) & LSR_THR_EMPTY) == 0) {}
  sb(THR, byte);
}

/** The next byte received, or -1 if there is none. */
export function receive(): i32 {
  if ((lbu(LSR) & LSR_DATA_READY) == 0) return -1;
  return lbu(RBR) as i32;
}
