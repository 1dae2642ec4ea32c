/** Text from a guest, an image or a file, made safe for a terminal. */

/** C0 and C1 controls, and what reorders text or has no width (Unicode's categories Cc, Cf, Zl, Zp). */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;
const DELETE = 0x7f;

/** The text with every control character in a visible form: ESC becomes `^[`. */
export function visibleText(text: string): string {
  return text.replaceAll(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
    return code === DELETE ? '^?' : '�';
  });
}
