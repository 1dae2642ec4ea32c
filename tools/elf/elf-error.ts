/** What can be wrong with an ELF file; every message fits one line. */

export type ElfErrorKind =
  | 'not ELF'
  | 'wrong class'
  | 'wrong byte order'
  | 'wrong version'
  | 'wrong machine'
  | 'wrong type'
  | 'truncated header'
  | 'truncated segment'
  | 'truncated section'
  | 'bad segment'
  | 'overlapping segments'
  | 'bad section'
  | 'bad symbol'
  | 'bad note'
  | 'bad debug information';

export class ElfError extends Error {
  override readonly name = 'ElfError';

  /** @param message What is wrong and where, without the file's name: the caller knows it. */
  constructor(
    readonly kind: ElfErrorKind,
    message: string,
  ) {
    super(message);
  }
}
