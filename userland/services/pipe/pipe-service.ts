/** The protocols `pipe` and, at the ends of pipes, `file`. */
import { Errno } from '../../abi/errno.enums';
import { FileKind } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { PortSlots } from '../../runtime/port-slots';
import { DEFERRED, Request } from 'environment/request';
import { PIPE_BUFFER_BYTES, PipeBuffer } from './pipe-buffer';

/** Pipes at once. Their places leave a bit of the badge's index free: WRITE_END. */
const MOST_PIPES: u32 = 32;
/** In a badge: the end for writing. */
const WRITE_END: u32 = 64;

@unmanaged
export class PipeService {
  private slots: PortSlots;
  private buffers: usize;
  private information: FileInformation;

  start(): i32 {
    this.slots = PortSlots.on(
      memory.data(offsetof<PortSlots>(), 4),
      memory.data(<i32>MOST_PIPES * 4, 4),
      MOST_PIPES,
    );
    this.buffers = memory.data(<i32>(MOST_PIPES * PIPE_BUFFER_BYTES), 4);
    this.information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));
    return 0;
  }

  create(request: Request): i64 {
    const slot = this.slots.take();
    if (slot < 0) return -Errno.ENFILE;
    this.buffer(slot).open();
    const answer = request.answerPort(this.slots.badgeOf(slot));
    if (answer != <i64>DEFERRED) this.slots.release(slot);
    return answer;
  }

  writeEnd(request: Request): i64 {
    const pipe = this.pipeOf(request.badge, false);
    if (pipe === null || pipe.isShared) return -Errno.EBADF;
    pipe.isShared = true;
    const answer = request.answerPort(request.badge | WRITE_END);
    if (answer != <i64>DEFERRED) pipe.isShared = false;
    return answer;
  }

  read(request: Request, offset: u32, length: u32): i32 {
    const pipe = this.pipeOf(request.badge, false);
    if (pipe === null) return -Errno.EBADF;
    if (length == 0) return 0;
    if (pipe.areReadersMany) return -Errno.EAGAIN;
    pipe.addReader(request.keep(), offset, length);
    pipe.serve();
    return DEFERRED;
  }

  write(request: Request, offset: u32, length: u32): i32 {
    const pipe = this.pipeOf(request.badge, true);
    if (pipe === null) return -Errno.EBADF;
    if (length == 0) return 0;
    if (pipe.areWritersMany) return -Errno.EAGAIN;
    pipe.addWriter(request.keep(), offset, length);
    pipe.serve();
    return DEFERRED;
  }

  seek(request: Request, offset: u64): i32 {
    return -Errno.ESPIPE;
  }

  describe(request: Request, offset: u32, length: u32): i32 {
    const slot = this.slots.find(request.badge & ~WRITE_END);
    if (slot < 0) return -Errno.EBADF;
    const information = this.information;
    information.kind = FileKind.Pipe;
    information.size = 0;
    const bytes = <u32>offsetof<FileInformation>();
    return request.copyResult(offset, length, changetype<usize>(information), bytes);
  }

  list(request: Request, offset: u32, length: u32): i32 {
    return -Errno.ENOTDIR;
  }

  /** Nobody has the end with this badge any more. */
  closed(badge: u32): void {
    const slot = this.slots.find(badge & ~WRITE_END);
    if (slot < 0) return;
    const pipe = this.buffer(slot);
    if ((badge & WRITE_END) != 0) pipe.hasWriter = false;
    else pipe.hasReader = false;
    // Who could write, cannot any more if nobody was given that end.
    if (!pipe.hasReader && !pipe.isShared) pipe.hasWriter = false;
    pipe.serve();
    if (!pipe.hasReader && !pipe.hasWriter) this.slots.release(slot);
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
