/** A device's register table as Markdown, from its declaration. */

import type { DeviceDeclaration, FieldDeclaration, RegisterDeclaration } from './device.ts';

const hex = (value: number) => `0x${value.toString(16)}`;

/** `0x2000 + 0x80·context + 0x4·word`, `0x4 + 0x4·(source − 1)` */
function formatOffset(register: RegisterDeclaration): string {
  const terms = (register.dimensions ?? []).map(
    ({ name, stride, first = 0 }) =>
      `${hex(stride)}·${first === 0 ? name : `(${name} − ${first})`}`,
  );
  return [hex(register.offset), ...terms].join(' + ');
}

/** `enable[4 contexts][3 words]`: an array with its number of elements in every dimension. */
function formatName(register: RegisterDeclaration): string {
  const indexes = (register.dimensions ?? []).map(({ name, count }) => `[${count} ${name}s]`);
  return `\`${register.name}\`${indexes.join('')}`;
}

function formatField({ name, lsb, width, doc }: FieldDeclaration): string {
  const bits = width === 1 ? `${lsb}` : `${lsb + width - 1}:${lsb}`;
  return `\`${name}\` (${bits})${doc === undefined ? '' : `: ${doc}`}`;
}

/** Text that stays inside one cell of a table. */
const cell = (text: string) => text.replaceAll('|', '\\|');

function formatRegister(register: RegisterDeclaration): string {
  const fields = (register.fields ?? []).map(formatField).join('<br>');
  const description = fields === '' ? register.doc : `${register.doc}<br>${fields}`;
  const cells = [
    formatOffset(register),
    formatName(register),
    `${register.width}`,
    register.access,
    description,
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

/**
 * Heading, facts and register table of a device, for documentation.
 * @returns Markdown ending in a newline
 */
export function describeDevice(declaration: DeviceDeclaration): string {
  const { name, source, compatible, size, accessWidths, registers } = declaration;
  const lines = [
    `### ${name}`,
    '',
    `Source: ${source}. ${hex(size)} bytes; accesses of ${accessWidths.join(', ')} bytes.`,
  ];
  if (compatible.length > 0) {
    lines.push('', `Compatible: ${compatible.map((text) => `\`${text}\``).join(', ')}.`);
  }
  if (registers.length > 0) {
    lines.push('', '| offset | register | bytes | access | |', '|---|---|---|---|---|');
    lines.push(...registers.map(formatRegister));
  }
  return `${lines.join('\n')}\n`;
}
