/** The fields of a console transcript that name time or cycles, and so differ between machines. */

export interface TranscriptMask {
  readonly name: string;
  /** Has one group, the number itself; everything around it is compared. */
  readonly pattern: RegExp;
}

/** Replaces each masked number by `#`. */
export function maskTranscript(transcript: string, masks: readonly TranscriptMask[]): string {
  let masked = transcript;
  for (const { pattern } of masks) {
    masked = masked.replaceAll(pattern, (whole: string, field: string) =>
      whole.replace(field, '#'),
    );
  }
  return masked;
}
