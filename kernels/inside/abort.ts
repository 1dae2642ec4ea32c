/** What `assert` and checks of the language end in: report_kernel_trap finds the place. */
import { ebreak } from '../../userland/abi/rv';

export function abort(
  _message: string | null,
  _file: string | null,
  _line: u32,
  _column: u32,
): void {
  ebreak();
}
