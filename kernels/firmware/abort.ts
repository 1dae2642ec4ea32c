/** What AssemblyScript's `assert` and `abort` end in. */
import { ebreak } from '../../userland/abi/rv';

export function abort(
  _message: string | null,
  _file: string | null,
  _line: u32,
  _column: u32,
): void {
  ebreak();
}
