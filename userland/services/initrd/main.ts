/** The files of the initrd, served by a process of its own. */
import { dispatchFile } from 'stubs/file';
import { dispatchFiles } from 'stubs/files';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { InitrdService } from './initrd-service';

const service = changetype<InitrdService>(memory.data(offsetof<InitrdService>(), 4));

export function main(start: usize): i32 {
  const error = service.start();
  if (error < 0) return error;
  const request = Request.ofService();
  while (request.next() >= 0) {
    if (request.isClosed) service.closed(request.badge);
    else
      dispatchBase(request) ||
        dispatchFile<InitrdService>(service, request) ||
        dispatchFiles<InitrdService>(service, request) ||
        request.refuse();
  }
  return 1;
}
