/** Files in memory, served by a process of its own. */
import { dispatchFile } from 'stubs/file';
import { dispatchFiles } from 'stubs/files';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { TmpfsService } from './tmpfs-service';

const service = changetype<TmpfsService>(memory.data(offsetof<TmpfsService>(), 8));

export function main(start: usize): i32 {
  const server = Server.by(answer);
  server.closed = closed;
  return server.run(service.start());
}

function answer(request: Request): bool {
  return (
    dispatchFile<TmpfsService>(service, request) || dispatchFiles<TmpfsService>(service, request)
  );
}

function closed(badge: u32): void {
  service.closed(badge);
}
