/** The protocol `names`: which service is behind a path. */
import { Errno } from '../../userland/abi/errno.enums';
import { Request } from 'environment/request';
import { ALL_PATHS, findPath, isInUse, pathAt, resolvePath } from './paths';

const PATH_BYTES: u32 = 255;
const text = memory.data(255) as u32;

@unmanaged
export class NamesService {
  resolve(request: Request, path: usize, pathLength: u32): i64 {
    const port = resolvePath(path, pathLength);
    return port == 0 ? <i64>-Errno.ENOENT : <i64>port;
  }

  find(request: Request, path: usize, pathLength: u32): i64 {
    const port = findPath(path, pathLength);
    return port == 0 ? <i64>-Errno.ENOENT : <i64>port;
  }

  list(request: Request, index: u32, offset: u32, length: u32): i32 {
    let left = index;
    for (let at: u32 = 0; at < ALL_PATHS; at++) {
      if (!isInUse(at)) continue;
      if (left == 0) return this.answerPath(request, pathAt(at), offset, length);
      left--;
    }
    return -Errno.ENOENT;
  }

  private answerPath(request: Request, path: string, offset: u32, room: u32): i32 {
    const length = min(<u32>path.length, PATH_BYTES);
    for (let i: u32 = 0; i < length; i++) store<u8>(text + i, path.charCodeAt(i) as u8);
    return request.copyResult(offset, room, text, length);
  }
}
