/** `NAME.layouts.json`, beside every image: where the compiler has put the fields of its classes. */
import type { Layouts } from '../compiler/layouts.ts';

export function layoutsFile(image: string): string {
  return `${image}.layouts.json`;
}

/** The file for the image that has this build id. */
export function encodeLayouts(layouts: Layouts | undefined, buildId: Uint8Array): Uint8Array {
  const { classes = {}, constants = {} } = layouts ?? {};
  const text = JSON.stringify({ buildId: hexadecimal(buildId), classes, constants }, null, 1);
  return new TextEncoder().encode(`${text}\n`);
}

function hexadecimal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
