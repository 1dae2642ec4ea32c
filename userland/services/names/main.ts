/**
 * The names server: from paths to the endpoints behind them. What is where, it asks init once when it
 * starts, so that a names server that died knows everything again.
 */
import { StartHandle } from '../../abi/syscall.enums';
import { dispatchNames } from 'stubs/names';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { startHandle } from '../../runtime/start-information';
import { NamesService } from './names-service';

const serverMemory = memory.data(offsetof<NamesService>(), 4);

export function main(start: usize): i32 {
  const server = NamesService.on(serverMemory, startHandle(StartHandle.Init));
  const request = Request.ofService();
  while (request.next() >= 0) {
    dispatchBase(request) || dispatchNames<NamesService>(server, request) || request.refuse();
  }
  return 1;
}
