/**
 * The console in a process of its own: it owns the UART's page of registers and its interrupt, and
 * nothing else.
 */
import { dispatchConsole } from 'stubs/console';
import { dispatchFile } from 'stubs/file';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { ConsoleService } from './console-service';

const service = changetype<ConsoleService>(memory.data(offsetof<ConsoleService>(), 4));

export function main(start: usize): i32 {
  const server = Server.by(answer);
  server.interrupt = interrupt;
  return server.run(service.start());
}

function answer(request: Request): bool {
  return (
    dispatchConsole<ConsoleService>(service, request) ||
    dispatchFile<ConsoleService>(service, request)
  );
}

function interrupt(): void {
  service.interrupt();
}
