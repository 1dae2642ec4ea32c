/** Pipes, served by a process of its own. */
import { dispatchFile } from 'stubs/file';
import { dispatchPipe } from 'stubs/pipe';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { PipeService } from './pipe-service';

const service = changetype<PipeService>(memory.data(offsetof<PipeService>(), 4));

export function main(start: usize): i32 {
  const error = service.start();
  if (error < 0) return error;
  const request = Request.ofService();
  while (request.next() >= 0) {
    if (request.isClosed) service.closed(request.badge);
    else
      dispatchBase(request) ||
        dispatchFile<PipeService>(service, request) ||
        dispatchPipe<PipeService>(service, request) ||
        request.refuse();
  }
  return 1;
}
