/** The loop of a service in a process of its own: as many threads as the image description says. */
import { StartHandle } from '../../abi/syscall.enums';
import { startHandle } from '../../runtime/start-information';
import { dispatchBase } from './base-service';
import { Request, REQUEST_BYTES } from './request';
import { startThread } from './threads';
import { startAlarms } from './time';

/** tools/images/manifest.ts allows no more. */
const MOST_THREADS: i32 = 8;

/** What a process does with what arrives at its endpoint; all but `answer` may be absent. */
@unmanaged
export class Server {
  /** Has the service answer a request; false if it does not know it. */
  private answer: (request: Request) => bool;
  /** Its device has interrupted. */
  interrupt: (() => void) | null;
  /** Nobody has the port with this badge any more. */
  closed: ((badge: u32) => void) | null;
  /** The time has come that the service has named (environment/time). */
  alarm: (() => void) | null;

  /** The server of this process. */
  static by(answer: (request: Request) => bool): Server {
    server.answer = answer;
    return server;
  }

  /**
   * Serves, on several threads, until the endpoint is gone.
   *
   * @param error what became of the service's start: a negative Errno ends the process
   * @returns the process's status
   */
  run(error: i32): i32 {
    if (error < 0) return error;
    const ring = this.alarm;
    if (ring !== null) {
      const failure = startAlarms(ring);
      if (failure < 0) return failure;
    }
    const threads = startHandle(StartHandle.Threads);
    for (let index: u32 = 1; index < threads; index++) {
      const failure = startThread(serve, index);
      if (failure < 0) return failure;
    }
    serve(0);
    return 1;
  }

  /** Does what a message or notification asks for. */
  take(request: Request): void {
    if (request.isNotification) this.takeInterrupt();
    else {
      dispatchBase(request) || this.answer(request) || this.takeClosed(request) || request.refuse();
    }
  }

  private takeInterrupt(): void {
    const interrupt = this.interrupt;
    if (interrupt !== null) interrupt();
  }

  private takeClosed(request: Request): bool {
    if (!request.isClosed) return false;
    const closed = this.closed;
    if (closed !== null) closed(request.badge);
    return true;
  }
}

const server = changetype<Server>(memory.data(offsetof<Server>(), 4));
const requests = memory.data(MOST_THREADS * REQUEST_BYTES, 4);

/** What each thread does. */
function serve(index: u32): void {
  const place = requests + <usize>index * <usize>REQUEST_BYTES;
  const request = Request.on(place, startHandle(StartHandle.Endpoint));
  while (request.next() >= 0) server.take(request);
}
