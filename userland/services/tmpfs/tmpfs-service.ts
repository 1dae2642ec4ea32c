/** The protocols `files` and `file`, on a tree in memory, which is lost with the service. */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { PortSlots } from '../../runtime/port-slots';
import { Lock } from 'environment/lock';
import { DEFERRED, Request } from 'environment/request';
import { TextBuilder } from '../../runtime/text-builder';
import { BLOCK_BYTES, POOL_BYTES } from './block-pool';
import {
  addNode,
  find,
  foundFolder,
  isEmpty,
  lastError,
  MOST_NODES,
  Node,
  nodeAt,
  removeNode,
} from './tree';

/** Files open at once. */
const MOST_OPEN: u32 = 64;
const NAME_BYTES: i32 = 64;
const SLASH: u8 = 0x2f;

@unmanaged
class OpenFile {
  node: Node;
  /** OpenFlags. */
  flags: u32;
  /** Next byte of a file; next node to look at for a folder. */
  offset: u32;
}

@unmanaged
export class TmpfsService {
  /** For all that follows: nobody who works here sleeps. */
  private lock: Lock;
  private slots: PortSlots;
  private files: usize;
  private name: TextBuilder;
  private information: FileInformation;

  start(): i32 {
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.slots = PortSlots.on(
      memory.data(offsetof<PortSlots>(), 4),
      memory.data(<i32>MOST_OPEN * 4, 4),
      MOST_OPEN,
    );
    this.files = memory.data(<i32>MOST_OPEN * offsetof<OpenFile>(), 4);
    this.name = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(NAME_BYTES),
      NAME_BYTES,
    );
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
    this.lock.acquire();
    const answer = this.makeAt(request, path, pathLength);
    this.lock.release();
    return answer;
  }

  remove(request: Request, path: usize, pathLength: u32): i32 {
    this.lock.acquire();
    const answer = this.removeAt(request, path, pathLength);
    this.lock.release();
    return answer;
  }

  read(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const answer = this.readFrom(request, offset, length);
    this.lock.release();
    return answer;
  }

  write(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const answer = this.writeTo(request, offset, length);
    this.lock.release();
    return answer;
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
    let node = find(path, pathLength);
    if (node !== null && node.isFolder && (flags & ~OpenFlags.Read) != 0) return -Errno.EISDIR;
    const slot = this.slots.take();
    if (slot < 0) return -Errno.ENFILE;
    let error = -Errno.ENOENT;
    if (node === null && (flags & OpenFlags.Create) != 0) {
      node = addNode(FileKind.Regular);
      error = lastError;
    }
    if (node === null) {
      this.slots.release(slot);
      return error;
    }
    if ((flags & OpenFlags.Truncate) != 0) node.truncate();
    const file = this.fileAt(slot);
    file.node = node;
    file.flags = flags;
    file.offset = 0;
    const answer = request.answerPort(this.slots.badgeOf(slot));
    if (answer != <i64>DEFERRED) this.slots.release(slot);
    else node.opened += 1;
    return answer;
  }

  private inspect(request: Request, path: usize, pathLength: u32, offset: u32, length: u32): i32 {
    const node = find(path, pathLength);
    return node === null ? -Errno.ENOENT : this.answerInformation(request, offset, length, node);
  }

  private makeAt(request: Request, path: usize, pathLength: u32): i32 {
    if (find(path, pathLength) !== null) return -Errno.EEXIST;
    return addNode(FileKind.Folder) === null ? lastError : 0;
  }

  private removeAt(request: Request, path: usize, pathLength: u32): i32 {
    const node = find(path, pathLength);
    if (node === null) return -Errno.ENOENT;
    // The root is somebody's mount point.
    if (foundFolder === null || node.opened != 0) return -Errno.EBUSY;
    if (node.isFolder && !isEmpty(node)) return -Errno.ENOTEMPTY;
    removeNode(node);
    return 0;
  }

  private readFrom(request: Request, offset: u32, length: u32): i32 {
    const file = this.openFile(request);
    if (file === null || (file.flags & OpenFlags.Read) == 0) return -Errno.EBADF;
    const node = file.node;
    if (node.isFolder) return -Errno.EISDIR;
    if (file.offset >= node.size) return 0;
    const bytes = min(length, node.size - file.offset);
    let done: u32 = 0;
    while (done < bytes) {
      const at = file.offset + done;
      const part = min(bytes - done, BLOCK_BYTES - (at % BLOCK_BYTES));
      const place = node.addressOf(at);
      // A hole that was left by seeking, and no block for it.
      if (place == 0) return -Errno.ENOSPC;
      const error = request.copyOut(offset + done, place, part);
      if (error < 0) return error;
      done += part;
    }
    file.offset += bytes;
    return <i32>bytes;
  }

  private writeTo(request: Request, offset: u32, length: u32): i32 {
    const file = this.openFile(request);
    if (file === null || (file.flags & OpenFlags.Write) == 0) return -Errno.EBADF;
    const node = file.node;
    if ((file.flags & OpenFlags.Append) != 0) file.offset = node.size;
    let done: u32 = 0;
    while (done < length) {
      const at = file.offset + done;
      const part = min(length - done, BLOCK_BYTES - (at % BLOCK_BYTES));
      const place = node.addressOf(at);
      if (place == 0) break;
      const error = request.copyIn(offset + done, place, part);
      if (error < 0) return error;
      done += part;
    }
    if (done == 0 && length != 0) return -Errno.ENOSPC;
    file.offset += done;
    node.size = max(node.size, file.offset);
    return <i32>done;
  }

  private moveTo(request: Request, offset: u64): i32 {
    const file = this.openFile(request);
    if (file === null) return -Errno.EBADF;
    // Beyond what memory there is, no byte can be.
    if (offset > <u64>POOL_BYTES) return -Errno.EINVAL;
    file.offset = <u32>offset;
    return 0;
  }

  private inspectOpen(request: Request, offset: u32, length: u32): i32 {
    const file = this.openFile(request);
    if (file === null) return -Errno.EBADF;
    return this.answerInformation(request, offset, length, file.node);
  }

  private listFrom(request: Request, offset: u32, length: u32): i32 {
    const file = this.openFile(request);
    if (file === null) return -Errno.EBADF;
    if (!file.node.isFolder) return -Errno.ENOTDIR;
    while (file.offset < MOST_NODES) {
      const node = nodeAt(file.offset);
      file.offset += 1;
      if (node.kind == 0 || node.parent != file.node) continue;
      this.name.clear();
      this.name.bytes(node.name, node.nameLength);
      if (node.isFolder) this.name.byte(SLASH);
      return request.copyResult(offset, length, this.name.address, this.name.length);
    }
    return 0;
  }

  private close(badge: u32): void {
    const slot = this.slots.find(badge);
    if (slot < 0) return;
    this.fileAt(slot).node.opened -= 1;
    this.slots.release(slot);
  }

  private fileAt(slot: u32): OpenFile {
    return changetype<OpenFile>(this.files + <usize>slot * <usize>offsetof<OpenFile>());
  }

  private openFile(request: Request): OpenFile | null {
    const slot = this.slots.find(request.badge);
    return slot < 0 ? null : this.fileAt(slot);
  }

  private answerInformation(request: Request, offset: u32, room: u32, node: Node): i32 {
    const information = this.information;
    information.kind = node.kind;
    information.number = <u32>changetype<usize>(node);
    information.size = node.size;
    const bytes = <u32>offsetof<FileInformation>();
    return request.copyResult(offset, room, changetype<usize>(information), bytes);
  }
}
