/** The services that this one uses. */
import { StartHandle } from '../../abi/syscall.enums';
import { NamesClient } from 'stubs/names';
import { startHandle } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';

const PATH_BYTES: i32 = 64;

/**
 * An endpoint of the service that provides a path such as `/svc/block`; ENOENT if none does. It stays
 * good when that service dies and is started again.
 */
export function findService(path: string): i64 {
  const text = TextBuilder.on(
    memory.data(offsetof<TextBuilder>(), 4),
    memory.data(PATH_BYTES),
    PATH_BYTES,
  ).text(path);
  return NamesClient.at(startHandle(StartHandle.Names)).find(text.address, text.length);
}
