/**
 * The names server: from paths to the endpoints behind them. What is where, it asks init once when it
 * starts, so that a names server that died knows everything again.
 */
import { StartHandle } from '../../abi/syscall.enums';
import { dispatchNames } from 'stubs/names';
import { dispatchBase } from '../../runtime/base-service';
import { Request, REQUEST_BYTES } from '../../runtime/request';
import { startHandle } from '../../runtime/start-information';
import { NamesServer } from './names-server';

const serverMemory = memory.data(offsetof<NamesServer>(), 4);
const requestMemory = memory.data(REQUEST_BYTES, 4);

export function main(start: usize): i32 {
  const server = NamesServer.on(serverMemory, startHandle(StartHandle.Init));
  const request = Request.on(requestMemory, startHandle(StartHandle.Endpoint));
  while (request.next() >= 0) {
    dispatchBase(request) || dispatchNames<NamesServer>(server, request) || request.refuse();
  }
  return 1;
}
