/** Files by literal paths. */
import { FileClient } from 'stubs/file';
import { makeFolder, openPath, removePath } from '../../runtime/program/files';
import { path } from '../../runtime/program/paths';

function setPath(literal: string): void {
  path.clear();
  path.text(literal);
}

/** A handle or a negative Errno. */
export function open(literal: string, flags: u32): i64 {
  setPath(literal);
  return openPath(flags);
}

export function remove(literal: string): i32 {
  setPath(literal);
  return removePath();
}

export function make(literal: string): i32 {
  setPath(literal);
  return makeFolder();
}

/** The open file behind a handle; one that every call refuses if there is none. */
export function file(handle: i64): FileClient {
  return FileClient.at(handle < 0 ? 0 : <u32>handle);
}
