/** Callers that wait for a time. */
import { DEFERRED, FOREVER, isAwaited, reply, Request } from 'environment/request';
import { Errno } from '../../abi/errno.enums';

const MOST_SLEEPERS: u32 = 64;

/** A kept call of `sleepUntil`; with reply 0 the place is free. */
@unmanaged
class Sleeper {
  deadline: u64;
  reply: u32;
}

/** They lie behind it. */
@unmanaged
export class Sleepers {
  /** When the next is to be woken, in ticks; FOREVER: nobody waits. */
  get next(): u64 {
    let next = FOREVER;
    for (let i: u32 = 0; i < MOST_SLEEPERS; i++) {
      const sleeper = this.at(i);
      if (sleeper.reply != 0 && sleeper.deadline < next) next = sleeper.deadline;
    }
    return next;
  }

  /** Has a caller wait. EAGAIN: too many do. */
  add(request: Request, deadline: u64): i32 {
    let place = this.freePlace();
    if (place < 0) {
      this.forgetEnded();
      place = this.freePlace();
    }
    if (place < 0) return -Errno.EAGAIN;
    const sleeper = this.at(<u32>place);
    sleeper.reply = request.keep();
    sleeper.deadline = deadline;
    return DEFERRED;
  }

  /** Wakes those whose time has come. */
  wake(now: u64): void {
    for (let i: u32 = 0; i < MOST_SLEEPERS; i++) {
      const sleeper = this.at(i);
      if (sleeper.reply == 0 || sleeper.deadline > now) continue;
      reply(sleeper.reply, 0);
      sleeper.reply = 0;
    }
  }

  /** Nobody tells that a caller has ended: its place is taken until somebody else wants it. */
  private forgetEnded(): void {
    for (let i: u32 = 0; i < MOST_SLEEPERS; i++) {
      const sleeper = this.at(i);
      if (isAwaited(sleeper.reply)) continue;
      // Gives the handle up.
      reply(sleeper.reply, -Errno.EINTR);
      sleeper.reply = 0;
    }
  }

  /** −1: all are taken. */
  private freePlace(): i32 {
    for (let i: u32 = 0; i < MOST_SLEEPERS; i++) {
      if (this.at(i).reply == 0) return <i32>i;
    }
    return -1;
  }

  private at(index: u32): Sleeper {
    const first = changetype<usize>(this);
    return changetype<Sleeper>(first + <usize>index * SLEEPER_BYTES);
  }
}

/** Aligned for times of 64 bits. */
const SLEEPER_BYTES: usize = (offsetof<Sleeper>() + 7) & ~7;
export const SLEEPERS_BYTES: u32 = MOST_SLEEPERS * <u32>SLEEPER_BYTES;
