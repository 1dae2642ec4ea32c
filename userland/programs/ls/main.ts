/** ls [-l] [PATH...]: what is in folders: files, and the services that have their paths there. */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { FileClient, LIST_NAME_MAX } from 'stubs/file';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { complain, SUCCESS } from '../../runtime/program/errors';
import { inspectPath, openPath } from '../../runtime/program/files';
import { close_handle } from '../../runtime/program/libsys';
import { endLine, out } from '../../runtime/program/output';
import { descend, makePath, path } from '../../runtime/program/paths';
import { listServices } from './services';

const SLASH: u8 = 0x2f;
/** Where the size ends and the name begins in a long line. */
const SIZE_END: u32 = 10;
const NAME_START: u32 = 12;

const entryName = memory.data(<i32>LIST_NAME_MAX);
let isLong: bool = false;

export function main(): i32 {
  isLong = argumentIs(1, '-l');
  const first: u32 = isLong ? 2 : 1;
  if (argumentCount() <= first) return list(0, 0);
  let status = SUCCESS;
  const isSeveral = argumentCount() > first + 1;
  for (let i = first; i < argumentCount(); i++) {
    const name = argument(i);
    if (isSeveral) {
      out.bytes(name.address, name.length).text(':');
      endLine();
    }
    status = max(status, list(name.address, name.length));
  }
  return status;
}

/** Lists the folder of that name, or names the file. */
function list(name: usize, length: u32): i32 {
  let error = makePath(name, length);
  if (error < 0) return complain(name, length, error);
  const opened = openPath(OpenFlags.Read);
  let count: i32 = 0;
  if (opened >= 0) {
    count = listFolder(FileClient.at(<u32>opened));
    close_handle(<u32>opened);
  }
  if (count == -Errno.ENOTDIR) {
    showEntry(name, length);
    return SUCCESS;
  }
  // A path may have services below it and no folder.
  if (listServices() > 0 || (opened >= 0 && count >= 0)) return SUCCESS;
  error = opened < 0 ? <i32>opened : count;
  return complain(name, length, error);
}

/** Shows a folder's entries; how many, or a negative Errno. */
function listFolder(file: FileClient): i32 {
  let count: i32 = 0;
  const folderLength = path.length;
  while (true) {
    const length = file.list(entryName, LIST_NAME_MAX);
    if (length < 0) return length;
    if (length == 0) return count;
    if (isLong) {
      const isFolder = load<u8>(entryName + length - 1) == SLASH;
      descend(entryName, isFolder ? length - 1 : length);
    }
    showEntry(entryName, length);
    path.length = folderLength;
    count += 1;
  }
}

/** One line: the name, and of the file at `path` before it the size if that is asked for. */
function showEntry(name: usize, length: u32): void {
  if (isLong) {
    const information = inspectPath();
    if (information === null) out.text('?');
    else if (information.kind == FileKind.Regular) out.decimalTo(SIZE_END, information.size);
    out.padTo(NAME_START);
  }
  out.bytes(name, length);
  endLine();
}
