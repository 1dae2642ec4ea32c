/**
 * The console in a process of its own: it owns the UART's page of registers and its interrupt, and
 * nothing else.
 */
import { dispatchConsole } from 'stubs/console';
import { dispatchFile } from 'stubs/file';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { ConsoleService } from './console-service';

const service = changetype<ConsoleService>(memory.data(offsetof<ConsoleService>(), 4));

export function main(start: usize): i32 {
  const error = service.start();
  if (error < 0) return error;
  const request = Request.ofService();
  while (request.next() >= 0) {
    if (request.isNotification) service.interrupt();
    else
      dispatchBase(request) ||
        dispatchConsole<ConsoleService>(service, request) ||
        dispatchFile<ConsoleService>(service, request) ||
        request.refuse();
  }
  return 1;
}
