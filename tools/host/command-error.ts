/**
 * The errors that a person at the command line can do something about. The command prints their
 * message as one line, without a stack, and exits with their code.
 */

/** The guest or a check failed. */
export const EXIT_FAILED = 1;
/** The command was misused, or an input is bad. */
export const EXIT_USAGE = 2;

export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** A file, option or argument that cannot be used; the message names it and says what is wrong. */
export class InputError extends CommandError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT_USAGE, options);
    this.name = 'InputError';
  }
}

/** The guest, a build or a check failed; what was given was fine. */
export class RunError extends CommandError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT_FAILED, options);
    this.name = 'RunError';
  }
}
