/**
 * The names server: from paths to the endpoints behind them. What is where, it asks init once when it
 * starts, so that a names server that died knows everything again; from then on nothing changes, and
 * its threads share it without a lock.
 */
import { StartHandle } from '../../abi/syscall.enums';
import { dispatchNames } from 'stubs/names';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { startHandle } from '../../runtime/start-information';
import { NamesService } from './names-service';

const service = changetype<NamesService>(memory.data(offsetof<NamesService>(), 4));

export function main(start: usize): i32 {
  NamesService.on(changetype<usize>(service), startHandle(StartHandle.Init));
  return Server.by(answer).run(0);
}

function answer(request: Request): bool {
  return dispatchNames<NamesService>(service, request);
}
