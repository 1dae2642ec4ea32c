/** The fields of a console transcript that name time or cycles, and so differ between machines. */

export interface TranscriptMask {
  readonly name: string;
  /** Has one group, the number itself; everything around it is compared. */
  readonly pattern: RegExp;
}

/** Every number that names time or cycles, or depends on the size of the board's device tree. */
export const MASKS: readonly TranscriptMask[] = [
  { name: 'ps: time on the hart', pattern: /^ *\d+ {2}\w+ .* (\d+\.\d+)$/gm },
  // The board's device tree is a page longer on one of the two.
  { name: 'ps: pages of init', pattern: /^ *\d+ {2}init .* (\d+) +[\d.]+$/gm },
  { name: 'uptime', pattern: /^up (\d+\.\d+) s$/gm },
  { name: 'ping: minimum', pattern: /round trips, minimum (\d+),/g },
  { name: 'ping: median', pattern: /, median (\d+),/g },
  { name: 'ping: maximum', pattern: /, maximum (\d+) cycles$/gm },
];

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
