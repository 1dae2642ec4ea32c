/**
 * From protocols to stubs: for every interface in userland/protocols a module in AssemblyScript with
 * a client and a dispatcher, which target code imports as `stubs/NAME`, and one table of numbers by
 * which tools name methods.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { clientSource } from './client.ts';
import { planMethod } from './marshalling.ts';
import type { MarshallingPlan } from './marshalling.ts';
import { parseProtocol } from './parse.ts';
import { ProtocolError } from './protocol.ts';
import type { Method, Protocol } from './protocol.ts';
import { serverSource } from './server.ts';
import { boundName, docComment } from './text.ts';

/** A source file: its name as messages show it, and its text. */
export interface ProtocolSource {
  readonly file: string;
  readonly text: string;
}

/** The file in a folder of protocols that holds the types they are written with. */
const TYPES_FILE = 'types.ts';
const LINE_WIDTH = 100;
/** From build/stubs, and from `~lib/stubs`, where asc believes a stub to be. */
const USERLAND = '../../userland';
/** Asked for by package: what it is depends on where the service goes. */
const ENVIRONMENT = 'environment/';

/**
 * The protocols of several files.
 *
 * @throws ProtocolError also if two have the same number or name.
 */
export function parseProtocols(sources: readonly ProtocolSource[]): Protocol[] {
  const protocols: Protocol[] = [];
  for (const { file, text } of sources) {
    const protocol = parseProtocol(file, text);
    for (const other of protocols) {
      if (other.number === protocol.number) {
        const number = protocol.number;
        throw new ProtocolError(file, 1, `protocol number ${number} is ${other.name}'s already`);
      }
      if (other.name === protocol.name || other.module === protocol.module) {
        throw new ProtocolError(file, 1, `there is another protocol ${protocol.name}`);
      }
    }
    protocols.push(protocol);
  }
  return protocols;
}

/** The stubs of protocols, by module name. */
export function generateStubs(sources: readonly ProtocolSource[]): Map<string, string> {
  return new Map(
    parseProtocols(sources).map((protocol) => [protocol.module, stubSource(protocol)]),
  );
}

/** What a tool needs to name the methods that it sees on an endpoint. */
export interface ProtocolNames {
  readonly name: string;
  readonly module: string;
  readonly number: number;
  readonly methods: readonly { readonly name: string; readonly number: number }[];
}

export function protocolNames(protocols: readonly Protocol[]): ProtocolNames[] {
  return protocols.map(({ name, module, number, methods }) => ({
    name,
    module,
    number,
    methods: methods.map((method) => ({ name: method.name, number: method.number })),
  }));
}

/** The protocols of a folder, in the order of their names. */
export function readProtocolSources(folder: string, shownAs: string = folder): ProtocolSource[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && name !== TYPES_FILE && !name.endsWith('.d.ts'))
    .sort()
    .map((name) => ({
      file: `${shownAs}/${name}`,
      text: readFileSync(join(folder, name), 'utf8'),
    }));
}

function stubSource(protocol: Protocol): string {
  const plans = new Map<Method, MarshallingPlan>();
  for (const method of protocol.methods) {
    const plan = planMethod(method);
    if (typeof plan !== 'string') plans.set(method, plan);
  }
  const body = [
    ...numbers(protocol),
    '',
    ...bounds(plans),
    ...clientSource(protocol, plans),
    '',
    ...serverSource(protocol, plans),
  ];
  const head = [
    ...docComment([
      `${protocol.name}, protocol ${protocol.number}: generated from userland/protocols/${protocol.module}.ts.`,
      ...protocol.documentation,
    ]),
    ...imports(body.join('\n')),
    '',
  ];
  return [...head, ...body, ''].flatMap(wrapped).join('\n');
}

/** Breaks a line that is too long to read at the arguments of its last call or declaration. */
function wrapped(line: string): string[] {
  if (line.length <= LINE_WIDTH || line.includes(' * ')) return [line];
  const nested = /^(\s*)(.*\()([^()]+)(\)+[;:].*)$/.exec(line);
  if (nested === null) return [line];
  const [, indent = '', head = '', list = '', tail = ''] = nested;
  const items = list.split(', ').map((item) => `${indent}  ${item},`);
  return [`${indent}${head}`, ...items, `${indent}${tail}`];
}

function numbers(protocol: Protocol): string[] {
  return [
    `export const ${protocol.name.toUpperCase()}_PROTOCOL: u32 = ${protocol.number};`,
    '',
    `export const enum ${protocol.name}Method {`,
    ...protocol.methods.map(
      (method) => `  ${method.name} = 0x${method.number.toString(16).padStart(4, '0')},`,
    ),
    '}',
  ];
}

function bounds(plans: ReadonlyMap<Method, MarshallingPlan>): string[] {
  const lines: string[] = [];
  for (const [method, plan] of plans) {
    for (const { parameter } of plan.ranges) {
      const name = boundName(method.name, parameter.name);
      lines.push(`/** Bytes of \`${parameter.name}\` that ${method.name} takes. */`);
      lines.push(`export const ${name}: u32 = ${parameter.max};`);
    }
  }
  return lines.length === 0 ? [] : [...lines, ''];
}

/** Imports of what a stub's text uses: tsc rejects the others. */
function imports(body: string): string[] {
  const available = [
    { from: 'abi/errno.enums', names: ['Errno'] },
    { from: 'abi/syscall.enums', names: ['CallFlags'] },
    {
      from: 'environment/call',
      names: ['CALL_ATTEMPTS', 'call', 'callForHandle', 'outgoing', 'transferArea', 'wideResult'],
    },
    { from: 'environment/request', names: ['Request'] },
  ];
  const code = body.replaceAll(/^\s*(?:\/\*\*|\*).*$/gm, '');
  return available.flatMap(({ from, names }) => {
    const used = names.filter((name) => new RegExp(`(?<![\\w.])${name}(?=[.;(,)\\s])`).test(code));
    const place = from.startsWith(ENVIRONMENT) ? from : `${USERLAND}/${from}`;
    return used.length === 0 ? [] : [`import { ${used.join(', ')} } from '${place}';`];
  });
}
