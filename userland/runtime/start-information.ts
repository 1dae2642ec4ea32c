/** What the process was started with: arguments and handles. */
import { StartInformation, Text } from '../abi/message.structs';
import { StartHandle } from '../abi/syscall.enums';

@unmanaged
class Remembered {
  information: StartInformation;
}

const remembered = changetype<Remembered>(memory.data(offsetof<Remembered>()));

export function rememberStart(information: StartInformation): void {
  remembered.information = information;
}

/** One of the handles that the process was given; 0 if it has no such thing. */
export function startHandle(place: StartHandle): u32 {
  const handles = remembered.information.handles;
  return handles == 0 ? 0 : load<u32>(handles + <usize>place * sizeof<u32>());
}

export function argumentCount(): u32 {
  return remembered.information.argc;
}

/** Argument `index`; number 0 is the process's own name. */
export function argument(index: u32): Text {
  return changetype<Text>(remembered.information.argv + <usize>index * <usize>offsetof<Text>());
}
