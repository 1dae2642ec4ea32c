/** `userland/services/fs/main/main` as people say it: `main`. Type arguments lose their paths too. */
export function shortName(name: string): string {
  return name.replaceAll(/[^<>,]*\//g, '');
}
