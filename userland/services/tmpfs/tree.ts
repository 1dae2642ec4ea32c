/** The tree of folders and files, in a table of nodes. */
import { Errno } from '../../abi/errno.enums';
import { FileKind } from '../../abi/files.enums';
import { sameBytes } from '../../runtime/bytes';
import {
  BLOCK_BYTES,
  blockAddress,
  giveBlocks,
  linkBlock,
  nextBlock,
  NO_BLOCK,
  takeBlock,
} from './block-pool';

const SLASH: u8 = 0x2f;
/** Files and folders, the root included. */
export const MOST_NODES: u32 = 128;
/** Longest name of one. */
const NAME_BYTES: u32 = 60;

/** A file or a folder; its name lies behind it. */
@unmanaged
export class Node {
  /** FileKind; 0: the node is free. */
  kind: u32;
  parent: Node | null;
  /** Ports that stand for it. */
  opened: u32;
  /** Bytes of a file. */
  size: u32;
  /** A file's chain of blocks. */
  first: u32;
  nameLength: u32;

  get name(): usize {
    return changetype<usize>(this) + offsetof<Node>();
  }

  get isFolder(): bool {
    return this.kind == FileKind.Folder;
  }

  /** The block with the byte at `offset`, which is made if it is not there; NO_BLOCK: none is left. */
  blockAt(offset: u32): u32 {
    if (this.first == NO_BLOCK) this.first = takeBlock();
    let block = this.first;
    for (let left = offset / BLOCK_BYTES; left != 0 && block != NO_BLOCK; left--) {
      let next = nextBlock(block);
      if (next == NO_BLOCK) {
        next = takeBlock();
        linkBlock(block, next);
      }
      block = next;
    }
    return block;
  }

  /** Where the byte at `offset` lies; 0: no block is left for it. */
  addressOf(offset: u32): usize {
    const block = this.blockAt(offset);
    return block == NO_BLOCK ? 0 : blockAddress(block) + (offset % BLOCK_BYTES);
  }

  /** Empties a file. */
  truncate(): void {
    giveBlocks(this.first);
    this.first = NO_BLOCK;
    this.size = 0;
  }
}

const NODE_BYTES: u32 = offsetof<Node>() + NAME_BYTES;

const nodes = memory.data(<i32>(MOST_NODES * NODE_BYTES), 8);

export function nodeAt(index: u32): Node {
  return changetype<Node>(nodes + <usize>index * <usize>NODE_BYTES);
}

function root(): Node {
  const node = nodeAt(0);
  node.kind = FileKind.Folder;
  return node;
}

/** What `find` found: the last component of the path, and the folder that it is in, if that exists. */
export let foundFolder: Node | null = null;
export let foundName: usize = 0;
export let foundLength: u32 = 0;

/**
 * The node at a path, whose first component is where the tree hangs in the tree of all files. Null:
 * there is none; `foundFolder` is null too if the folders before the last component are not there.
 */
export function find(path: usize, length: u32): Node | null {
  let at = skipComponent(path, length, 0);
  let node: Node | null = root();
  foundFolder = null;
  while (true) {
    while (at < length && load<u8>(path + at) == SLASH) at += 1;
    if (at == length || node === null) break;
    const end = skipComponent(path, length, at);
    if (!node.isFolder) {
      foundFolder = null;
      return null;
    }
    foundFolder = node;
    foundName = path + at;
    foundLength = end - at;
    node = childOf(node, path + at, end - at);
    at = end;
  }
  // Components are left over: what they count from is not there.
  if (node === null && at < length) foundFolder = null;
  return node;
}

/** Where the component that begins at `at`, or behind slashes there, ends. */
function skipComponent(path: usize, length: u32, at: u32): u32 {
  while (at < length && load<u8>(path + at) == SLASH) at += 1;
  while (at < length && load<u8>(path + at) != SLASH) at += 1;
  return at;
}

function childOf(folder: Node, name: usize, length: u32): Node | null {
  for (let i: u32 = 1; i < MOST_NODES; i++) {
    const node = nodeAt(i);
    if (node.kind == 0 || node.parent != folder) continue;
    if (sameBytes(node.name, node.nameLength, name, length)) return node;
  }
  return null;
}

/** Whether a folder has nothing in it. */
export function isEmpty(folder: Node): bool {
  for (let i: u32 = 1; i < MOST_NODES; i++) {
    const node = nodeAt(i);
    if (node.kind != 0 && node.parent == folder) return false;
  }
  return true;
}

/** Makes a node where `find` found none; null, and `lastError` says why. */
export function addNode(kind: FileKind): Node | null {
  const folder = foundFolder;
  if (folder === null) return failed(-Errno.ENOENT);
  if (foundLength > NAME_BYTES) return failed(-Errno.ENAMETOOLONG);
  for (let i: u32 = 1; i < MOST_NODES; i++) {
    const node = nodeAt(i);
    if (node.kind != 0) continue;
    memory.fill(changetype<usize>(node), 0, offsetof<Node>());
    node.kind = kind;
    node.parent = folder;
    node.nameLength = foundLength;
    memory.copy(node.name, foundName, foundLength);
    return node;
  }
  return failed(-Errno.ENOSPC);
}

export let lastError: i32 = 0;

function failed(error: i32): Node | null {
  lastError = error;
  return null;
}

/** Takes a node out of the tree. */
export function removeNode(node: Node): void {
  node.truncate();
  node.kind = 0;
}
