/** What every server does for the base protocol (userland/protocols/server.ts). */
import { Request } from 'environment/request';
import { dispatchServer } from 'stubs/server';

const NULL: usize = 0;

@unmanaged
class BaseService {
  ping(request: Request, word: u32): i64 {
    return (<i64>(<u64>word + 1)) & 0xffff_ffff;
  }

  crash(request: Request): i32 {
    store<u32>(NULL, request.badge);
    return 0;
  }
}

const service = changetype<BaseService>(memory.data(4));

/** Answers a request of the base protocol; false if it is none. */
export function dispatchBase(request: Request): bool {
  return dispatchServer<BaseService>(service, request);
}
