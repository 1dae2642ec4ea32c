/** How a process died, as the kernel tells its handler (FaultMethod in abi/syscall.enums.ts). */
import { FaultMethod } from '../../abi/syscall.enums';
import { Request } from 'environment/request';

@unmanaged
export class Death {
  /** Number of the service in the manifest. */
  service: u32;
  /** FaultMethod.Fault or FaultMethod.Exit. */
  kind: u32;
  /** scause of a fault; exit status otherwise. */
  cause: u32;
  /** stval: the address that was touched, for causes that have one. */
  address: u32;
  /** sepc: the instruction. */
  pc: u32;

  /** Notes what a message of the kernel says. */
  take(request: Request): void {
    this.service = request.message.word0;
    this.kind = request.number;
    this.cause = request.message.word1;
    this.address = request.message.word2;
    this.pc = request.message.word3;
  }

  get isExit(): bool {
    return this.kind == FaultMethod.Exit;
  }
}

/** Whether a request is the kernel's, about a process that died. Nobody else can send such a one. */
export function isDeath(request: Request): bool {
  return request.number == FaultMethod.Fault || request.number == FaultMethod.Exit;
}
