/** Files in memory, served by a process of its own. */
import { dispatchFile } from 'stubs/file';
import { dispatchFiles } from 'stubs/files';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { TmpfsService } from './tmpfs-service';

const service = changetype<TmpfsService>(memory.data(offsetof<TmpfsService>(), 4));

export function main(start: usize): i32 {
  const error = service.start();
  if (error < 0) return error;
  const request = Request.ofService();
  while (request.next() >= 0) {
    if (request.isClosed) service.closed(request.badge);
    else
      dispatchBase(request) ||
        dispatchFile<TmpfsService>(service, request) ||
        dispatchFiles<TmpfsService>(service, request) ||
        request.refuse();
  }
  return 1;
}
