/** Pointers that the kernel must not follow. */
import { Errno } from '../../../userland/abi/errno.enums';
import {
  MapAccess,
  ObjectKind,
  ProcessOperation,
  StartHandle,
  Syscall,
} from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import { createMemory, createProcess, destroy, invoke, map, PAGE, startHandle } from './system';

const PLACE: u32 = 0x4000_0000;
/** A device: mapped for the program, but not memory that the kernel copies to or from. */
const DEVICE: u32 = 0x4800_0000;
const RTC: u32 = 0x0010_1000;

/** `address` can be neither read nor written. */
function testBad(address: u32): void {
  const self = startHandle(StartHandle.Self);
  expect(invoke(Syscall.Log, 0, address, 8), -Errno.EFAULT, 'log');
  expect(
    invoke(Syscall.Create, 0, ObjectKind.Process, address, 8),
    -Errno.EFAULT,
    'the name of a process',
  );
  expect(
    invoke(Syscall.ControlProcess, self, ProcessOperation.Inspect, address),
    -Errno.EFAULT,
    'inspect',
  );
  expect(
    invoke(Syscall.ControlProcess, self, ProcessOperation.SetBuildId, address),
    -Errno.EFAULT,
    'a build id',
  );
}

export function testPointers(): void {
  testBad(0);
  testBad(0x8040_0000);
  testBad(0x8048_0000);
  testBad(0x7fff_fffc);
  testBad(0xffff_fffc);
  testBad(0xf000_0000);
  testBad(PLACE);
  expect(map(createMemory(PAGE), 0, PLACE, MapAccess.Read | MapAccess.Write), PAGE, 'one page');
  testBad(PLACE + PAGE - 4);
  testBad(PLACE - 4);

  const self = startHandle(StartHandle.Self);
  expect(invoke(Syscall.Log, 0, PLACE, 0), 0, 'a log of nothing');
  expect(invoke(Syscall.Log, 0, PLACE, 257), -Errno.EINVAL, 'a log that is too long');
  expect(invoke(Syscall.Create, 0, ObjectKind.Process, PLACE, 16), -Errno.ENAMETOOLONG, 'a name');
  const inspect = ProcessOperation.Inspect as u32;
  expect(invoke(Syscall.ControlProcess, self, inspect, PLACE), 0, 'a good address');
  check(load<u32>(PLACE + 8) == 1, 'ProcessState.Running');
  check(load<u32>(PLACE + 32) == 4 && load<u32>(PLACE + 36) == 0x7469_6e69, 'the name init');

  const constant = createMemory(PAGE);
  expect(map(constant, 0, PLACE + PAGE, MapAccess.Read), PAGE, 'a page that can only be read');
  expect(
    invoke(Syscall.ControlProcess, self, inspect, PLACE + PAGE),
    -Errno.EFAULT,
    'is not written for the program either',
  );
  const code = createMemory(PAGE);
  expect(map(code, 0, PLACE + 2 * PAGE, MapAccess.Execute), PAGE, 'a page that is only executed');
  expect(invoke(Syscall.Log, 0, PLACE + 2 * PAGE, 8), -Errno.EFAULT, 'is not read');

  const devices = startHandle(StartHandle.DeviceMemory);
  const clock = invoke(Syscall.Create, devices, ObjectKind.Memory, RTC, PAGE) as u32;
  expect(map(clock, 0, DEVICE, MapAccess.Read), PAGE, 'device registers');
  expect(invoke(Syscall.Log, 0, DEVICE, 8), -Errno.EFAULT, 'are not memory');
  expect(destroy(createProcess()), 0, 'and the kernel goes on');
}
