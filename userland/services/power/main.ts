/** The machine's switch, in a process of its own. */
import { dispatchPower } from 'stubs/power';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { PowerService } from './power-service';

const service = changetype<PowerService>(memory.data(offsetof<PowerService>(), 4));

export function main(start: usize): i32 {
  const error = service.start();
  if (error < 0) return error;
  const request = Request.ofService();
  while (request.next() >= 0) {
    dispatchBase(request) || dispatchPower<PowerService>(service, request) || request.refuse();
  }
  return 1;
}
