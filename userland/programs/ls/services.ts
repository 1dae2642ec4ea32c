/** The services that have their paths in a folder. */
import { FileKind } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { FilesClient } from 'stubs/files';
import { LIST_PATH_MAX } from 'stubs/names';
import { sameBytes } from '../../runtime/bytes';
import { close_handle } from '../../runtime/program/libsys';
import { endLine, out } from '../../runtime/program/output';
import { names, path, resolvePath } from '../../runtime/program/paths';

const SLASH: u8 = 0x2f;
/** The registered paths of this many services are compared with each other. */
const MOST_PATHS: u32 = 64;
const registered = memory.data(<i32>(MOST_PATHS * LIST_PATH_MAX));
const information = memory.data(offsetof<FileInformation>(), 8);
const lengths = memory.data(<i32>MOST_PATHS * 4, 4);

/** Names what lies directly below `path` on the way to a registered path, each name once; how many. */
export function listServices(): i32 {
  let count: u32 = 0;
  let shown: i32 = 0;
  const server = resolvePath();
  while (count < MOST_PATHS) {
    const place = registered + <usize>(count * LIST_PATH_MAX);
    const length = names().list(count, place, LIST_PATH_MAX);
    if (length < 0) break;
    store<u32>(lengths + <usize>count * 4, length);
    const child = childOf(place, length);
    if (child > 0 && !isShown(count, place, child) && !isFile(server, place, child)) {
      const start = folderLength();
      out.bytes(place + start, child - start);
      if (child < <u32>length || isFolderAt(place, length)) out.byte(SLASH);
      endLine();
      shown += 1;
    }
    count += 1;
  }
  if (server >= 0) close_handle(<u32>server);
  return shown;
}

/** Whether the folder's own server has a file at a path, and so has named it. */
function isFile(server: i64, place: usize, length: u32): bool {
  if (server < 0) return false;
  const bytes = <u32>offsetof<FileInformation>();
  return FilesClient.at(<u32>server).stat(place, length, information, bytes) >= 0;
}

/** Whether what answers at a registered path has a folder there. */
function isFolderAt(place: usize, length: u32): bool {
  const server = names().find(place, length);
  if (server < 0) return false;
  const found = isFile(server, place, length);
  close_handle(<u32>server);
  return found && changetype<FileInformation>(information).kind == FileKind.Folder;
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
    const other = registered + <usize>(i * LIST_PATH_MAX);
    const otherChild = childOf(other, load<u32>(lengths + <usize>i * 4));
    if (otherChild == child && sameBytes(other, child, place, child)) return true;
  }
  return false;
}
