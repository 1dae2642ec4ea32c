/** The clock, served by a process of its own. */
import { dispatchClock } from 'stubs/clock';
import { dispatchFile } from 'stubs/file';
import { dispatchFiles } from 'stubs/files';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { ClockService } from './clock-service';

const service = changetype<ClockService>(memory.data(offsetof<ClockService>(), 8));

export function main(start: usize): i32 {
  const server = Server.by(answer);
  server.closed = closed;
  server.alarm = alarm;
  return server.run(service.start());
}

function answer(request: Request): bool {
  return (
    dispatchClock<ClockService>(service, request) ||
    dispatchFile<ClockService>(service, request) ||
    dispatchFiles<ClockService>(service, request)
  );
}

function closed(badge: u32): void {
  service.closed(badge);
}

function alarm(): void {
  service.alarm();
}
