/**
 * The console: a driver for a UART 16550 in user mode, and the terminal on it. It owns the device's
 * page of registers and its interrupt, and nothing else.
 */
import { Errno } from '../../abi/errno.enums';
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { dispatchConsole } from 'stubs/console';
import { dispatchBase } from '../../runtime/base-service';
import { acknowledgeInterrupt, mapWhole } from '../../runtime/objects';
import { Request, REQUEST_BYTES } from '../../runtime/request';
import { startHandle } from '../../runtime/start-information';
import { ConsoleServer, KEPT_BYTES } from './console-server';
import { Uart } from './uart';

const REGISTERS_AT: usize = 0x2000_0000;
const KEPT_AT: usize = 0x2100_0000;

const serverMemory = memory.data(offsetof<ConsoleServer>(), 4);
const requestMemory = memory.data(REQUEST_BYTES, 4);

export function main(start: usize): i32 {
  const access = MapAccess.Read | MapAccess.Write;
  const mapped = mapWhole(startHandle(StartHandle.Registers), REGISTERS_AT, access);
  if (mapped < 0) return mapped;
  const kept = mapWhole(startHandle(StartHandle.Kept), KEPT_AT, access);
  if (kept < KEPT_BYTES) return min(kept, -Errno.ENOMEM);
  const server = ConsoleServer.on(serverMemory, Uart.at(REGISTERS_AT), KEPT_AT);
  const interrupt = startHandle(StartHandle.Interrupt);
  // A driver that died here may have left an interrupt unanswered, and then none would come again.
  acknowledgeInterrupt(interrupt);

  const request = Request.on(requestMemory, startHandle(StartHandle.Endpoint));
  while (request.next() >= 0) {
    if (request.isNotification) {
      server.interrupt();
      acknowledgeInterrupt(interrupt);
    } else {
      dispatchBase(request) || dispatchConsole<ConsoleServer>(server, request) || request.refuse();
    }
  }
  return 1;
}
