/** The protocol `files`, served from a cpio archive: no state but the archive itself. */
import { Errno } from '../../abi/errno.enums';
import { CpioReader } from '../../runtime/cpio';
import { sameBytes } from '../../runtime/bytes';
import { initrdAddress, openInitrd } from 'environment/initrd';
import { Request } from 'environment/request';
import { TextBuilder } from '../../runtime/text-builder';

const SLASH: u8 = 0x2f;
const NAME_BYTES: i32 = 256;

@unmanaged
export class InitrdService {
  private archive: CpioReader;
  private name: TextBuilder;

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
    return 0;
  }

  size(request: Request, path: usize, pathLength: u32): i32 {
    const error = this.find(path, pathLength);
    if (error < 0) return error;
    return this.archive.isFolder ? -Errno.EISDIR : <i32>this.archive.size;
  }

  read(
    request: Request,
    path: usize,
    pathLength: u32,
    offset: u32,
    contentsOffset: u32,
    contentsLength: u32,
  ): i32 {
    const error = this.find(path, pathLength);
    if (error < 0) return error;
    const archive = this.archive;
    if (archive.isFolder) return -Errno.EISDIR;
    if (offset >= archive.size) return 0;
    const length = min(archive.size - offset, contentsLength);
    const copied = request.copyOut(contentsOffset, archive.contents + offset, length);
    return copied < 0 ? copied : <i32>length;
  }

  list(
    request: Request,
    path: usize,
    pathLength: u32,
    index: u32,
    nameOffset: u32,
    nameLength: u32,
  ): i32 {
    const folder = withoutSlashes(path, pathLength);
    const folderLength = lengthWithoutSlashes(path, pathLength);
    if (folderLength > 0) {
      const error = this.find(path, pathLength);
      if (error < 0) return error;
      if (!this.archive.isFolder) return -Errno.ENOTDIR;
    }
    const archive = this.archive;
    archive.rewind();
    let left = index;
    while (archive.next()) {
      const own = childName(archive.name, archive.nameLength, folder, folderLength);
      if (own == 0) continue;
      if (left == 0) return this.answerName(request, own, nameOffset, nameLength);
      left -= 1;
    }
    return -Errno.ENOENT;
  }

  private answerName(request: Request, own: usize, offset: u32, room: u32): i32 {
    const archive = this.archive;
    this.name.clear();
    this.name.bytes(own, <u32>(archive.name + archive.nameLength - own));
    if (archive.isFolder) this.name.byte(SLASH);
    return request.copyResult(offset, room, this.name.address, this.name.length);
  }

  /** Goes to the entry at a path. */
  private find(path: usize, pathLength: u32): i32 {
    const length = lengthWithoutSlashes(path, pathLength);
    // The root has no entry of its own.
    if (length == 0) return -Errno.EISDIR;
    return this.archive.find(withoutSlashes(path, pathLength), length) ? 0 : -Errno.ENOENT;
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
