/** Names as debuggers of C accept them in expressions. */

/** `Thread#wake` is `Thread_wake`, `Slab<Thread>` is `Slab_Thread`; without the path of the file. */
export function shortName(fullName: string): string {
  const generic = fullName.indexOf('<');
  const own = generic < 0 ? fullName : fullName.slice(0, generic);
  const last = own.slice(own.lastIndexOf('/') + 1);
  const rest = generic < 0 ? '' : fullName.slice(generic).replace(/[\w~.-]*\//g, '');
  const name = `${last}${rest}`.replace(/^\W+|\W+$/g, '').replace(/\W+/g, '_');
  return name === '' ? fullName : name;
}

/** The same with the name of its file before it, for names that several files have. */
function longName(fullName: string): string {
  const [folders = ''] = /^.*\/(?=[^/<]*(<|$))/.exec(fullName) ?? [];
  const file = folders.slice(0, -1).split('/').pop() ?? '';
  return `${file.replace(/\W+/g, '_')}_${shortName(fullName)}`;
}

/** One name for each of the full names; those that would be alike have their files' before them. */
export function distinctNames(fullNames: readonly string[]): Map<string, string> {
  const counts = new Map<string, number>();
  const all = new Set(fullNames);
  for (const fullName of all) {
    const name = shortName(fullName);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map(
    [...all].map((fullName) => {
      const name = shortName(fullName);
      return [fullName, (counts.get(name) ?? 0) > 1 ? longName(fullName) : name];
    }),
  );
}
