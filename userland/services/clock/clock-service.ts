/** The protocols `clock`: the time, and callers that wait for one; and `files`: the time as a file. */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { PortSlots } from '../../runtime/port-slots';
import { TextBuilder } from '../../runtime/text-builder';
import { Lock } from 'environment/lock';
import { DEFERRED, Request } from 'environment/request';
import { setAlarm, ticks } from 'environment/time';
import { Sleepers, SLEEPERS_BYTES } from './sleepers';

/** Openings of the file at once. */
const MOST_OPEN: u32 = 16;
const LINE_BYTES: i32 = 32;
const SLASH: u8 = 0x2f;
/** Components of the path under which the clock is found: `/svc/clock`. */
const OWN_COMPONENTS: u32 = 2;

/** The file as somebody has opened it: one line, which says when that was. */
@unmanaged
class OpenFile {
  time: u64;
  offset: u32;
}

const FILE_BYTES: usize = (offsetof<OpenFile>() + 7) & ~7;

@unmanaged
export class ClockService {
  /** For all that follows: nobody who works here sleeps. */
  private lock: Lock;
  private sleepers: Sleepers;
  private slots: PortSlots;
  private files: usize;
  private line: TextBuilder;
  /** What `stat` and `describe` say, always. */
  private information: FileInformation;

  start(): i32 {
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.sleepers = changetype<Sleepers>(memory.data(<i32>SLEEPERS_BYTES, 8));
    this.slots = PortSlots.on(
      memory.data(offsetof<PortSlots>(), 4),
      memory.data(<i32>MOST_OPEN * 4, 4),
      MOST_OPEN,
    );
    this.files = memory.data(<i32>MOST_OPEN * <i32>FILE_BYTES, 8);
    this.line = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(LINE_BYTES),
      LINE_BYTES,
    );
    this.information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));
    this.information.kind = FileKind.Regular;
    return 0;
  }

  now(request: Request): i64 {
    return <i64>ticks();
  }

  sleepUntil(request: Request, deadline: u64): i32 {
    if (deadline <= ticks()) return 0;
    this.lock.acquire();
    const answer = this.sleepers.add(request, deadline);
    setAlarm(this.sleepers.next);
    this.lock.release();
    return answer;
  }

  /** The time has come that was set. */
  alarm(): void {
    this.lock.acquire();
    this.sleepers.wake(ticks());
    setAlarm(this.sleepers.next);
    this.lock.release();
  }

  open(request: Request, path: usize, pathLength: u32, flags: u32): i64 {
    if (hasMore(path, pathLength)) return -Errno.ENOTDIR;
    if ((flags & ~OpenFlags.Read) != 0) return -Errno.EROFS;
    this.lock.acquire();
    const answer = this.openAt(request);
    this.lock.release();
    return answer;
  }

  stat(request: Request, path: usize, pathLength: u32, offset: u32, length: u32): i32 {
    if (hasMore(path, pathLength)) return -Errno.ENOTDIR;
    return this.describe(request, offset, length);
  }

  make(request: Request, path: usize, pathLength: u32): i32 {
    return -Errno.EROFS;
  }

  remove(request: Request, path: usize, pathLength: u32): i32 {
    return -Errno.EROFS;
  }

  read(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const file = this.fileOf(request.badge);
    const answer = file === null ? -Errno.EBADF : this.readFrom(request, file, offset, length);
    this.lock.release();
    return answer;
  }

  write(request: Request, offset: u32, length: u32): i32 {
    return -Errno.EBADF;
  }

  seek(request: Request, offset: u64): i32 {
    this.lock.acquire();
    const file = this.fileOf(request.badge);
    if (file !== null) file.offset = <u32>min<u64>(offset, u32.MAX_VALUE);
    this.lock.release();
    return file === null ? -Errno.EBADF : 0;
  }

  describe(request: Request, offset: u32, length: u32): i32 {
    const bytes = <u32>offsetof<FileInformation>();
    return request.copyResult(offset, length, changetype<usize>(this.information), bytes);
  }

  list(request: Request, offset: u32, length: u32): i32 {
    return -Errno.ENOTDIR;
  }

  /** Nobody has the file with this badge open any more. */
  closed(badge: u32): void {
    this.lock.acquire();
    const slot = this.slots.find(badge);
    if (slot >= 0) this.slots.release(slot);
    this.lock.release();
  }

  private openAt(request: Request): i64 {
    const slot = this.slots.take();
    if (slot < 0) return -Errno.ENFILE;
    const file = this.fileAt(slot);
    file.time = ticks();
    file.offset = 0;
    const answer = request.answerPort(this.slots.badgeOf(slot));
    if (answer != <i64>DEFERRED) this.slots.release(slot);
    return answer;
  }

  private readFrom(request: Request, file: OpenFile, offset: u32, length: u32): i32 {
    const line = this.line;
    line.clear();
    line.seconds(file.time).text(' s since the start').line();
    if (file.offset >= line.length) return 0;
    const part = min(line.length - file.offset, length);
    const error = request.copyOut(offset, line.address + file.offset, part);
    if (error < 0) return error;
    file.offset += part;
    return <i32>part;
  }

  private fileAt(slot: u32): OpenFile {
    return changetype<OpenFile>(this.files + <usize>slot * FILE_BYTES);
  }

  private fileOf(badge: u32): OpenFile | null {
    const slot = this.slots.find(badge);
    return slot < 0 ? null : this.fileAt(slot);
  }
}

/** Whether a path goes on behind the file, as if it were a folder. */
function hasMore(path: usize, length: u32): bool {
  let components: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const isStart = load<u8>(path + i) != SLASH && (i == 0 || load<u8>(path + i - 1) == SLASH);
    if (isStart) components += 1;
  }
  return components > OWN_COMPONENTS;
}
