/** Memory objects: sizes, parts, mappings, and who may have the kernel's own device. */
import { Errno } from '../../../userland/abi/errno.enums';
import {
  MemoryFlags,
  ObjectKind,
  ProcessOperation,
  Rights,
  StartHandle,
  Syscall,
} from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import { createMemory, createProcess, destroy, invoke, map, PAGE, startHandle } from './system';

const PLACE: u32 = 0x4000_0000;
const READ_WRITE: u32 = 3;
const PLIC: u32 = 0x0c00_0000;

function mapPart(memoryObject: u32, address: u32, offset: u32, bytes: u32): i32 {
  return invoke(Syscall.Map, memoryObject, 0, address, offset, bytes, READ_WRITE);
}

function create(bytes: u32): i32 {
  return invoke(Syscall.Create, 0, ObjectKind.Memory, bytes);
}

function derive(from: u32, offset: u32, bytes: u32): i32 {
  return invoke(Syscall.Create, from, ObjectKind.Memory, offset, bytes);
}

export function testMapping(): void {
  expect(create(0), -Errno.EINVAL, 'no bytes');
  expect(create(PAGE + 1), -Errno.EINVAL, 'a part of a page');
  expect(create(0xffff_f000), -Errno.ENOMEM, 'more than there is');
  const four = createMemory(4 * PAGE);
  expect(map(four, 0, PLACE, READ_WRITE), 4 * PAGE, 'all of it');
  check(load<u32>(PLACE + 4 * PAGE - 4) == 0, 'it is zeroed');
  expect(map(four, 0, PLACE + 3 * PAGE, READ_WRITE), -Errno.EEXIST, 'something is there');
  expect(mapPart(four, PLACE - PAGE, 0, 2 * PAGE), -Errno.EEXIST, 'something is there in part');
  expect(invoke(Syscall.Log, 0, PLACE - PAGE, 4), -Errno.EFAULT, 'then nothing is mapped');
  expect(mapPart(four, PLACE - PAGE, 3 * PAGE, PAGE), PAGE, 'its last page');
  store<u32>(PLACE - PAGE, 42);
  check(load<u32>(PLACE + 3 * PAGE) == 42, 'twice the same page');

  const far: u32 = 0x4800_0000;
  expect(mapPart(four, far, 4 * PAGE, PAGE), -Errno.EINVAL, 'beyond its end');
  expect(mapPart(four, far, 3 * PAGE, 2 * PAGE), -Errno.EINVAL, 'across its end');
  expect(mapPart(four, far, 0xffff_f000, 2 * PAGE), -Errno.EINVAL, 'an offset that wraps');
  expect(mapPart(four, far + 1, 0, PAGE), -Errno.EINVAL, 'not at a page');
  expect(mapPart(four, far, 1, PAGE), -Errno.EINVAL, 'not from a page');
  expect(mapPart(four, far, 0, 1), -Errno.EINVAL, 'not whole pages');
  expect(mapPart(four, 0, 0, PAGE), -Errno.EFAULT, 'page 0');
  expect(mapPart(four, 0x8000_0000, 0, PAGE), -Errno.EFAULT, 'the kernel');
  expect(mapPart(four, 0x7fff_f000, 0, 2 * PAGE), -Errno.EFAULT, 'across the end of user space');
  expect(mapPart(four, 0xffff_f000, 0, 2 * PAGE), -Errno.EFAULT, 'an address that wraps');
  expect(invoke(Syscall.Map, four, 0, far, 0, PAGE, 0), -Errno.EINVAL, 'no access');
  expect(invoke(Syscall.Map, four, 0, far, 0, PAGE, 8), -Errno.EINVAL, 'an unknown access');
  expect(invoke(Syscall.Map, four, four, far, 0, PAGE, 1), -Errno.EBADF, 'not a process');

  const part = derive(four, PAGE, PAGE) as u32;
  expect(map(part, 0, far, READ_WRITE), PAGE, 'a part');
  store<u32>(PLACE + PAGE, 7);
  check(load<u32>(far) == 7, 'is the same memory');
  expect(derive(four, 0, 5 * PAGE), -Errno.EINVAL, 'no part beyond the end');
  expect(derive(four, 5 * PAGE, 0), -Errno.EINVAL, 'no empty part');
  expect(derive(four, 2, PAGE), -Errno.EINVAL, 'no part of a page');

  expect(destroy(four), 0, 'the object ends');
  check(load<u32>(far) == 7, 'its mappings and parts stay');
  expect(map(four, 0, far + PAGE, READ_WRITE), -Errno.EBADF, 'it cannot be mapped again');
  expect(invoke(Syscall.Unmap, 0, 0, PLACE, 4 * PAGE), 0, 'mappings can go');
  expect(invoke(Syscall.Unmap, 0, 0, PLACE, 4 * PAGE), 0, 'twice');
  expect(invoke(Syscall.Log, 0, PLACE, 4), -Errno.EFAULT, 'nothing is left');
  expect(invoke(Syscall.Unmap, 0, 0, PLACE + 1, PAGE), -Errno.EINVAL, 'whole pages only');
  expect(invoke(Syscall.Unmap, 0, 0, 0x8040_0000, PAGE), -Errno.EFAULT, 'not in the kernel');

  const process = createProcess();
  expect(map(part, process, PLACE, READ_WRITE), PAGE, 'into another process');
  const information = createMemory(PAGE);
  map(information, 0, PLACE, READ_WRITE);
  invoke(Syscall.ControlProcess, process, ProcessOperation.Inspect, PLACE);
  check(load<u32>(PLACE + 20) == 1, 'which then has a page');

  const devices = startHandle(StartHandle.DeviceMemory);
  expect(derive(devices, PLIC, PAGE), -Errno.EACCES, 'the interrupt controller is the kernel');
  expect(
    invoke(Syscall.Map, devices, 0, far + PAGE, PLIC - PAGE, 2 * PAGE, READ_WRITE),
    -Errno.EACCES,
    'also as a part',
  );
  expect(derive(devices, 0x8000_0000, PAGE), -Errno.EINVAL, 'RAM is no device');
  testDeviceMemory(devices, part);
}

function contiguous(root: u32, bytes: u32): i32 {
  return invoke(Syscall.Create, root, ObjectKind.Memory, bytes, 0, MemoryFlags.Contiguous);
}

function frameOf(memoryObject: u32): i32 {
  return invoke(Syscall.PhysicalAddress, memoryObject);
}

function testDeviceMemory(devices: u32, plain: u32): void {
  const self = startHandle(StartHandle.Self);
  const made = contiguous(devices, 2 * PAGE);
  check(made > 0, 'memory for a device');
  check(frameOf(made) >= 0x8_0000, 'has a physical address in RAM');
  expect(map(made, 0, 0x4900_0000, READ_WRITE), 2 * PAGE, 'and can be mapped');
  check(load<u32>(0x4900_0000 + PAGE) == 0, 'zeroed');
  const forDriver = invoke(Syscall.Grant, self, made, Rights.Read | Rights.Write);
  expect(frameOf(forDriver), -Errno.EACCES, 'its driver is not told the address by the kernel');
  expect(frameOf(plain), -Errno.EINVAL, 'nor anybody that of other memory');
  expect(frameOf(self), -Errno.EBADF, 'a process has none');
  expect(contiguous(plain, PAGE), -Errno.EACCES, 'only who has all devices makes it');
  expect(contiguous(devices, 1), -Errno.EINVAL, 'whole pages');
  expect(
    invoke(Syscall.Create, devices, ObjectKind.Memory, 0, PAGE, 2),
    -Errno.EINVAL,
    'an unknown flag',
  );
  const registers = derive(devices, 0x1000_0000, PAGE) as u32;
  expect(contiguous(registers, PAGE), -Errno.EACCES, 'a part of the devices does not do');
  destroy(made);
  destroy(registers);
}
