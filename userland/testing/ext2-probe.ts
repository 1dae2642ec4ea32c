/**
 * What the file system does with a disk that lies in memory: tests run this module on the bare machine
 * (tools/compiler/testing/target-program.ts) with disks that are damaged in every way.
 */
import { Errno } from '../abi/errno.enums';
import { StartInformation } from '../abi/message.structs';
import { StartHandle } from '../abi/syscall.enums';
import { Lock } from 'environment/lock';
import { rememberStart } from '../runtime/start-information';
import { DirectoryReader } from '../services/fs/directories';
import { Inode } from '../services/fs/ext2-structures';
import { fileBlock } from '../services/fs/file-blocks';
import { PathWalk, WALK_BYTES } from '../services/fs/path-walk';
import { Volume } from '../services/fs/volume';

const SECTOR_BYTES: u32 = 512;
const ROOT: u32 = 2;
/** Directories in directories that a survey enters, and entries that it looks at. */
const MOST_LEVELS: i32 = 8;
const MOST_ENTRIES: u32 = 400;
/** Blocks that are read of a file, from its beginning and before its end. */
const BLOCKS_READ: u32 = 16;
/** For the cache: a page of accounts, and as much as it takes at most. */
const MEMORY_BYTES: i32 = 132 * 4096;

@unmanaged
class Probe {
  disk: usize;
  sectors: u32;
  volume: Volume;
  walk: PathWalk;
  lock: Lock;
  /** A block that is asked for while the disk is waited for; 0: none. */
  wanted: u32;
  /** Times that the disk was waited for. */
  reads: u32;
  /** Times that it was there at once. */
  served: u32;
  entries: u32;
  /** Of all bytes that were read. */
  sum: u32;
}

const probe = changetype<Probe>(memory.data(offsetof<Probe>(), 4));
const directories = memory.data(MOST_LEVELS * offsetof<DirectoryReader>(), 4);
const inodes = memory.data(MOST_LEVELS * offsetof<Inode>(), 4);
const handles = memory.data(<i32>StartHandle.Count * 4, 4);
const information = changetype<StartInformation>(memory.data(offsetof<StartInformation>(), 4));
const child = changetype<Inode>(memory.data(offsetof<Inode>(), 4));

function readSectors(sector: u32, address: usize, bytes: u32): i32 {
  const count = bytes / SECTOR_BYTES;
  probe.reads += 1;
  if (sector > probe.sectors || count > probe.sectors - sector) return -Errno.EIO;
  if (probe.wanted != 0) serveMeanwhile();
  memory.copy(address, probe.disk + <usize>sector * SECTOR_BYTES, bytes);
  return 0;
}

/** What another thread does that comes now: it gets the lock, and what the cache has. */
function serveMeanwhile(): void {
  const block = probe.wanted;
  // A second wait for the disk would not be what is tried.
  probe.wanted = 0;
  const before = probe.reads;
  probe.lock.acquire();
  if (probe.volume.block(block) != 0 && probe.reads == before) probe.served += 1;
  probe.lock.release();
  probe.wanted = block;
}

/** From here on, block `index` of the file that `walkTo` went to is asked for during every wait. */
export function askMeanwhile(index: u32): i32 {
  const block = fileBlock(probe.volume, probe.walk.inode, index);
  probe.wanted = block > 0 && probe.volume.block(<u32>block) != 0 ? <u32>block : 0;
  probe.served = 0;
  probe.reads = 0;
  return probe.wanted != 0 ? 0 : -Errno.ENOENT;
}

/** Times that the disk was waited for since then, and how often the other was served meanwhile. */
export function countReads(): u32 {
  return probe.reads;
}

export function countServed(): u32 {
  return probe.served;
}

/** Mounts the disk at an address. */
export function mountDisk(disk: usize, sectors: u32): i32 {
  probe.disk = disk;
  probe.wanted = 0;
  probe.sectors = sectors;
  probe.volume = changetype<Volume>(memory.data(offsetof<Volume>(), 4));
  probe.walk = PathWalk.on(memory.data(<i32>WALK_BYTES, 4), probe.volume);
  if (changetype<usize>(probe.lock) == 0) begin();
  return probe.volume.mount(readSectors, sectors, probe.lock);
}

/** Gives the service memory, and the one thread that there is its lock. */
function begin(): void {
  store<u32>(handles + <usize>StartHandle.Memory * 4, memory.data(MEMORY_BYTES, 4096));
  store<u32>(handles + <usize>StartHandle.MemoryBytes * 4, MEMORY_BYTES);
  information.handles = handles;
  rememberStart(information);
  probe.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
  probe.lock.acquire();
}

/** Where a path leads: the inode's number, or a negative Errno. */
export function walkTo(path: usize, length: u32): i32 {
  const error = probe.walk.walk(path, length);
  return error < 0 ? error : <i32>probe.walk.number;
}

/** Bytes of the file that `walkTo` went to. */
export function fileSize(): u32 {
  return <u32>probe.walk.inode.size;
}

/** Where block `index` of that file lies in memory; 0: it is a hole; otherwise a negative Errno. */
export function blockAt(index: u32): i32 {
  const block = fileBlock(probe.volume, probe.walk.inode, index);
  if (block <= 0) return <i32>block;
  return <i32>probe.volume.block(<u32>block);
}

/** Looks at everything below the root, past what is damaged; how many entries there are. */
export function survey(): i32 {
  probe.entries = 0;
  probe.sum = 0;
  const error = probe.volume.readInode(ROOT, inodeAt(0));
  if (error < 0) return error;
  visit(0);
  return <i32>probe.entries;
}

export function sumRead(): u32 {
  return probe.sum;
}

function inodeAt(level: i32): Inode {
  return changetype<Inode>(inodes + <usize>level * <usize>offsetof<Inode>());
}

/** Everything in the directory of a level whose inode was read. */
function visit(level: i32): void {
  const place = directories + <usize>level * <usize>offsetof<DirectoryReader>();
  const directory = changetype<DirectoryReader>(place);
  let position: u32 = 0;
  while (probe.entries < MOST_ENTRIES) {
    // The block in which it stood is not there any more when something else was read.
    directory.open(probe.volume, inodeAt(level), position);
    if (directory.next() <= 0) return;
    position = directory.position;
    if (directory.isDot) continue;
    probe.entries += 1;
    if (probe.volume.readInode(directory.number, child) < 0) continue;
    if (child.isRegular) {
      readFile();
    } else if (child.isDirectory && level + 1 < MOST_LEVELS) {
      memory.copy(
        changetype<usize>(inodeAt(level + 1)),
        changetype<usize>(child),
        offsetof<Inode>(),
      );
      visit(level + 1);
    }
  }
}

function readFile(): void {
  const blockSize = <u64>probe.volume.blockSize;
  const blocks = <u32>((child.size + blockSize - 1) / blockSize);
  for (let i: u32 = 0; i < blocks; i++) {
    if (i == BLOCKS_READ && blocks > 2 * BLOCKS_READ) i = blocks - BLOCKS_READ;
    const block = fileBlock(probe.volume, child, i);
    if (block <= 0) continue;
    const address = probe.volume.block(<u32>block);
    if (address == 0) continue;
    for (let at: u32 = 0; at < probe.volume.blockSize; at += 4) {
      probe.sum = rotl<u32>(probe.sum, 1) + load<u32>(address + at);
    }
  }
}
