/**
 * The files that are open. What their holders rely on, which file and where in it they are, lies in memory
 * that outlives the service, so that they go on after it has died and was started again; what can be
 * read from the disk once more lies in its own.
 */
import { Errno } from '../../abi/errno.enums';
import { keptAddress, openKept } from 'environment/kept';
import { Lock, SleepLock } from 'environment/lock';
import { allocatePages } from 'environment/memory';
import { PortSlots } from '../../runtime/port-slots';
import { Inode } from './ext2-structures';
import { Volume } from './volume';

/** Files open at once. */
const MOST_OPEN: u32 = 128;

/** What is kept of a file or folder that somebody has open. */
@unmanaged
class KeptFile {
  /** Next byte of a file; of a folder, the byte of its next entry. */
  offset: u64;
  /** Of its inode. */
  number: u32;
}

/** The disk does not change, so that the inode of a file is copied once. */
@unmanaged
export class OpenFile {
  kept: KeptFile;
  /** Its inode was read in this life of the service. */
  isKnown: bool;

  get inode(): Inode {
    return changetype<Inode>(changetype<usize>(this) + offsetof<OpenFile>());
  }

  /** Whose turn it is: a read goes on from where the one before it has ended. */
  get turn(): SleepLock {
    return changetype<SleepLock>(changetype<usize>(this.inode) + offsetof<Inode>());
  }
}

const FILE_BYTES: u32 = offsetof<OpenFile>() + offsetof<Inode>() + offsetof<SleepLock>();
const BADGES_AT: usize = offsetof<PortSlots>();
/** Aligned for offsets of 64 bits. */
const FILES_AT: usize = (BADGES_AT + MOST_OPEN * 4 + 7) & ~7;
const KEPT_FILE_BYTES: u32 = (<u32>offsetof<KeptFile>() + 7) & ~7;
const KEPT_BYTES: u32 = <u32>FILES_AT + MOST_OPEN * KEPT_FILE_BYTES;

/** All of it belongs to whoever has the service's lock. */
@unmanaged
export class OpenFiles {
  private slots: PortSlots;
  private volume: Volume;
  private lock: Lock;
  private kept: usize;
  private files: usize;

  /** Goes on with the files that a former life of the service has left open. ENOMEM. */
  prepare(volume: Volume, lock: Lock): i32 {
    // Without memory that is kept, files are closed when the service dies.
    this.kept = openKept(KEPT_BYTES) == 0 ? keptAddress() : allocatePages(1);
    if (this.kept == 0) return -Errno.ENOMEM;
    this.volume = volume;
    this.lock = lock;
    this.files = memory.data(<i32>(MOST_OPEN * FILE_BYTES), 8);
    this.slots = PortSlots.resume(this.kept, this.kept + BADGES_AT, MOST_OPEN);
    for (let slot: u32 = 0; slot < MOST_OPEN; slot++) {
      const file = this.at(slot);
      const place = this.kept + FILES_AT + <usize>slot * <usize>KEPT_FILE_BYTES;
      file.kept = changetype<KeptFile>(place);
      if (this.slots.badgeOf(slot) != 0 && !volume.isInode(file.kept.number)) this.release(slot);
    }
    return 0;
  }

  at(slot: u32): OpenFile {
    return changetype<OpenFile>(this.files + <usize>slot * <usize>FILE_BYTES);
  }

  /** Opens a file at its beginning; its slot, or ENFILE. */
  add(number: u32, inode: Inode): i32 {
    const slot = this.slots.take();
    if (slot < 0) return -Errno.ENFILE;
    const file = this.at(slot);
    file.kept.offset = 0;
    file.kept.number = number;
    file.isKnown = true;
    memory.copy(changetype<usize>(file.inode), changetype<usize>(inode), offsetof<Inode>());
    return slot;
  }

  badgeOf(slot: u32): u32 {
    return this.slots.badgeOf(slot);
  }

  /** Forgets a file that nobody works with. */
  release(slot: u32): void {
    this.slots.release(slot);
  }

  /**
   * Waits for one's turn with the file that a badge stands for; its slot, or EBADF: it is not open; or why
   * its inode cannot be read again. The turn ends with `leave`.
   */
  enter(badge: u32): i32 {
    const slot = this.slots.find(badge);
    if (slot < 0) return -Errno.EBADF;
    const file = this.at(slot);
    file.turn.take(this.lock);
    let error: i32 = 0;
    // Its last holder may have given it up meanwhile.
    if (this.slots.find(badge) != slot) error = -Errno.EBADF;
    else if (!file.isKnown) error = this.recall(file);
    if (error == 0) return slot;
    this.leave(slot);
    return error;
  }

  leave(slot: u32): void {
    this.at(slot).turn.give(this.lock);
  }

  /** Nobody has the file with this badge open any more. */
  close(badge: u32): void {
    const slot = this.slots.find(badge);
    if (slot < 0) return;
    // Whoever had it may have been killed in the middle of a call.
    const turn = this.at(slot).turn;
    turn.take(this.lock);
    if (this.slots.find(badge) == slot) this.release(slot);
    turn.give(this.lock);
  }

  private recall(file: OpenFile): i32 {
    const error = this.volume.readInode(file.kept.number, file.inode);
    if (error < 0) return error;
    const inode = file.inode;
    if (!inode.isRegular && !inode.isDirectory) return -Errno.EBADF;
    file.isKnown = true;
    return 0;
  }
}
