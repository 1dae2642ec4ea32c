/** The protocols `pipe` and, at the ends of pipes, `file`. */
import { Errno } from '../../abi/errno.enums';
import { FileKind } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { PortSlots } from '../../runtime/port-slots';
import { Lock } from 'environment/lock';
import { allocatePages, freePages } from 'environment/memory';
import { DEFERRED, Request } from 'environment/request';
import { PIPE_BUFFER_BYTES, PIPE_PAGES, PipeBuffer } from './pipe-buffer';

/** Pipes at once. Their places leave a bit of the badge's index free: WRITE_END. */
const MOST_PIPES: u32 = 32;
/** In a badge: the end for writing. */
const WRITE_END: u32 = 64;

@unmanaged
export class PipeService {
  /** For all that follows: nobody who works here sleeps. */
  private lock: Lock;
  private slots: PortSlots;
  private buffers: usize;
  /** What `describe` says, always. */
  private information: FileInformation;

  start(): i32 {
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.slots = PortSlots.on(
      memory.data(offsetof<PortSlots>(), 4),
      memory.data(<i32>MOST_PIPES * 4, 4),
      MOST_PIPES,
    );
    this.buffers = memory.data(<i32>(MOST_PIPES * PIPE_BUFFER_BYTES), 4);
    this.information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));
    this.information.kind = FileKind.Pipe;
    return 0;
  }

  create(request: Request): i64 {
    this.lock.acquire();
    const answer = this.make(request);
    this.lock.release();
    return answer;
  }

  writeEnd(request: Request): i64 {
    this.lock.acquire();
    const answer = this.share(request);
    this.lock.release();
    return answer;
  }

  read(request: Request, offset: u32, length: u32): i32 {
    if (length == 0) return 0;
    this.lock.acquire();
    let answer = -Errno.EBADF;
    const pipe = this.pipeOf(request.badge, false);
    if (pipe !== null) answer = pipe.read(request, offset, length);
    this.lock.release();
    return answer;
  }

  write(request: Request, offset: u32, length: u32): i32 {
    if (length == 0) return 0;
    this.lock.acquire();
    let answer = -Errno.EBADF;
    const pipe = this.pipeOf(request.badge, true);
    if (pipe !== null) answer = pipe.write(request, offset, length);
    this.lock.release();
    return answer;
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

  /** Nobody has the end with this badge any more. */
  closed(badge: u32): void {
    this.lock.acquire();
    const slot = this.slots.find(badge & ~WRITE_END);
    if (slot >= 0) this.close(slot, (badge & WRITE_END) != 0);
    this.lock.release();
  }

  private make(request: Request): i64 {
    const slot = this.slots.take();
    if (slot < 0) return -Errno.ENFILE;
    const bytes = allocatePages(PIPE_PAGES);
    let answer: i64 = -Errno.ENOMEM;
    if (bytes != 0) {
      this.buffer(slot).open(bytes);
      answer = request.answerPort(this.slots.badgeOf(slot));
    }
    if (answer != <i64>DEFERRED) this.drop(slot, bytes);
    return answer;
  }

  private share(request: Request): i64 {
    const pipe = this.pipeOf(request.badge, false);
    if (pipe === null || pipe.isShared) return -Errno.EBADF;
    pipe.isShared = true;
    const answer = request.answerPort(request.badge | WRITE_END);
    if (answer != <i64>DEFERRED) pipe.isShared = false;
    return answer;
  }

  private close(slot: u32, isWriteEnd: bool): void {
    const pipe = this.buffer(slot);
    if (isWriteEnd) pipe.hasWriter = false;
    else pipe.hasReader = false;
    // Who could write, cannot any more if nobody was given that end.
    if (!pipe.hasReader && !pipe.isShared) pipe.hasWriter = false;
    pipe.serve();
    if (!pipe.hasReader && !pipe.hasWriter) this.drop(slot, pipe.bytes);
  }

  private drop(slot: u32, bytes: usize): void {
    if (bytes != 0) freePages(bytes, PIPE_PAGES);
    this.slots.release(slot);
  }

  private buffer(slot: u32): PipeBuffer {
    return changetype<PipeBuffer>(this.buffers + <usize>slot * <usize>PIPE_BUFFER_BYTES);
  }

  /** The pipe whose end for reading, or for writing, the badge stands for. */
  private pipeOf(badge: u32, forWriting: bool): PipeBuffer | null {
    if (((badge & WRITE_END) != 0) != forWriting) return null;
    const slot = this.slots.find(badge & ~WRITE_END);
    return slot < 0 ? null : this.buffer(slot);
  }
}
