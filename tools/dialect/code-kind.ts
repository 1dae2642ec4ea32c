/** What a path says about the code there. */

/** Folders of code that runs in one process of its own, and may use floating point and objects. */
const PROGRAM_FOLDERS = [
  'userland/programs/',
  'userland/runtime/program/',
  'userland/testing/',
  'userland/workloads/',
];

/** Tests on the machine are programs of their own, wherever they stand. */
export const TARGET_TEST = /\.target\.test\.ts$/;

/** Whether target code at a path goes without floating point and managed objects: all but programs. */
export function isIntegersOnly(path: string): boolean {
  if (TARGET_TEST.test(path)) return false;
  return !PROGRAM_FOLDERS.some((folder) => path.startsWith(folder));
}
