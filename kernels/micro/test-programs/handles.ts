/** Handles that are wrong: made up, stale, of another kind, without the right. */
import { Errno } from '../../../userland/abi/errno.enums';
import {
  MapAccess,
  ObjectKind,
  ProcessOperation,
  Rights,
  StartHandle,
  Syscall,
  SYSCALL_COUNT,
} from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  createEndpoint,
  createMemory,
  createNotification,
  createProcess,
  destroy,
  grant,
  invoke,
  map,
  PAGE,
  startHandle,
} from './system';

function testMadeUp(handle: u32): void {
  const bad = -Errno.EBADF;
  expect(invoke(Syscall.Call, handle), bad, 'call');
  expect(invoke(Syscall.Receive, handle), bad, 'receive');
  expect(invoke(Syscall.Reply, handle), bad, 'reply');
  expect(invoke(Syscall.ReplyReceive, handle), bad, 'reply and receive');
  expect(invoke(Syscall.CopyFromCaller, handle), bad, 'copy from');
  expect(invoke(Syscall.CopyToCaller, handle), bad, 'copy to');
  expect(invoke(Syscall.Signal, handle), bad, 'signal');
  if (handle != 0) expect(invoke(Syscall.Wait, handle), bad, 'wait');
  expect(invoke(Syscall.Create, handle, ObjectKind.Thread), bad, 'create a thread');
  expect(invoke(Syscall.Create, handle, ObjectKind.Irq), bad, 'create an IRQ');
  expect(invoke(Syscall.Destroy, handle), bad, 'destroy');
  expect(invoke(Syscall.Grant, handle), bad, 'grant');
  expect(invoke(Syscall.Map, handle, 0, PAGE, 0, PAGE, MapAccess.Read), bad, 'map');
  expect(invoke(Syscall.StartThread, handle), bad, 'start a thread');
  expect(invoke(Syscall.ControlProcess, handle, ProcessOperation.Reset), bad, 'reset');
  expect(invoke(Syscall.AcknowledgeIrq, handle), bad, 'acknowledge');
}

function testRights(): void {
  const self = startHandle(StartHandle.Self);
  const memoryObject = createMemory(PAGE);
  const readable = grant(self, memoryObject, Rights.Read, 0);
  const address: u32 = 0x4000_0000;
  expect(map(readable, 0, address, MapAccess.Write), -Errno.EACCES, 'no right to write');
  expect(map(readable, 0, address, MapAccess.Execute), -Errno.EACCES, 'no right to execute');
  expect(map(readable, 0, address, MapAccess.Read), PAGE, 'the right to read');
  expect(grant(self, readable, Rights.All, 0) as i32, -Errno.EACCES, 'no right to copy');
  const derivable = grant(self, memoryObject, Rights.Read | Rights.Derive, 0);
  const part = invoke(Syscall.Create, derivable, ObjectKind.Memory, 0, PAGE) as u32;
  expect(map(part, 0, address + PAGE, MapAccess.Write), -Errno.EACCES, 'a part has no more');
  expect(
    invoke(Syscall.Create, readable, ObjectKind.Memory, 0, PAGE),
    -Errno.EACCES,
    'no right to derive',
  );
  const more = grant(self, grant(self, memoryObject, Rights.Read | Rights.Copy, 0), Rights.All, 0);
  expect(map(more, 0, address + PAGE, MapAccess.Write), -Errno.EACCES, 'a copy has no more');

  const process = createProcess();
  const seen = grant(self, process, Rights.Inspect | Rights.Copy, 0);
  expect(invoke(Syscall.Create, seen, ObjectKind.Thread), -Errno.EACCES, 'no right to manage');
  expect(
    invoke(Syscall.ControlProcess, seen, ProcessOperation.Reset),
    -Errno.EACCES,
    'nor to reset',
  );
  expect(invoke(Syscall.ControlProcess, process, 99), -Errno.EINVAL, 'an unknown operation');
}

export function testHandles(): void {
  testMadeUp(0);
  testMadeUp(1);
  testMadeUp(0xffff_ffff);
  testMadeUp(0x8000_0000);
  testMadeUp(0x0000_1fff);

  const first = createNotification(0);
  expect(destroy(first), 0, 'a handle is given up');
  testMadeUp(first);
  const second = createNotification(0);
  check(second != first, 'its place is used again under another number');
  expect(invoke(Syscall.Signal, first, 1), -Errno.EBADF, 'the old number stays stale');
  expect(invoke(Syscall.Signal, second, 1), 0, 'the new one works');

  const self = startHandle(StartHandle.Self);
  const copy = grant(self, second, Rights.All, 0);
  expect(destroy(second), 0, 'the object ends');
  expect(invoke(Syscall.Signal, copy, 1), -Errno.EBADF, 'all handles to it are stale');
  expect(destroy(copy), 0, 'and can be given up');
  createEndpoint();
  expect(invoke(Syscall.Signal, copy, 1), -Errno.EBADF, 'whatever takes its place');

  expect(invoke(SYSCALL_COUNT, 0), -Errno.ENOSYS, 'an unknown system call');
  expect(invoke(0x8000_0001, 0), -Errno.ENOSYS, 'a negative one');
  expect(invoke(Syscall.Create, 0, 99), -Errno.EINVAL, 'an unknown kind');
  expect(invoke(Syscall.Create, 0, ObjectKind.Reply), -Errno.EINVAL, 'a kind that is not made');
  testRights();
}
