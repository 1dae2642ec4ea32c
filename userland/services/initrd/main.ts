/** The files of the initrd, to read: the protocol `files` over the archive that the kernel was given. */
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { dispatchFiles } from 'stubs/files';
import { dispatchBase } from '../../runtime/base-service';
import { mapWhole } from '../../runtime/objects';
import { Request, REQUEST_BYTES } from '../../runtime/request';
import { startHandle } from '../../runtime/start-information';
import { InitrdServer } from './initrd-server';

const INITRD_AT: usize = 0x4000_0000;

const serverMemory = memory.data(offsetof<InitrdServer>(), 4);
const requestMemory = memory.data(REQUEST_BYTES, 4);

export function main(start: usize): i32 {
  const bytes = mapWhole(startHandle(StartHandle.Initrd), INITRD_AT, MapAccess.Read);
  if (bytes < 0) return bytes;
  const server = InitrdServer.on(serverMemory, INITRD_AT, bytes);
  const request = Request.on(requestMemory, startHandle(StartHandle.Endpoint));
  while (request.next() >= 0) {
    dispatchBase(request) || dispatchFiles<InitrdServer>(server, request) || request.refuse();
  }
  return 1;
}
