/**
 * The NS16550A, as its driver sees it: registers of one byte each (National Semiconductor PC16550D,
 * section 8), with the transmitter's and the receiver's FIFO in use.
 */
import { lbu, sb } from '../../abi/rv';

/** Receiver buffer when read, transmitter holding when written. */
const RBR_THR: u32 = 0;
const IER: u32 = 1;
/** Interrupt identification when read, FIFO control when written. */
const IIR_FCR: u32 = 2;
const LCR: u32 = 3;
const MCR: u32 = 4;
const LSR: u32 = 5;

const IER_RECEIVED: u32 = 0x01;
const IER_TRANSMITTER_EMPTY: u32 = 0x02;
const IIR_FIFOS_ENABLED: u32 = 0xc0;
const FCR_FIFO_ENABLE: u32 = 0x01;
const LCR_8_BITS: u32 = 0x03;
const MCR_DTR: u32 = 0x01;
const MCR_RTS: u32 = 0x02;
/** Lets the interrupt out, where it is wired as in a PC. */
const MCR_OUT2: u32 = 0x08;
const LSR_DATA_READY: u32 = 0x01;
/** With FIFOs: the transmitter's is empty. */
const LSR_THR_EMPTY: u32 = 0x20;
/** The last bit has left, too. */
const LSR_TRANSMITTER_EMPTY: u32 = 0x40;

/** Bytes that the transmitter takes once it is empty. */
export const FIFO_BYTES: u32 = 16;

/** A UART is the address of its registers. */
@unmanaged
export class Uart {
  static at(registers: usize): Uart {
    return changetype<Uart>(registers);
  }

  /**
   * Takes the device over from the firmware, or from a driver that died. What is on its way through
   * the FIFOs goes on: they are only switched on if they are off, since that empties them.
   */
  start(): void {
    if ((this.read(IIR_FCR) & IIR_FIFOS_ENABLED) != IIR_FIFOS_ENABLED) {
      this.waitUntilSent();
      this.write(IIR_FCR, FCR_FIFO_ENABLE);
    }
    this.write(LCR, LCR_8_BITS);
    this.write(MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
    this.write(IER, IER_RECEIVED);
  }

  get hasReceived(): bool {
    return (this.read(LSR) & LSR_DATA_READY) != 0;
  }

  receive(): u8 {
    return <u8>this.read(RBR_THR);
  }

  /** The transmitter takes FIFO_BYTES. */
  get canSend(): bool {
    return (this.read(LSR) & LSR_THR_EMPTY) != 0;
  }

  send(byte: u8): void {
    this.write(RBR_THR, byte);
  }

  /** Which conditions interrupt: bytes to fetch, room to send. */
  interruptOn(received: bool, canSend: bool): void {
    const wanted = (received ? IER_RECEIVED : 0) | (canSend ? IER_TRANSMITTER_EMPTY : 0);
    if (this.read(IER) != wanted) this.write(IER, wanted);
  }

  /** Waits the time of 17 characters at most: the device has no interrupt for this. */
  waitUntilSent(): void {
    while ((this.read(LSR) & LSR_TRANSMITTER_EMPTY) == 0) {}
  }

  private read(register: u32): u32 {
    return lbu(changetype<usize>(this) + register);
  }

  private write(register: u32, value: u32): void {
    sb(changetype<usize>(this) + register, value);
  }
}
