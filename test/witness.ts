/**
 * Independent witnesses: programs such as QEMU and gdb that tests compare ours with. Where one is
 * not installed its tests are skipped by name; with VITRINE_WITNESSES=required that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { describe, it } from 'vitest';

const REQUIRED = process.env['VITRINE_WITNESSES'] === 'required';

/** Whether `command` can be started. */
export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** A `describe` block whose tests need `command`. */
export function describeWithWitness(command: string, name: string, tests: () => void): void {
  if (isInstalled(command)) {
    describe(name, tests);
  } else if (REQUIRED) {
    describe(name, () => {
      it(`needs ${command}`, () => {
        throw new Error(`${command} is not installed, and VITRINE_WITNESSES=required`);
      });
    });
  } else {
    describe.skip(`${name} (skipped: ${command} is not installed)`, tests);
  }
}
