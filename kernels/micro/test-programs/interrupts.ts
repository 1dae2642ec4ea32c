/** A device interrupt as a driver sees it: the UART's transmitter says that it is empty. */
import { lbu, sb } from '../../../userland/abi/rv';
import { Errno } from '../../../userland/abi/errno.enums';
import { MapAccess, ObjectKind, StartHandle, Syscall } from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  createNotification,
  destroy,
  invoke,
  map,
  newMessage,
  PAGE,
  send,
  startHandle,
  time,
} from './system';

const UART: u32 = 0x1000_0000;
const UART_SOURCE: u32 = 10;
const DEVICE: u32 = 0x4800_0000;
const IER: u32 = DEVICE + 1;
const IIR: u32 = DEVICE + 2;
const IER_THRE: u32 = 2;
const BIT: u32 = 0x40;
const MILLISECOND: u32 = 10_000;

function waitForBit(notification: u32, what: string): void {
  const message = newMessage();
  message.word0 = time() + 10 * MILLISECOND;
  message.word1 = 0;
  expect(send(message, Syscall.Wait, notification), 0, what);
  check(message.word0 == BIT, 'with its bit');
}

/** Enables the interrupt of the empty transmitter, which then comes at once. */
function provoke(): void {
  sb(IER, 0);
  sb(IER, IER_THRE);
}

export function testInterrupts(): void {
  const devices = startHandle(StartHandle.DeviceMemory);
  const root = startHandle(StartHandle.Interrupts);
  const registers = invoke(Syscall.Create, devices, ObjectKind.Memory, UART, PAGE) as u32;
  expect(map(registers, 0, DEVICE, MapAccess.Read | MapAccess.Write), PAGE, 'registers');
  const notification = createNotification(0);
  const kind = ObjectKind.Irq as u32;
  expect(invoke(Syscall.Create, root, kind, 0, notification, BIT), -Errno.EINVAL, 'source 0');
  expect(invoke(Syscall.Create, root, kind, 5000, notification, BIT), -Errno.EINVAL, 'none such');
  const irq = invoke(Syscall.Create, root, kind, UART_SOURCE, notification, BIT) as u32;
  expect(
    invoke(Syscall.Create, root, kind, UART_SOURCE, notification, BIT),
    -Errno.EBUSY,
    'a source has one object',
  );
  expect(invoke(Syscall.Create, irq, kind, 5, notification, BIT), -Errno.EACCES, 'no root');

  provoke();
  waitForBit(notification, 'the interrupt comes');
  lbu(IIR);
  provoke();
  expect(
    invoke(Syscall.Wait, notification, time() + MILLISECOND, 0),
    -Errno.ETIMEDOUT,
    'it does not come again before it is acknowledged',
  );
  expect(invoke(Syscall.AcknowledgeIrq, irq), 0, 'it is acknowledged');
  waitForBit(notification, 'and comes again');
  expect(invoke(Syscall.AcknowledgeIrq, irq), 0, 'once more');
  expect(invoke(Syscall.AcknowledgeIrq, irq), 0, 'even if there is nothing to acknowledge');

  // A driver that ends with an interrupt unacknowledged leaves the source usable.
  lbu(IIR);
  provoke();
  waitForBit(notification, 'an interrupt that nobody acknowledges');
  expect(destroy(irq), 0, 'its object ends');
  const next = invoke(Syscall.Create, root, kind, UART_SOURCE, notification, BIT);
  check(next > 0, 'the source can be had again');
  lbu(IIR);
  provoke();
  waitForBit(notification, 'and interrupts');
  expect(destroy(notification), 0, 'what it signals ends');
  lbu(IIR);
  invoke(Syscall.AcknowledgeIrq, next as u32);
  provoke();
  expect(invoke(Syscall.Wait, 0, time() + MILLISECOND, 0), 0, 'the kernel goes on');
  sb(IER, 0);
}
