/** The protocols `files` and `file`, served from a cpio archive, which nobody can change. */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { CpioReader } from '../../runtime/cpio';
import { sameBytes } from '../../runtime/bytes';
import { PortSlots } from '../../runtime/port-slots';
import { initrdAddress, openInitrd } from 'environment/initrd';
import { Lock } from 'environment/lock';
import { DEFERRED, Request } from 'environment/request';
import { TextBuilder } from '../../runtime/text-builder';

const SLASH: u8 = 0x2f;
const NAME_BYTES: i32 = 256;
/** Files open at once. */
const MOST_OPEN: u32 = 128;
/** What would change something. */
const CHANGES: u32 = OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.Append;

/** An open file or folder: where it lies in the archive, which never moves. */
@unmanaged
class OpenFile {
  contents: usize;
  size: u32;
  /** Next byte of a file; next entry of a folder. */
  offset: u32;
  isFolder: bool;
  /** Of a folder: its name in the archive. */
  name: usize;
  nameLength: u32;
}

@unmanaged
export class InitrdService {
  /** For all that follows: nobody who works here sleeps. */
  private lock: Lock;
  private archive: CpioReader;
  private name: TextBuilder;
  private slots: PortSlots;
  private files: usize;
  private information: FileInformation;
  /** What `find` found. */
  private foundFolder: bool;
  private foundName: usize;
  private foundLength: u32;

  /** Opens the archive; 0, or a negative Errno if it is not this service's to read. */
  start(): i32 {
    const bytes = openInitrd();
    if (bytes < 0) return bytes;
    this.archive = CpioReader.on(memory.data(offsetof<CpioReader>(), 4), initrdAddress(), bytes);
    this.name = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(NAME_BYTES),
      NAME_BYTES,
    );
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.slots = PortSlots.on(
      memory.data(offsetof<PortSlots>(), 4),
      memory.data(<i32>MOST_OPEN * 4, 4),
      MOST_OPEN,
    );
    this.files = memory.data(<i32>MOST_OPEN * offsetof<OpenFile>(), 4);
    this.information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));
    return 0;
  }

  open(request: Request, path: usize, pathLength: u32, flags: u32): i64 {
    this.lock.acquire();
    const answer = this.openAt(request, path, pathLength, flags);
    this.lock.release();
    return answer;
  }

  stat(request: Request, path: usize, pathLength: u32, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const answer = this.inspect(request, path, pathLength, offset, length);
    this.lock.release();
    return answer;
  }

  make(request: Request, path: usize, pathLength: u32): i32 {
    return -Errno.EROFS;
  }

  remove(request: Request, path: usize, pathLength: u32): i32 {
    return -Errno.EROFS;
  }

  read(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const answer = this.readFrom(request, offset, length);
    this.lock.release();
    return answer;
  }

  write(request: Request, offset: u32, length: u32): i32 {
    return -Errno.EBADF;
  }

  seek(request: Request, offset: u64): i32 {
    this.lock.acquire();
    const answer = this.moveTo(request, offset);
    this.lock.release();
    return answer;
  }

  describe(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const answer = this.inspectOpen(request, offset, length);
    this.lock.release();
    return answer;
  }

  list(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const answer = this.listFrom(request, offset, length);
    this.lock.release();
    return answer;
  }

  /** Nobody has the file with this badge open any more. */
  closed(badge: u32): void {
    this.lock.acquire();
    this.close(badge);
    this.lock.release();
  }

  private openAt(request: Request, path: usize, pathLength: u32, flags: u32): i64 {
    const error = this.find(path, pathLength);
    if (error < 0) return error;
    if ((flags & CHANGES) != 0) return -Errno.EROFS;
    const slot = this.slots.take();
    if (slot < 0) return -Errno.ENFILE;
    const file = this.fileAt(slot);
    file.contents = this.archive.contents;
    file.size = this.archive.size;
    file.offset = 0;
    file.isFolder = this.foundFolder;
    file.name = this.foundName;
    file.nameLength = this.foundLength;
    const answer = request.answerPort(this.slots.badgeOf(slot));
    if (answer != <i64>DEFERRED) this.slots.release(slot);
    return answer;
  }

  private inspect(request: Request, path: usize, pathLength: u32, offset: u32, length: u32): i32 {
    const error = this.find(path, pathLength);
    if (error < 0) return error;
    return this.answerInformation(request, offset, length, this.foundFolder, this.archive.size);
  }

  private readFrom(request: Request, offset: u32, length: u32): i32 {
    const file = this.openFile(request);
    if (file === null) return -Errno.EBADF;
    if (file.isFolder) return -Errno.EISDIR;
    if (file.offset >= file.size) return 0;
    const part = min(file.size - file.offset, length);
    const error = request.copyOut(offset, file.contents + file.offset, part);
    if (error < 0) return error;
    file.offset += part;
    return <i32>part;
  }

  private moveTo(request: Request, offset: u64): i32 {
    const file = this.openFile(request);
    if (file === null) return -Errno.EBADF;
    file.offset = <u32>min<u64>(offset, u32.MAX_VALUE);
    return 0;
  }

  private inspectOpen(request: Request, offset: u32, length: u32): i32 {
    const file = this.openFile(request);
    if (file === null) return -Errno.EBADF;
    return this.answerInformation(request, offset, length, file.isFolder, file.size);
  }

  private listFrom(request: Request, offset: u32, length: u32): i32 {
    const file = this.openFile(request);
    if (file === null) return -Errno.EBADF;
    if (!file.isFolder) return -Errno.ENOTDIR;
    const archive = this.archive;
    archive.rewind();
    let left = file.offset;
    while (archive.next()) {
      const own = childName(archive.name, archive.nameLength, file.name, file.nameLength);
      if (own == 0) continue;
      if (left == 0) {
        file.offset += 1;
        return this.answerName(request, own, offset, length);
      }
      left -= 1;
    }
    return 0;
  }

  private close(badge: u32): void {
    const slot = this.slots.find(badge);
    if (slot >= 0) this.slots.release(slot);
  }

  private fileAt(slot: u32): OpenFile {
    return changetype<OpenFile>(this.files + <usize>slot * <usize>offsetof<OpenFile>());
  }

  private openFile(request: Request): OpenFile | null {
    const slot = this.slots.find(request.badge);
    return slot < 0 ? null : this.fileAt(slot);
  }

  private answerInformation(
    request: Request,
    offset: u32,
    room: u32,
    isFolder: bool,
    size: u32,
  ): i32 {
    const information = this.information;
    information.kind = isFolder ? FileKind.Folder : FileKind.Regular;
    information.size = isFolder ? 0 : size;
    const bytes = <u32>offsetof<FileInformation>();
    return request.copyResult(offset, room, changetype<usize>(information), bytes);
  }

  private answerName(request: Request, own: usize, offset: u32, room: u32): i32 {
    const archive = this.archive;
    this.name.clear();
    this.name.bytes(own, <u32>(archive.name + archive.nameLength - own));
    if (archive.isFolder) this.name.byte(SLASH);
    return request.copyResult(offset, room, this.name.address, this.name.length);
  }

  /** Goes to the entry at a path. The root has none of its own. */
  private find(path: usize, pathLength: u32): i32 {
    const length = lengthWithoutSlashes(path, pathLength);
    const archive = this.archive;
    this.foundLength = length;
    this.foundFolder = true;
    if (length == 0) return 0;
    if (!archive.find(withoutSlashes(path, pathLength), length)) return -Errno.ENOENT;
    this.foundName = archive.name;
    this.foundFolder = archive.isFolder;
    return 0;
  }
}

/** Where a path begins without the slashes before it. */
function withoutSlashes(path: usize, length: u32): usize {
  let start: u32 = 0;
  while (start < length && load<u8>(path + start) == SLASH) start += 1;
  return path + start;
}

/** Bytes of a path without the slashes before and behind it. */
function lengthWithoutSlashes(path: usize, length: u32): u32 {
  let end = length;
  while (end > 0 && load<u8>(path + end - 1) == SLASH) end -= 1;
  return end - min(end, <u32>(withoutSlashes(path, length) - path));
}

/** Where an entry's own name begins if it lies directly in the folder; 0 if it does not. */
function childName(name: usize, length: u32, folder: usize, folderLength: u32): usize {
  let start: u32 = 0;
  if (folderLength > 0) {
    if (length <= folderLength + 1 || load<u8>(name + folderLength) != SLASH) return 0;
    if (!sameBytes(name, folderLength, folder, folderLength)) return 0;
    start = folderLength + 1;
  }
  for (let i = start; i < length; i++) {
    if (load<u8>(name + i) == SLASH) return 0;
  }
  return start == length || isDot(name + start, length - start) ? 0 : name + start;
}

/** The entry `.`, which archives made by `find . | cpio` begin with. */
function isDot(name: usize, length: u32): bool {
  return length == 1 && load<u8>(name) == 0x2e;
}
