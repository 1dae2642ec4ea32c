/** The supervisor: hears from the kernel which servers died, and has them started again. */
import { Errno } from '../../abi/errno.enums';
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { dispatchSupervisor } from 'stubs/supervisor';
import { dispatchBase } from 'environment/base-service';
import { CpioReader } from '../../runtime/cpio';
import { mapWhole } from '../../runtime/objects';
import { reply, Request, REQUEST_BYTES } from 'environment/request';
import { startHandle } from '../../runtime/start-information';
import { Death, isDeath } from '../init/death';
import { SupervisorServer } from './supervisor-server';

const INITRD_AT: usize = 0x4000_0000;

const initrdMemory = memory.data(offsetof<CpioReader>(), 4);
const serverMemory = memory.data(offsetof<SupervisorServer>(), 8);
const requestMemory = memory.data(REQUEST_BYTES, 4);
const death = changetype<Death>(memory.data(offsetof<Death>(), 4));

export function main(start: usize): i32 {
  const bytes = mapWhole(startHandle(StartHandle.Initrd), INITRD_AT, MapAccess.Read);
  if (bytes < 0) return bytes;
  const initrd = CpioReader.on(initrdMemory, INITRD_AT, bytes);
  const server = SupervisorServer.on(serverMemory, startHandle(StartHandle.Init), initrd);
  server.reportPredecessor();

  const request = Request.on(requestMemory, startHandle(StartHandle.Endpoint));
  while (true) {
    const error = request.nextUntil(server.nextStart);
    if (error == -Errno.ETIMEDOUT) {
      server.startDue();
    } else if (error < 0) {
      return error;
    } else if (isDeath(request)) {
      death.take(request);
      // Ends the process, and with it its callers' wait.
      reply(request.keep(), 0);
      server.died(death);
    } else {
      dispatchBase(request) ||
        dispatchSupervisor<SupervisorServer>(server, request) ||
        request.refuse();
    }
  }
}
