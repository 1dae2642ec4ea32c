/** The initial file system image, served by a process of its own. */
import { dispatchFile } from 'stubs/file';
import { dispatchFiles } from 'stubs/files';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { InitrdService } from './initrd-service';

const service = changetype<InitrdService>(memory.data(offsetof<InitrdService>(), 8));

export function main(start: usize): i32 {
  const server = Server.by(answer);
  server.closed = closed;
  return server.run(service.start());
}

function answer(request: Request): bool {
  return (
    dispatchFile<InitrdService>(service, request) || dispatchFiles<InitrdService>(service, request)
  );
}

function closed(badge: u32): void {
  service.closed(badge);
}
