/** What a command of the debugger is, and what it works on. */
import type { Execution, Motion } from './execution.ts';
import type { GuestConsole } from './guest-console.ts';
import type { Target } from './target.ts';
import type { WrittenRegisters } from './written-registers.ts';

/** What `x` looked at last: the memory pane shows it. */
export interface MemoryPlace {
  readonly address: number;
  /** Whether `address` is virtual, in whatever address space is current. */
  readonly isVirtual: boolean;
}

/** What commands see and change. */
export interface CommandContext {
  readonly target: Target;
  readonly execution: Execution;
  readonly console: GuestConsole;
  /** Registers as of WB. */
  readonly written: WrittenRegisters;
  /** Bytes for the guest's serial line. */
  readonly type: (bytes: Uint8Array) => void;
  /** Writes what is kept of one drive, or of all, to its file; what to say about it. */
  readonly commit: (which: string) => readonly string[];
  memoryPlace: MemoryPlace | undefined;
  /** Where `list` goes on. */
  listPlace: { readonly file: string; readonly line: number } | undefined;
}

export interface CommandResult {
  /** What to print. */
  readonly lines: readonly string[];
  /** Makes the guest run: whoever called runs it, then says where it stopped. */
  readonly motion?: Motion;
  readonly quits?: boolean;
}

export interface Command {
  /** The first is the full name; the others are short for it. */
  readonly names: readonly string[];
  /** What follows the name, as `LOCATION` or `[COUNT]`. */
  readonly parameters: string;
  readonly summary: string;
  /** An empty line repeats it. */
  readonly repeats?: boolean;
  /** @throws CommandProblem */
  run(context: CommandContext, text: string): CommandResult;
}

export function say(...lines: readonly string[]): CommandResult {
  return { lines };
}
