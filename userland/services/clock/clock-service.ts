/** The protocol `clock`: the time, and callers that wait for one. */
import { Errno } from '../../abi/errno.enums';
import { DEFERRED, FOREVER, reply, Request } from 'environment/request';
import { ticks } from 'environment/time';

const MOST_SLEEPERS: u32 = 64;

/** A kept call of `sleepUntil`; with reply 0 the place is free. */
@unmanaged
class Sleeper {
  deadline: u64;
  reply: u32;
}

@unmanaged
export class ClockService {
  private sleepers: usize;

  start(): i32 {
    this.sleepers = memory.data(<i32>MOST_SLEEPERS * offsetof<Sleeper>(), 8);
    return 0;
  }

  now(request: Request): i64 {
    return <i64>ticks();
  }

  sleepUntil(request: Request, deadline: u64): i32 {
    if (deadline <= ticks()) return 0;
    for (let i: u32 = 0; i < MOST_SLEEPERS; i++) {
      const sleeper = this.sleeper(i);
      if (sleeper.reply != 0) continue;
      sleeper.reply = request.keep();
      sleeper.deadline = deadline;
      return DEFERRED;
    }
    return -Errno.EAGAIN;
  }

  /** When the next caller is to be woken, in ticks. */
  get nextAlarm(): u64 {
    let next = FOREVER;
    for (let i: u32 = 0; i < MOST_SLEEPERS; i++) {
      const sleeper = this.sleeper(i);
      if (sleeper.reply != 0 && sleeper.deadline < next) next = sleeper.deadline;
    }
    return next;
  }

  /** Wakes those whose time has come. */
  alarm(): void {
    const now = ticks();
    for (let i: u32 = 0; i < MOST_SLEEPERS; i++) {
      const sleeper = this.sleeper(i);
      if (sleeper.reply == 0 || sleeper.deadline > now) continue;
      reply(sleeper.reply, 0);
      sleeper.reply = 0;
    }
  }

  private sleeper(index: u32): Sleeper {
    return changetype<Sleeper>(this.sleepers + <usize>index * <usize>offsetof<Sleeper>());
  }
}
