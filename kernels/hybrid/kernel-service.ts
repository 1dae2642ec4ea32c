/** The protocol `kernel`: what init is told of the services inside, and tells of those outside. */
import { Errno } from '../../userland/abi/errno.enums';
import { PATHS, SERVICES, isFallback, pathProvider, providedPath } from 'placement/inside';
import { releasePort } from 'environment/call';
import { Request } from 'environment/request';
import { Port } from '../inside/port-table';
import { serviceAt } from '../inside/services';
import { willRun } from './late-services';
import { providePath } from './outside-paths';

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
    const number = pathProvider(index);
    return willRun(number) ? <i64>serviceAt(number).port : <i64>-Errno.ENODEV;
  }

  isFallback(request: Request, index: u32): i32 {
    if (index >= PATHS) return -Errno.ENOENT;
    return isFallback(index) ? 1 : 0;
  }

  provide(request: Request, path: usize, pathLength: u32, endpoint: u32): i32 {
    const error = providePath(path, pathLength, endpoint);
    if (error < 0) releasePort(changetype<Port>(endpoint));
    return error;
  }
}
