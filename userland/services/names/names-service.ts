/** The protocol `names`, served from a table of paths. */
import { Errno } from '../../abi/errno.enums';
import { InitClient, PROVIDED_PATH_PATH_MAX } from 'stubs/init';
import { sameBytes } from '../../runtime/bytes';
import { Request } from 'environment/request';

const MOST_PATHS: u32 = 64;
/** Of all paths together. */
const PATH_BYTES: u32 = 4096;
const SLASH: u8 = 0x2f;

@unmanaged
class Path {
  address: usize;
  length: u32;
  endpoint: u32;

  /** Whether the path is `other` or a folder above it: whole components count. */
  leadsTo(other: usize, otherLength: u32): bool {
    const length = this.length;
    if (length > otherLength || !sameBytes(this.address, length, other, length)) return false;
    const endsInSlash = load<u8>(this.address + length - 1) == SLASH;
    return length == otherLength || endsInSlash || load<u8>(other + length) == SLASH;
  }
}

@unmanaged
export class NamesService {
  private paths: usize;
  private count: u32;

  /** Fetches all paths from init. */
  static on(server: usize, init: u32): NamesService {
    const names = changetype<NamesService>(server);
    names.paths = memory.data(<i32>MOST_PATHS * offsetof<Path>(), 4);
    names.fetch(InitClient.at(init));
    return names;
  }

  resolve(request: Request, path: usize, pathLength: u32): i64 {
    let best: u32 = 0;
    let bestLength: u32 = 0;
    for (let i: u32 = 0; i < this.count; i++) {
      const candidate = this.path(i);
      if (candidate.length > bestLength && candidate.leadsTo(path, pathLength)) {
        best = candidate.endpoint;
        bestLength = candidate.length;
      }
    }
    return best == 0 ? <i64>-Errno.ENOENT : <i64>best;
  }

  find(request: Request, path: usize, pathLength: u32): i64 {
    for (let i: u32 = 0; i < this.count; i++) {
      const candidate = this.path(i);
      if (sameBytes(candidate.address, candidate.length, path, pathLength)) {
        return candidate.endpoint;
      }
    }
    return -Errno.ENOENT;
  }

  list(request: Request, index: u32, offset: u32, length: u32): i32 {
    if (index >= this.count) return -Errno.ENOENT;
    const path = this.path(index);
    return request.copyResult(offset, length, path.address, path.length);
  }

  private fetch(init: InitClient): void {
    let place = memory.data(<i32>PATH_BYTES);
    const end = place + PATH_BYTES;
    for (let index: u32 = 0; this.count < MOST_PATHS; index++) {
      const room = min<u32>(<u32>(end - place), PROVIDED_PATH_PATH_MAX);
      const length = init.providedPath(index, place, room);
      if (length <= 0 || <u32>length > room) return;
      const endpoint = init.providedEndpoint(index);
      // A service that could not be made, or was given up, has none.
      if (endpoint < 0) continue;
      const path = this.path(this.count);
      this.count += 1;
      path.address = place;
      path.length = length;
      path.endpoint = <u32>endpoint;
      place += length;
    }
  }

  private path(index: u32): Path {
    return changetype<Path>(this.paths + <usize>index * <usize>offsetof<Path>());
  }
}
