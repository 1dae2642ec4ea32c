/** What can be wrong with a link; every message fits one line and names the places involved. */

export type LinkErrorKind =
  | 'undefined symbol'
  | 'duplicate symbol'
  | 'overlap'
  | 'overflow'
  | 'relocation'
  | 'calling convention'
  | 'trap sites';

export interface LinkError {
  readonly kind: LinkErrorKind;
  readonly message: string;
}

/** Thrown inside the linker where no link can go on; `link` returns it as its only error. */
export class LinkFailure extends Error {
  override readonly name = 'LinkFailure';

  constructor(
    readonly kind: LinkErrorKind,
    message: string,
  ) {
    super(message);
  }
}

/** An address as messages show it: `0x80400000`. */
export function hexadecimal(address: number): string {
  return `0x${(address >>> 0).toString(16).padStart(8, '0')}`;
}
