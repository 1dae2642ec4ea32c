/** The machine's switch, in a process of its own. */
import { dispatchPower } from 'stubs/power';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { PowerService } from './power-service';

const service = changetype<PowerService>(memory.data(offsetof<PowerService>(), 4));

export function main(start: usize): i32 {
  return Server.by(answer).run(service.start());
}

function answer(request: Request): bool {
  return dispatchPower<PowerService>(service, request);
}
