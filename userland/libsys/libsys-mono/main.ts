/** libsys for the monolithic kernel: system calls are as the microkernel's, except for memory. */
import { Syscall } from '../../abi/syscall.enums';
import { system_operation } from '../../runtime/system-calls';

export {
  abort,
  libsys_call,
  libsys_close,
  libsys_exit,
  libsys_log,
  libsys_null,
  libsys_sleep_until,
  libsys_unmap,
} from '../libsys-micro/main';

/** Without a memory object the kernel maps fresh pages. */
export function libsys_map(address: usize, bytes: u32): i32 {
  return system_operation(Syscall.Map, 0, 0, <u32>address, 0, bytes, 0);
}
