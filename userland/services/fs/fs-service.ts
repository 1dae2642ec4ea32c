/** The protocols `files` and `file` on an ext2 disk, which is only read. */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { BlockClient } from 'stubs/block';
import { Lock } from 'environment/lock';
import { DEFERRED, Request } from 'environment/request';
import { findService } from 'environment/services';
import { PortSlots } from '../../runtime/port-slots';
import { TextBuilder } from '../../runtime/text-builder';
import { BLOCK_PATH } from './complaints';
import { DirectoryReader } from './directories';
import { Inode } from './ext2-structures';
import { fileBlock } from './file-blocks';
import { PathWalk } from './path-walk';
import { Volume } from './volume';

const SLASH: u8 = 0x2f;
/** A name and the slash behind a folder's. */
const NAME_BYTES: i32 = 256;
/** Files open at once. */
const MOST_OPEN: u32 = 128;
/** What would change something. */
const CHANGES: u32 = OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.Append;
/** What a hole reads as; the size of the largest block. */
const ZERO_BYTES: i32 = 4096;

/** A file or folder that somebody has open. The disk does not change, so that its inode is kept here. */
@unmanaged
class OpenFile {
  /** Next byte of a file; of a folder, the byte of its next entry. */
  offset: u64;
  number: u32;
  get inode(): Inode {
    return changetype<Inode>(changetype<usize>(this) + offsetof<OpenFile>());
  }
}

/** Bytes of an OpenFile with its inode. */
const OPEN_FILE_BYTES: u32 = (<u32>offsetof<OpenFile>() + <u32>offsetof<Inode>() + 7) & ~7;

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

@unmanaged
export class FsService {
  private lock: Lock;
  private volume: Volume;
  private walk: PathWalk;
  private directory: DirectoryReader;
  private slots: PortSlots;
  private files: usize;
  private information: FileInformation;
  private name: TextBuilder;
  private zeros: usize;
  private scratch: Inode;
  /** 0, or why the disk cannot be used: the answer to everything. */
  private state: i32;

  /** Looks at the disk. What is wrong with it is no reason not to run, and to say so. */
  start(): i32 {
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.volume = changetype<Volume>(memory.data(offsetof<Volume>(), 4));
    this.walk = changetype<PathWalk>(memory.data(offsetof<PathWalk>(), 4));
    this.directory = changetype<DirectoryReader>(memory.data(offsetof<DirectoryReader>(), 4));
    this.slots = PortSlots.on(
      memory.data(offsetof<PortSlots>(), 4),
      memory.data(<i32>MOST_OPEN * 4, 4),
      MOST_OPEN,
    );
    this.files = memory.data(<i32>(MOST_OPEN * OPEN_FILE_BYTES), 8);
    this.information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));
    this.name = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(NAME_BYTES),
      NAME_BYTES,
    );
    this.zeros = memory.data(ZERO_BYTES, 16);
    this.scratch = changetype<Inode>(memory.data(offsetof<Inode>(), 4));
    const block = findService(BLOCK_PATH);
    if (block < 0) return <i32>block;
    disk.block = BlockClient.at(<u32>block);
    const sectors = disk.block.size();
    if (sectors < 0) return <i32>sectors;
    this.state = this.volume.mount(readSectors, <u32>sectors);
    this.walk.prepare(this.volume);
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
    const error = this.find(path, pathLength);
    const answer =
      error < 0
        ? error
        : this.answerInformation(request, offset, length, this.walk.number, this.walk.inode);
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
    const file = this.openFile(request);
    const answer = file === null ? -Errno.EBADF : this.readFrom(request, file, offset, length);
    this.lock.release();
    return answer;
  }

  write(request: Request, offset: u32, length: u32): i32 {
    return -Errno.EBADF;
  }

  seek(request: Request, offset: u64): i32 {
    this.lock.acquire();
    const file = this.openFile(request);
    if (file !== null) file.offset = offset;
    this.lock.release();
    return file === null ? -Errno.EBADF : 0;
  }

  describe(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const file = this.openFile(request);
    const answer =
      file === null
        ? -Errno.EBADF
        : this.answerInformation(request, offset, length, file.number, file.inode);
    this.lock.release();
    return answer;
  }

  list(request: Request, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const file = this.openFile(request);
    const answer = file === null ? -Errno.EBADF : this.listFrom(request, file, offset, length);
    this.lock.release();
    return answer;
  }

  /** Nobody has the file with this badge open any more. */
  closed(badge: u32): void {
    this.lock.acquire();
    const slot = this.slots.find(badge);
    if (slot >= 0) this.slots.release(slot);
    this.lock.release();
  }

  private find(path: usize, length: u32): i32 {
    return this.state < 0 ? this.state : this.walk.walk(path, length);
  }

  private openAt(request: Request, path: usize, pathLength: u32, flags: u32): i64 {
    const error = this.find(path, pathLength);
    if (error == -Errno.ENOENT && (flags & OpenFlags.Create) != 0) return -Errno.EROFS;
    if (error < 0) return error;
    if ((flags & CHANGES) != 0) return -Errno.EROFS;
    const inode = this.walk.inode;
    // There is nobody behind a device, a pipe or a socket of another system.
    if (!inode.isRegular && !inode.isDirectory) return -Errno.ENXIO;
    const slot = this.slots.take();
    if (slot < 0) return -Errno.ENFILE;
    const file = this.fileAt(slot);
    file.offset = 0;
    file.number = this.walk.number;
    const place = changetype<usize>(file.inode);
    memory.copy(place, changetype<usize>(inode), offsetof<Inode>());
    const answer = request.answerPort(this.slots.badgeOf(slot));
    if (answer != <i64>DEFERRED) this.slots.release(slot);
    return answer;
  }

  private readFrom(request: Request, file: OpenFile, offset: u32, length: u32): i32 {
    const inode = file.inode;
    if (inode.isDirectory) return -Errno.EISDIR;
    const size = inode.size;
    if (file.offset >= size) return 0;
    const wanted = <u32>min<u64>(size - file.offset, length);
    let done: u32 = 0;
    while (done < wanted) {
      const part = this.copyPart(request, inode, file.offset, offset + done, wanted - done);
      // What was read before the error is good; the next call meets the error again.
      if (part < 0) return done > 0 ? <i32>done : part;
      done += part;
      file.offset += part;
    }
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

  private listFrom(request: Request, file: OpenFile, offset: u32, room: u32): i32 {
    if (!file.inode.isDirectory) return -Errno.ENOTDIR;
    const directory = this.directory;
    directory.open(this.volume, file.inode, <u32>min<u64>(file.offset, u32.MAX_VALUE));
    let found = directory.next();
    while (found > 0 && directory.isDot) found = directory.next();
    if (found <= 0) return found;
    this.name.clear();
    this.name.bytes(directory.name, directory.nameLength);
    let isDirectory = directory.isDirectory;
    if (isDirectory < 0) {
      const error = this.volume.readInode(directory.number, this.scratch);
      if (error < 0) return error;
      isDirectory = this.scratch.isDirectory ? 1 : 0;
    }
    if (isDirectory == 1) this.name.byte(SLASH);
    file.offset = directory.position;
    return request.copyResult(offset, room, this.name.address, this.name.length);
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

  private fileAt(slot: u32): OpenFile {
    return changetype<OpenFile>(this.files + <usize>slot * <usize>OPEN_FILE_BYTES);
  }

  private openFile(request: Request): OpenFile | null {
    const slot = this.slots.find(request.badge);
    return slot < 0 ? null : this.fileAt(slot);
  }
}
