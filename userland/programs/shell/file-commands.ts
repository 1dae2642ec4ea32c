/** cat and ls. */
import { Errno } from '../../abi/errno.enums';
import { OpenFlags } from '../../abi/files.enums';
import { FileClient, LIST_NAME_MAX } from 'stubs/file';
import { FilesClient } from 'stubs/files';
import { LIST_PATH_MAX as NAMES_PATH_MAX } from 'stubs/names';
import { sameBytes } from '../../runtime/bytes';
import { release } from '../../runtime/objects';
import { Arguments } from './arguments';
import { complain, FAILURE, INTERRUPTED, SUCCESS, usage } from './errors';
import { filePath, names, path, resolvePath } from './paths';
import { endLine, isInterrupted, out, writeThrough } from './terminal';

const PART_BYTES: u32 = 2048;
const SLASH: u8 = 0x2f;

const part = memory.data(<i32>PART_BYTES);
const entryName = memory.data(<i32>LIST_NAME_MAX);

/** cat FILE…: writes files one after the other. */
export function cat(line: Arguments): i32 {
  if (line.count < 2) return usage('cat FILE...');
  let status = SUCCESS;
  for (let i: u32 = 1; i < line.count; i++) {
    filePath(line.address(i), line.length(i));
    const error = writeFile(resolvePath());
    if (error == -Errno.EINTR) return INTERRUPTED;
    if (error < 0) status = complain('cat', line.address(i), line.length(i), error);
  }
  return status;
}

/** Writes the message of the day, if there is one. */
export function showMotd(): void {
  path.clear();
  path.text('/motd');
  writeFile(resolvePath());
}

/** Writes the file at `path` from the server at `endpoint`, which is released. */
function writeFile(endpoint: i64): i32 {
  const opened = openPath(endpoint);
  if (opened < 0) return <i32>opened;
  const file = FileClient.at(<u32>opened);
  let length: i32 = 0;
  while (true) {
    length = file.read(part, PART_BYTES);
    if (length > 0 && isInterrupted()) length = -Errno.EINTR;
    if (length <= 0) break;
    writeThrough(part, length);
  }
  release(file.handle);
  return length;
}

/** Opens the file or folder at `path` at a server, which is released. */
function openPath(endpoint: i64): i64 {
  if (endpoint < 0) return endpoint;
  const files = FilesClient.at(<u32>endpoint);
  const opened = files.open(path.address, path.length, OpenFlags.Read);
  release(files.handle);
  return opened;
}

/** ls [PATH]: the files of a folder, and the services that have their paths there. */
export function ls(line: Arguments): i32 {
  if (line.count > 2) return usage('ls [PATH]');
  if (line.count == 1) filePath(0, 0);
  else filePath(line.address(1), line.length(1));
  while (path.length > 1 && load<u8>(path.address + path.length - 1) == SLASH) path.length -= 1;
  const files = listFiles();
  const services = listServices();
  if (services > 0 || files >= 0) return SUCCESS;
  if (line.count == 1) return FAILURE;
  return complain('ls', line.address(1), line.length(1), files);
}

/** Names the files in the folder at `path`, or the file there; how many, or a negative Errno. */
function listFiles(): i32 {
  const opened = openPath(resolvePath());
  if (opened < 0) return <i32>opened;
  const file = FileClient.at(<u32>opened);
  let count: i32 = 0;
  let length: i32 = 0;
  while (true) {
    length = file.list(entryName, LIST_NAME_MAX);
    if (length <= 0) break;
    out.bytes(entryName, min<u32>(length, LIST_NAME_MAX));
    endLine();
    count += 1;
  }
  release(file.handle);
  if (length == -Errno.ENOTDIR) {
    out.bytes(path.address, path.length);
    endLine();
    return 1;
  }
  return length < 0 ? length : count;
}

/** The registered paths of this many services are compared with each other. */
const MOST_PATHS: u32 = 64;
const registered = memory.data(<i32>(MOST_PATHS * NAMES_PATH_MAX));
const lengths = memory.data(<i32>MOST_PATHS * 4, 4);

/** Names what lies directly below `path` on the way to a registered path, each name once. */
function listServices(): i32 {
  let count: u32 = 0;
  let shown: i32 = 0;
  while (count < MOST_PATHS) {
    const place = registered + <usize>(count * NAMES_PATH_MAX);
    const length = names().list(count, place, NAMES_PATH_MAX);
    if (length < 0) break;
    store<u32>(lengths + <usize>count * 4, length);
    const child = childOf(place, length);
    if (child > 0 && !isShown(count, place, child)) {
      const start = folderLength();
      out.bytes(place + start, child - start);
      if (child < <u32>length) out.byte(SLASH);
      endLine();
      shown += 1;
    }
    count += 1;
  }
  return shown;
}

/** Bytes of `path` with a slash at its end. */
function folderLength(): u32 {
  return path.length == 1 ? 1 : path.length + 1;
}

/** Where the component below `path` ends in a registered path; 0 if that is not below it. */
function childOf(place: usize, length: u32): u32 {
  const start = folderLength();
  if (length <= start || !sameBytes(place, path.length, path.address, path.length)) return 0;
  if (load<u8>(place + start - 1) != SLASH) return 0;
  let end = start;
  while (end < length && load<u8>(place + end) != SLASH) end += 1;
  return end;
}

/** Whether an earlier path has shown the same name. */
function isShown(count: u32, place: usize, child: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const other = registered + <usize>(i * NAMES_PATH_MAX);
    const otherChild = childOf(other, load<u32>(lengths + <usize>i * 4));
    if (otherChild == child && sameBytes(other, child, place, child)) return true;
  }
  return false;
}
