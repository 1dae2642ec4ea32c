/** The file system on the disk, served by a process of its own. */
import { dispatchFile } from 'stubs/file';
import { dispatchFiles } from 'stubs/files';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { FsService } from './fs-service';

const service = changetype<FsService>(memory.data(offsetof<FsService>(), 8));

export function main(start: usize): i32 {
  const error = service.start();
  if (error < 0) return error;
  const request = Request.ofService();
  while (request.next() >= 0) {
    if (request.isClosed) service.closed(request.badge);
    else
      dispatchBase(request) ||
        dispatchFile<FsService>(service, request) ||
        dispatchFiles<FsService>(service, request) ||
        request.refuse();
  }
  return 1;
}
