/** The clock, served by a process of its own. */
import { Errno } from '../../abi/errno.enums';
import { dispatchClock } from 'stubs/clock';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { ClockService } from './clock-service';

const service = changetype<ClockService>(memory.data(offsetof<ClockService>(), 4));

export function main(start: usize): i32 {
  const failure = service.start();
  if (failure < 0) return failure;
  const request = Request.ofService();
  while (true) {
    const error = request.nextUntil(service.nextAlarm);
    if (error == -Errno.ETIMEDOUT) service.alarm();
    else if (error < 0) return error;
    else dispatchBase(request) || dispatchClock<ClockService>(service, request) || request.refuse();
  }
}
