/** Opening files by their paths. */
import { FileInformation } from '../../abi/files.structs';
import { FileKind } from '../../abi/files.enums';
import { FileClient } from 'stubs/file';
import { FilesClient } from 'stubs/files';
import { close_handle } from './libsys';
import { makePath, path, resolvePath } from './paths';

const information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));

/** Opens the file at a path, which may be relative; a handle that speaks `file`, or a negative Errno. */
export function openFile(name: usize, length: u32, flags: u32): i64 {
  const error = makePath(name, length);
  return error < 0 ? error : openPath(flags);
}

/** Opens the file at `path`. */
export function openPath(flags: u32): i64 {
  const server = resolvePath();
  if (server < 0) return server;
  const opened = FilesClient.at(<u32>server).open(path.address, path.length, flags);
  close_handle(<u32>server);
  return opened;
}

/** What is known of the file at `path`, until the next question; null, and `lastError` says why. */
export function inspectPath(): FileInformation | null {
  const server = resolvePath();
  if (server < 0) return failed(<i32>server);
  const size = <u32>offsetof<FileInformation>();
  const place = changetype<usize>(information);
  const got = FilesClient.at(<u32>server).stat(path.address, path.length, place, size);
  close_handle(<u32>server);
  return got < 0 ? failed(got) : information;
}

/** What is known of an open file, or null. */
export function inspectFile(file: FileClient): FileInformation | null {
  const size = <u32>offsetof<FileInformation>();
  const got = file.describe(changetype<usize>(information), size);
  return got < 0 ? failed(got) : information;
}

/** Whether `path` leads to a folder. */
export function isFolder(): bool {
  const found = inspectPath();
  return found !== null && found.kind == FileKind.Folder;
}

/** Makes a folder at `path`. */
export function makeFolder(): i32 {
  const server = resolvePath();
  if (server < 0) return <i32>server;
  const error = FilesClient.at(<u32>server).make(path.address, path.length);
  close_handle(<u32>server);
  return error;
}

/** Removes the file or the empty folder at `path`. */
export function removePath(): i32 {
  const server = resolvePath();
  if (server < 0) return <i32>server;
  const error = FilesClient.at(<u32>server).remove(path.address, path.length);
  close_handle(<u32>server);
  return error;
}

/** Why the last question had no answer. */
export let lastError: i32 = 0;

function failed(error: i32): FileInformation | null {
  lastError = error;
  return null;
}
