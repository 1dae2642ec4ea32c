/** The protocols `files` and `file` on an ext2 disk, which is only read. */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { BlockClient } from 'stubs/block';
import { Lock } from 'environment/lock';
import { Slab } from 'environment/memory';
import { DEFERRED, Request } from 'environment/request';
import { findService } from 'environment/services';
import { BLOCK_PATH } from './complaints';
import { Inode } from './ext2-structures';
import { fileBlock } from './file-blocks';
import { OpenFile, OpenFiles } from './open-files';
import { PathWalk, WALK_BYTES } from './path-walk';
import { Volume } from './volume';

const SLASH: u8 = 0x2f;
/** What would change something. */
const CHANGES: u32 = OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.Append;
/** What a hole reads as; the size of the largest block. */
const ZERO_BYTES: i32 = 4096;

/** The disk: every volume reads from the one that this service uses. */
@unmanaged
class Disk {
  block: BlockClient;
}

const disk = changetype<Disk>(memory.data(offsetof<Disk>(), 4));

function readSectors(sector: u32, address: usize, bytes: u32): i32 {
  const read = disk.block.read(sector, address, bytes);
  if (read < 0) return read;
  return <u32>read == bytes ? 0 : -Errno.EIO;
}

/**
 * The lock is for all that the service has in memory. It is given up whenever the disk has to be waited
 * for, so that others are served meanwhile from what the cache has.
 */
@unmanaged
export class FsService {
  private lock: Lock;
  private volume: Volume;
  private files: OpenFiles;
  /** A PathWalk for every call that needs one. */
  private walks: Slab;
  private information: FileInformation;
  private zeros: usize;
  /** 0, or why the disk cannot be used: the answer to everything. */
  private state: i32;

  /** Looks at the disk. What is wrong with it is no reason not to run, and to say so. */
  start(): i32 {
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.volume = changetype<Volume>(memory.data(offsetof<Volume>(), 4));
    this.files = changetype<OpenFiles>(memory.data(offsetof<OpenFiles>(), 4));
    this.walks = Slab.on(memory.data(offsetof<Slab>(), 4), WALK_BYTES);
    this.information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));
    this.zeros = memory.data(ZERO_BYTES, 16);
    const block = findService(BLOCK_PATH);
    if (block < 0) return <i32>block;
    disk.block = BlockClient.at(<u32>block);
    const sectors = disk.block.size();
    if (sectors < 0) return <i32>sectors;
    this.lock.acquire();
    this.state = this.volume.mount(readSectors, <u32>sectors, this.lock);
    const error = this.files.prepare(this.volume, this.lock);
    this.lock.release();
    return error;
  }

  open(request: Request, path: usize, pathLength: u32, flags: u32): i64 {
    const place = this.walks.allocate();
    if (place == 0) return -Errno.ENOMEM;
    this.lock.acquire();
    const walk = PathWalk.on(place, this.volume);
    const error = this.find(walk, path, pathLength);
    const answer = error < 0 ? this.refuseOpen(error, flags) : this.openAt(request, walk, flags);
    this.lock.release();
    this.walks.release(place);
    return answer;
  }

  stat(request: Request, path: usize, pathLength: u32, offset: u32, length: u32): i32 {
    const place = this.walks.allocate();
    if (place == 0) return -Errno.ENOMEM;
    this.lock.acquire();
    const walk = PathWalk.on(place, this.volume);
    let answer = this.find(walk, path, pathLength);
    if (answer >= 0)
      answer = this.answerInformation(request, offset, length, walk.number, walk.inode);
    this.lock.release();
    this.walks.release(place);
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
    let answer = this.files.enter(request.badge);
    if (answer >= 0) {
      const slot = answer;
      answer = this.readFrom(request, this.files.at(slot), offset, length);
      this.files.leave(slot);
    }
    this.lock.release();
    return answer;
  }

  write(request: Request, offset: u32, length: u32): i32 {
    return -Errno.EBADF;
  }

  seek(request: Request, offset: u64): i32 {
    this.lock.acquire();
    const slot = this.files.enter(request.badge);
    if (slot >= 0) {
      this.files.at(slot).kept.offset = offset;
      this.files.leave(slot);
    }
    this.lock.release();
    return min(slot, 0);
  }

  describe(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    let answer = this.files.enter(request.badge);
    if (answer >= 0) {
      const slot = answer;
      const file = this.files.at(slot);
      answer = this.answerInformation(request, offset, length, file.kept.number, file.inode);
      this.files.leave(slot);
    }
    this.lock.release();
    return answer;
  }

  list(request: Request, offset: u32, length: u32): i32 {
    const place = this.walks.allocate();
    if (place == 0) return -Errno.ENOMEM;
    this.lock.acquire();
    let answer = this.files.enter(request.badge);
    if (answer >= 0) {
      const slot = answer;
      const walk = PathWalk.on(place, this.volume);
      answer = this.listFrom(request, this.files.at(slot), walk, offset, length);
      this.files.leave(slot);
    }
    this.lock.release();
    this.walks.release(place);
    return answer;
  }

  /** Nobody has the file with this badge open any more. */
  closed(badge: u32): void {
    this.lock.acquire();
    this.files.close(badge);
    this.lock.release();
  }

  private find(walk: PathWalk, path: usize, length: u32): i32 {
    return this.state < 0 ? this.state : walk.walk(path, length);
  }

  private refuseOpen(error: i32, flags: u32): i32 {
    const wouldMake = error == -Errno.ENOENT && (flags & OpenFlags.Create) != 0;
    return wouldMake ? -Errno.EROFS : error;
  }

  private openAt(request: Request, walk: PathWalk, flags: u32): i64 {
    if ((flags & CHANGES) != 0) return -Errno.EROFS;
    const inode = walk.inode;
    // There is nobody behind a device, a pipe or a socket of another system.
    if (!inode.isRegular && !inode.isDirectory) return -Errno.ENXIO;
    const slot = this.files.add(walk.number, inode);
    if (slot < 0) return slot;
    const answer = request.answerPort(this.files.badgeOf(slot));
    if (answer != <i64>DEFERRED) this.files.release(slot);
    return answer;
  }

  private readFrom(request: Request, file: OpenFile, offset: u32, length: u32): i32 {
    const inode = file.inode;
    const kept = file.kept;
    if (inode.isDirectory) return -Errno.EISDIR;
    const size = inode.size;
    if (kept.offset >= size) return 0;
    const wanted = <u32>min<u64>(size - kept.offset, length);
    let done: u32 = 0;
    while (done < wanted) {
      const at = kept.offset + done;
      const part = this.copyPart(request, inode, at, offset + done, wanted - done);
      // What was read before the error is good; the next call meets the error again.
      if (part < 0 && done == 0) return part;
      if (part < 0) break;
      done += part;
    }
    kept.offset += done;
    return <i32>done;
  }

  /** Copies what lies together in memory of the bytes from `position` on; how many, or an error. */
  private copyPart(request: Request, inode: Inode, position: u64, to: u32, length: u32): i32 {
    const volume = this.volume;
    const blockSize = volume.blockSize;
    const index = <u32>(position / <u64>blockSize);
    const skip = <u32>(position % <u64>blockSize);
    const block = fileBlock(volume, inode, index);
    if (block < 0) return <i32>block;
    let part = blockSize - skip;
    if (block == 0) {
      part = min(part, length);
      const copied = request.copyOut(to, this.zeros, part);
      return copied < 0 ? copied : <i32>part;
    }
    const reach = volume.blocksInReach(<u32>block);
    let run: u32 = 1;
    while (run < reach && part < length && fileBlock(volume, inode, index + run) == block + run) {
      run += 1;
      part += blockSize;
    }
    part = min(part, length);
    const address = volume.block(<u32>block);
    if (address == 0) return -Errno.EIO;
    const copied = request.copyOut(to, address + skip, part);
    return copied < 0 ? copied : <i32>part;
  }

  private listFrom(request: Request, file: OpenFile, walk: PathWalk, offset: u32, room: u32): i32 {
    if (!file.inode.isDirectory) return -Errno.ENOTDIR;
    const directory = walk.directory;
    directory.open(this.volume, file.inode, <u32>min<u64>(file.kept.offset, u32.MAX_VALUE));
    let found = directory.next();
    while (found > 0 && directory.isDot) found = directory.next();
    if (found <= 0) return found;
    const length = directory.nameLength;
    const name = walk.keep(directory.name, length);
    let isDirectory = directory.isDirectory;
    if (isDirectory < 0) {
      const error = this.volume.readInode(directory.number, walk.inode);
      if (error < 0) return error;
      isDirectory = walk.inode.isDirectory ? 1 : 0;
    }
    if (isDirectory == 1) store<u8>(name + length, SLASH);
    file.kept.offset = directory.position;
    return request.copyResult(offset, room, name, length + isDirectory);
  }

  private answerInformation(
    request: Request,
    offset: u32,
    room: u32,
    number: u32,
    inode: Inode,
  ): i32 {
    const information = this.information;
    information.kind = inode.isDirectory ? FileKind.Folder : FileKind.Regular;
    information.number = number;
    information.size = inode.isRegular ? inode.size : 0;
    const bytes = <u32>offsetof<FileInformation>();
    return request.copyResult(offset, room, changetype<usize>(information), bytes);
  }
}
