/** From what a user types to absolute paths, and to the servers behind them. */
import { Errno } from '../../abi/errno.enums';
import { Text } from '../../abi/message.structs';
import { StartHandle } from '../../abi/syscall.enums';
import { NamesClient, RESOLVE_PATH_MAX } from 'stubs/names';
import { TextBuilder } from '../text-builder';
import { folderAddress, folderLength, startHandle } from './data-page';

const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/** The path that was made last: it is good until the next one is made. */
export const path = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>RESOLVE_PATH_MAX),
  RESOLVE_PATH_MAX,
);

export function names(): NamesClient {
  return NamesClient.at(startHandle(StartHandle.Names));
}

/**
 * Makes `path` the absolute path of a file: counted from the current folder unless it begins with
 * `/`, with `.`, `..` and doubled slashes resolved. ENAMETOOLONG.
 */
export function makePath(name: usize, length: u32): i32 {
  path.clear();
  if (length == 0 || load<u8>(name) != SLASH) addComponents(folderAddress(), folderLength());
  addComponents(name, length);
  if (path.length == 0) path.byte(SLASH);
  return path.truncated ? -Errno.ENAMETOOLONG : 0;
}

function addComponents(text: usize, length: u32): void {
  let at: u32 = 0;
  while (at < length) {
    let end = at;
    while (end < length && load<u8>(text + end) != SLASH) end += 1;
    addComponent(text + at, end - at);
    at = end + 1;
  }
}

function addComponent(text: usize, length: u32): void {
  if (length == 0 || (length == 1 && load<u8>(text) == DOT)) return;
  if (length == 2 && load<u8>(text) == DOT && load<u8>(text + 1) == DOT) {
    while (path.length != 0) {
      path.length -= 1;
      if (load<u8>(path.address + path.length) == SLASH) break;
    }
    return;
  }
  path.byte(SLASH).bytes(text, length);
}

/** Appends `/` and a name to `path`. */
export function descend(name: usize, length: u32): void {
  if (path.length != 1) path.byte(SLASH);
  path.bytes(name, length);
}

/** The endpoint of the server in whose part of the tree `path` lies: the caller closes it. */
export function resolvePath(): i64 {
  if (path.truncated) return -Errno.ENAMETOOLONG;
  return names().resolve(path.address, path.length);
}

/** Where the last component of a path begins. */
export function lastComponent(text: Text): u32 {
  let start = text.length;
  while (start != 0 && load<u8>(text.address + start - 1) != SLASH) start -= 1;
  return start;
}
