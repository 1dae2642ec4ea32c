/** The protocol `init`, served from the table of services. */
import { Errno } from '../../abi/errno.enums';
import { ProcessInformation } from '../../abi/message.structs';
import { NAMES_PROTOCOL } from 'stubs/names';
import { inspectProcess } from '../../runtime/objects';
import { Request } from 'environment/request';
import { Death } from './death';
import { PUBLIC_BADGE, Sources, startService, stopService } from './start-service';

const information = memory.data(offsetof<ProcessInformation>(), 4);

@unmanaged
export class InitServer {
  sources: Sources;
  /** The supervisor's last death, until it was told. */
  death: Death;
  hasDeath: bool;

  inspect(request: Request, service: u32, offset: u32, length: u32): i32 {
    if (!this.hasProcess(service)) return -Errno.ENOENT;
    const error = inspectProcess(this.sources.table.service(service).process, information);
    if (error < 0) return error;
    return request.copyResult(offset, length, information, offsetof<ProcessInformation>());
  }

  image(request: Request, service: u32, offset: u32, length: u32): i32 {
    if (service >= this.sources.table.count) return -Errno.ENOENT;
    const found = this.sources.table.service(service);
    return request.copyResult(offset, length, found.imageAddress, found.imageLength);
  }

  restartable(request: Request, service: u32): i32 {
    if (service >= this.sources.table.count) return -Errno.ENOENT;
    return this.sources.table.service(service).restarts ? 1 : 0;
  }

  restart(request: Request, service: u32): i32 {
    const error = this.checkSupervisor(request, service);
    return error < 0 ? error : startService(this.sources, service);
  }

  stop(request: Request, service: u32): i32 {
    const error = this.checkSupervisor(request, service);
    if (error < 0) return error;
    stopService(this.sources.table.service(service));
    return 0;
  }

  supervisorDeath(request: Request, offset: u32, length: u32): i32 {
    if (!this.isSupervisor(request)) return -Errno.EPERM;
    if (!this.hasDeath) return -Errno.ENOENT;
    this.hasDeath = false;
    return request.copyResult(offset, length, changetype<usize>(this.death), offsetof<Death>());
  }

  providedPath(request: Request, index: u32, offset: u32, length: u32): i32 {
    if (index >= this.sources.table.pathCount) return -Errno.ENOENT;
    const path = this.sources.table.path(index);
    return request.copyResult(offset, length, path.address, path.length);
  }

  providedEndpoint(request: Request, index: u32): i64 {
    const table = this.sources.table;
    if (request.badge >= table.count) return -Errno.EPERM;
    if (table.service(request.badge).protocol != NAMES_PROTOCOL) return -Errno.EPERM;
    if (index >= table.pathCount) return -Errno.ENOENT;
    const path = table.path(index);
    const endpoint = table.service(path.service).publicEndpoint;
    return endpoint == 0 || !table.isInUse(path) ? <i64>-Errno.ENOENT : <i64>endpoint;
  }

  /** Callers are known by the badges that init itself put on their handles. */
  private isSupervisor(request: Request): bool {
    const badge = request.badge;
    if (badge == PUBLIC_BADGE || badge >= this.sources.table.count) return false;
    return this.sources.table.service(badge).supervises;
  }

  /** The supervisor may restart everything but init, whose service is number 0. */
  private checkSupervisor(request: Request, service: u32): i32 {
    if (!this.isSupervisor(request)) return -Errno.EPERM;
    return service == 0 || !this.hasProcess(service) ? -Errno.ENOENT : 0;
  }

  /** Services inside the kernel have none; they are behind all others. */
  private hasProcess(service: u32): bool {
    const table = this.sources.table;
    return service < table.count && !table.service(service).isInside;
  }
}
