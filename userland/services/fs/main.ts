/** The file system on the disk, served by a process of its own. */
import { dispatchFile } from 'stubs/file';
import { dispatchFiles } from 'stubs/files';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { FsService } from './fs-service';

const service = changetype<FsService>(memory.data(offsetof<FsService>(), 8));

export function main(start: usize): i32 {
  const server = Server.by(answer);
  server.closed = closed;
  return server.run(service.start());
}

function answer(request: Request): bool {
  return dispatchFile<FsService>(service, request) || dispatchFiles<FsService>(service, request);
}

function closed(badge: u32): void {
  service.closed(badge);
}
