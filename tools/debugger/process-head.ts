/** What processes are alike in under every kernel: fields of the same names, wherever they lie. */
import { ProcessState } from '../../userland/abi/process.enums.ts';
import type { GuestMemory } from './guest-memory.ts';
import { byteDigits } from './hexadecimal.ts';
import type { ProcessView } from './kernel-view.ts';
import type { FieldOffsets } from './layouts.ts';
import { visibleText } from './visible-text.ts';

const BUILD_ID_BYTES = 20;
const LONGEST_NAME = 16;

const STATE_NAMES: Readonly<Record<number, string>> = {
  [ProcessState.Created]: 'created',
  [ProcessState.Running]: 'running',
  [ProcessState.Faulted]: 'faulted',
  [ProcessState.Exited]: 'exited',
};

export function stateName(state: number): string {
  return STATE_NAMES[state] ?? `state ${state}`;
}

/** Reads the object at a kernel address; the kernel maps RAM at its physical addresses. */
export function readProcessHead(
  memory: GuestMemory,
  object: number,
  process: FieldOffsets,
): Pick<ProcessView, 'id' | 'name' | 'root' | 'buildId' | 'pages'> {
  const field = (name: string): number => memory.physicalWord(object + process.of(name)) ?? 0;
  const bytes = (address: number, length: number): Uint8Array =>
    Uint8Array.from(memory.read(address, length, undefined), (byte) => byte ?? 0);
  const buildId = bytes(object + process.of('buildId0'), BUILD_ID_BYTES);
  const length = Math.min(field('nameLength'), LONGEST_NAME);
  const name = bytes(object + process.of('name0'), length);
  return {
    id: field('id'),
    name: visibleText(new TextDecoder().decode(name)),
    root: field('root'),
    buildId: buildId.some((byte) => byte !== 0) ? byteDigits(buildId) : undefined,
    pages: field('pages'),
  };
}
