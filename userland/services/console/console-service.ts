/** The protocols `console` and `file` on a UART: its texts and echo go out, its bytes become lines. */
import { Errno } from '../../abi/errno.enums';
import { FileKind } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { acknowledgeInterrupt } from 'environment/interrupts';
import { keptAddress, openKept } from 'environment/kept';
import { Lock } from 'environment/lock';
import { openRegisters, registersAddress } from 'environment/registers';
import { copyToCaller, DEFERRED, reply, Request } from 'environment/request';
import { ByteRing } from './byte-ring';
import { ECHO_BYTES, LineEditor } from './line-editor';
import { OutputQueue } from './output-queue';
import { FIFO_BYTES, Uart } from './uart';

const CTRL_C: u8 = 0x03;
const CARET: u8 = 0x5e;
const LETTER_C: u8 = 0x43;
const CARRIAGE_RETURN: u8 = 0x0d;
const LINE_FEED: u8 = 0x0a;

/** Bytes typed ahead that are kept here; more are left in the device, which holds its sender back. */
const TYPED_BYTES: u32 = 4096;
/** What the server keeps in memory that outlives it: keys that nobody has read yet. */
const KEPT_BYTES: u32 = <u32>offsetof<ByteRing>() + TYPED_BYTES;
/** The next power of two that has room for what one key shows. */
const ECHO_RING_BYTES: u32 = 4096;

@unmanaged
export class ConsoleService {
  /** For all that follows; device and callers take it alike. */
  private lock: Lock;
  private uart: Uart;
  private output: OutputQueue;
  private echo: ByteRing;
  /** As it was typed: edited when somebody reads. */
  private typed: ByteRing;
  private editor: LineEditor;
  /** What `describe` says, always. */
  private information: FileInformation;
  /** The call of readLine that waits; 0: none. */
  private reader: u32;
  private readerRoom: u32;
  /** Ctrl-C was pressed while nobody read. */
  private wasInterrupted: bool;
  /** The call of nextInterrupt that waits; 0: none. */
  private watcher: u32;

  /** Takes the device over; 0, or a negative Errno if it has not got what it needs. */
  start(): i32 {
    const error = min(openRegisters(), openKept(KEPT_BYTES));
    if (error < 0) return error;
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.uart = Uart.at(registersAddress());
    this.echo = ByteRing.on(
      memory.data(offsetof<ByteRing>(), 4),
      memory.data(<i32>ECHO_RING_BYTES),
      ECHO_RING_BYTES,
    );
    const kept = keptAddress();
    this.typed = ByteRing.resume(kept, kept + offsetof<ByteRing>(), TYPED_BYTES);
    this.editor = LineEditor.on(memory.data(offsetof<LineEditor>(), 4), this.echo);
    this.output = OutputQueue.on(memory.data(offsetof<OutputQueue>(), 4), this.echo);
    this.information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));
    this.information.kind = FileKind.Terminal;
    this.uart.start();
    acknowledgeInterrupt();
    return 0;
  }

  write(request: Request, offset: u32, length: u32): i32 {
    return length == 0 ? 0 : this.enqueue(request, length);
  }

  drain(request: Request): i32 {
    return this.enqueue(request, 0);
  }

  readLine(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    if (this.reader != 0) reply(this.reader, -Errno.EBUSY);
    this.reader = request.keep();
    this.readerRoom = length;
    this.progress();
    this.lock.release();
    return DEFERRED;
  }

  interrupted(request: Request): i32 {
    this.lock.acquire();
    const result = this.wasInterrupted ? 1 : 0;
    this.wasInterrupted = false;
    this.lock.release();
    return result;
  }

  nextInterrupt(request: Request): i32 {
    this.lock.acquire();
    if (this.watcher != 0) reply(this.watcher, -Errno.EBUSY);
    this.watcher = request.keep();
    this.lock.release();
    return DEFERRED;
  }

  // As a file, the console is read by lines; `write` is that of a console.

  read(request: Request, offset: u32, length: u32): i32 {
    return this.readLine(request, offset, length);
  }

  seek(request: Request, offset: u64): i32 {
    return -Errno.ESPIPE;
  }

  describe(request: Request, offset: u32, length: u32): i32 {
    const bytes = <u32>offsetof<FileInformation>();
    return request.copyResult(offset, length, changetype<usize>(this.information), bytes);
  }

  list(request: Request, offset: u32, length: u32): i32 {
    return -Errno.ENOTDIR;
  }

  /** The device has bytes, or room for them, or both. */
  interrupt(): void {
    this.lock.acquire();
    this.progress();
    this.lock.release();
    acknowledgeInterrupt();
  }

  private enqueue(request: Request, length: u32): i32 {
    this.lock.acquire();
    const isFull = this.output.isFull;
    if (!isFull) {
      this.output.add(request.keep(), length);
      this.progress();
    }
    this.lock.release();
    return isFull ? -Errno.EAGAIN : DEFERRED;
  }

  /** Does whatever can be done now, and has the device interrupt for the rest. */
  private progress(): void {
    this.receive();
    // A device may take at once all that was shown so far; it then has no reason to interrupt for more.
    do {
      this.edit();
      this.send();
    } while (this.canEdit);
    this.handOver();
    this.uart.interruptOn(this.typed.room > 0, !this.output.isEmpty);
  }

  private receive(): void {
    while (this.typed.room > 0 && this.uart.hasReceived) {
      const byte = this.uart.receive();
      if (byte == CTRL_C) this.breakOff();
      else this.typed.add(byte);
    }
  }

  /** Ctrl-C: what was typed is void, and whoever reads, or asks later, is told. */
  private breakOff(): void {
    this.typed.clear();
    this.editor.restart();
    if (this.echo.room >= ECHO_BYTES) {
      this.echo.add(CARET);
      this.echo.add(LETTER_C);
      this.echo.add(CARRIAGE_RETURN);
      this.echo.add(LINE_FEED);
    }
    if (this.watcher != 0) {
      const watcher = this.watcher;
      this.watcher = 0;
      reply(watcher, 0);
    }
    if (this.reader == 0) this.wasInterrupted = true;
    else this.answerReader(-Errno.EINTR);
  }

  /** Turns typed keys into a line, as far as somebody reads it. */
  private edit(): void {
    while (this.canEdit) this.editor.key(this.typed.take());
  }

  /** Somebody reads, there is a key, and room for what it shows. */
  private get canEdit(): bool {
    return (
      this.reader != 0 &&
      !this.editor.isDone &&
      this.typed.length > 0 &&
      this.echo.room >= ECHO_BYTES
    );
  }

  private send(): void {
    while (!this.output.isEmpty && this.uart.canSend) {
      if (this.output.isDrainNext) {
        this.uart.waitUntilSent();
        this.output.answerDrain();
        continue;
      }
      for (let sent: u32 = 0; sent < FIFO_BYTES; sent++) {
        const byte = this.output.next();
        if (byte < 0) break;
        this.uart.send(<u8>byte);
      }
      this.output.answerFinished();
    }
  }

  /** Gives a finished line to the reader, once all of it is on the screen. */
  private handOver(): void {
    if (this.reader == 0 || !this.editor.isDone || !this.output.isEmpty) return;
    const length = min(this.editor.remaining, this.readerRoom);
    const error = copyToCaller(this.reader, 0, this.editor.start, length);
    this.editor.fetch(length);
    this.answerReader(error < 0 ? error : <i32>length);
  }

  private answerReader(result: i32): void {
    const reader = this.reader;
    this.reader = 0;
    reply(reader, result);
  }
}
