/**
 * The kernel's test program: takes the place of init, runs the test that the command line names, and
 * turns the machine off with success if every check in it held.
 */
import { sw } from '../../../userland/abi/rv';
import { StartInformation, Text } from '../../../userland/abi/message.structs';
import { MapAccess, ObjectKind, StartHandle, Syscall } from '../../../userland/abi/syscall.enums';
import { check, say } from './check';
import { testDeadlines } from './deadlines';
import { testDestruction } from './destruction';
import { testExhaustion } from './exhaustion';
import { testFaults } from './faults';
import { testFuzz } from './fuzz';
import { testHandles } from './handles';
import { testInterrupts } from './interrupts';
import { testLending } from './lending';
import { testMapping } from './mapping';
import { testMessages } from './messages';
import { testNotifications } from './notifications';
import { testPointers } from './pointers';
import { testPorts } from './ports';
import { testPriorities } from './priorities';
import { testRestart } from './restart';
import { testSpeed } from './speed';
import { invoke, map, setStart, startHandle } from './system';

export { abort } from './check';

const FINISHER: u32 = 0x0010_0000;
const FINISHER_PASS: u32 = 0x5555;
/** Where the finisher's page is mapped. */
const DEVICE: u32 = 0x7000_0000;
const PAGE: u32 = 0x1000;

export function main(information: StartInformation): u32 {
  setStart(information);
  check(information.argc == 2, 'the command line names a test');
  const name = changetype<Text>(information.argv + offsetof<Text>());
  run(name);
  say('passed');
  powerOff();
  return 1;
}

function is(name: Text, text: string): bool {
  if (name.length != (text.length as u32)) return false;
  for (let i = 0; i < text.length; i++) {
    if ((load<u8>(name.address + i) as i32) != text.charCodeAt(i)) return false;
  }
  return true;
}

function run(name: Text): void {
  if (is(name, 'messages')) testMessages();
  else if (is(name, 'lending')) testLending();
  else if (is(name, 'notifications')) testNotifications();
  else if (is(name, 'deadlines')) testDeadlines();
  else if (is(name, 'handles')) testHandles();
  else if (is(name, 'pointers')) testPointers();
  else if (is(name, 'mapping')) testMapping();
  else if (is(name, 'faults')) testFaults();
  else if (is(name, 'restart')) testRestart();
  else if (is(name, 'destruction')) testDestruction();
  else if (is(name, 'exhaustion')) testExhaustion();
  else if (is(name, 'ports')) testPorts();
  else if (is(name, 'priorities')) testPriorities();
  else if (is(name, 'interrupts')) testInterrupts();
  else if (is(name, 'speed')) testSpeed();
  else if (is(name, 'fuzz')) testFuzz();
  else if (is(name, 'null-pointer')) sw(0, 1);
  else check(false, 'the command line names a test that exists');
}

/** Other threads may still wait, so an exit would not end the machine. */
function powerOff(): void {
  const devices = startHandle(StartHandle.DeviceMemory);
  const page = invoke(Syscall.Create, devices, ObjectKind.Memory, FINISHER, PAGE);
  check(page > 0, 'the finisher can be derived from device memory');
  check(map(page as u32, 0, DEVICE, MapAccess.Read | MapAccess.Write) > 0, 'and mapped');
  sw(DEVICE, FINISHER_PASS);
}
