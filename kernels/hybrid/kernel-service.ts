/** The protocol `kernel`: what init is told of the services inside. */
import { Errno } from '../../userland/abi/errno.enums';
import { PATHS, SERVICES, isFallback, pathProvider, providedPath } from 'placement/inside';
import { Request } from 'environment/request';
import { serviceAt } from '../inside/services';

/** The kernel is a service behind those inside. */
export const KERNEL: u32 = SERVICES;

const PATH_BYTES: u32 = 255;
const text = memory.data(255) as u32;

@unmanaged
export class KernelService {
  providedPath(request: Request, index: u32, offset: u32, room: u32): i32 {
    if (index >= PATHS) return -Errno.ENOENT;
    const path = providedPath(index);
    const length = min(<u32>path.length, PATH_BYTES);
    for (let i: u32 = 0; i < length; i++) store<u8>(text + i, path.charCodeAt(i) as u8);
    return request.copyResult(offset, room, text, length);
  }

  providedEndpoint(request: Request, index: u32): i64 {
    if (index >= PATHS) return -Errno.ENOENT;
    const service = serviceAt(pathProvider(index));
    return service.isRunning ? <i64>service.port : <i64>-Errno.ENODEV;
  }

  isFallback(request: Request, index: u32): i32 {
    if (index >= PATHS) return -Errno.ENOENT;
    return isFallback(index) ? 1 : 0;
  }
}
