/** Pipes, served by a process of its own. */
import { dispatchFile } from 'stubs/file';
import { dispatchPipe } from 'stubs/pipe';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { PipeService } from './pipe-service';

const service = changetype<PipeService>(memory.data(offsetof<PipeService>(), 4));

export function main(start: usize): i32 {
  const server = Server.by(answer);
  server.closed = closed;
  return server.run(service.start());
}

function answer(request: Request): bool {
  return dispatchFile<PipeService>(service, request) || dispatchPipe<PipeService>(service, request);
}

function closed(badge: u32): void {
  service.closed(badge);
}
