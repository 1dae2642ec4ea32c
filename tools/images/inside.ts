/**
 * Binds services into a kernel: the module `stubs/inside`, through which a kernel's sources reach the
 * services that the image description places inside without naming any. A service's sources are
 * `NAME-service.ts` with its class, and `main.ts`, which says what protocols it answers.
 */
import { InputError } from '../host/command-error.ts';
import { docComment } from '../protocols/text.ts';
import type { ServiceDescription, SystemDescription } from './manifest.ts';
import { insideInOrder, lateServices, needsOf } from './needs.ts';

/** Reads a repository path; null if there is no such file. */
export type ReadSource = (path: string) => string | null;

/** From build/stubs, and from `~lib/stubs`, where asc believes a stub to be. */
const ROOT = '../..';
/** From a folder in it. */
const ROOT_OF_FOLDER = '../../..';
/** kernels/inside/services.ts has room for so many, the kernel's own included. */
const MOST_INSIDE = 28;

interface Linked {
  readonly service: ServiceDescription;
  /** The name of its one object, and of its class. */
  readonly instance: string;
  readonly className: string;
  readonly module: string;
  /** `Console` for dispatchConsole and so on, in the order in which main.ts asks them. */
  readonly protocols: readonly string[];
  readonly hasInterrupt: boolean;
  readonly hasPorts: boolean;
  readonly hasAlarms: boolean;
}

/**
 * The source of `stubs/inside`.
 * @throws InputError naming the description, the service and what is wrong with it
 */
export function insideSource(
  system: SystemDescription,
  read: ReadSource,
  root: typeof ROOT | typeof ROOT_OF_FOLDER = ROOT,
): string {
  const inside = insideInOrder(system);
  if (inside.length > MOST_INSIDE) {
    throw new InputError(`${system.file}: has more than ${MOST_INSIDE} services inside`);
  }
  const services = inside.map((service) => link(system.file, service, read));
  const number = ({ name, requires }: ServiceDescription): number => {
    const required = inside.findIndex((service) => service.name === requires);
    return required < 0 ? inside.findIndex((service) => service.name === name) : required;
  };
  const protocols = [...new Set(services.flatMap((service) => service.protocols))].sort();
  const lines = [
    ...docComment([`The services inside the kernel: generated from ${system.file}.`]),
    "import { Request } from 'environment/request';",
    `import { ServiceDescription } from '${root}/kernels/inside/service-description';`,
    ...protocols.map(
      (protocol) => `import { dispatch${protocol} } from 'stubs/${moduleOf(protocol)}';`,
    ),
    ...services.map(({ className, module }) => `import { ${className} } from '${root}/${module}';`),
    '',
    ...services.map(
      ({ instance, className }) =>
        `const ${instance} = changetype<${className}>(memory.data(offsetof<${className}>(), 8));`,
    ),
    '',
    '/** Services are numbered below. */',
    `export const SERVICES: u32 = ${services.length};`,
    '',
    ...switchFunction(
      'What the image description says of a service.',
      'describeService(number: u32, description: ServiceDescription): void',
      services.map(({ service }) => [...description(service, number(service)), 'break;']),
    ),
    ...switchFunction(
      'Starts a service: 0 or a negative Errno.',
      'startService(number: u32): i32',
      services.map(({ instance }) => [`return ${instance}.start();`]),
      'return 0;',
    ),
    ...switchFunction(
      'Has a service answer a request; false if it does not know it.',
      'dispatchInside(number: u32, request: Request): bool',
      services.map((linked) => [`return ${dispatchers(linked)};`]),
      'return false;',
    ),
    ...switchFunction(
      "A service's device has interrupted.",
      'interruptInside(number: u32): void',
      services.map(({ instance, hasInterrupt }) =>
        hasInterrupt ? [`${instance}.interrupt();`, 'break;'] : ['break;'],
      ),
    ),
    ...switchFunction(
      'Nobody has the port with this badge any more.',
      'closeInside(number: u32, badge: u32): void',
      services.map(({ instance, hasPorts }) =>
        hasPorts ? [`${instance}.closed(badge);`, 'break;'] : ['break;'],
      ),
    ),
    ...switchFunction(
      'The time has come for which a service wanted to be woken.',
      'alarmInside(number: u32): void',
      services.map(({ instance, hasAlarms }) =>
        hasAlarms ? [`${instance}.alarm();`, 'break;'] : ['break;'],
      ),
    ),
    ...paths(services),
  ];
  return lines.join('\n');
}

/**
 * The source of `placement/inside` of a hybrid kernel, as insideSource, and where what is outside is
 * found by those inside.
 */
export function placementSource(system: SystemDescription, read: ReadSource): string {
  const inside = insideInOrder(system);
  const late = lateServices(system);
  const outside = system.services.filter(({ place }) => place === 'user');
  const paths = outside.flatMap(({ provides }) => provides);
  const required = inside.map((service) => paths.indexOf(requiredPath(system, service) ?? ''));
  const lines = [
    insideSource(system, read, ROOT_OF_FOLDER),
    '/** Paths of services outside are numbered below. */',
    `export const OUTSIDE_PATHS: u32 = ${paths.length};`,
    '',
    ...switchFunction(
      'A path under which a service outside is found.',
      'outsidePath(index: u32): string',
      paths.map((path) => [`return '${path}';`]),
      "return '';",
    ),
    ...switchFunction(
      'Whether a service needs one outside, so that it starts last.',
      'startsLate(number: u32): bool',
      inside.map((service) => [`return ${late.has(service)};`]),
      'return false;',
    ),
    ...switchFunction(
      'Services that start late and before this one: the bits with their numbers.',
      'lateNeeds(number: u32): u32',
      inside.map((service) => {
        const needed = needsOf(system, service).filter((other) => late.has(other));
        return [
          `return ${needed.reduce((bits, other) => bits | (1 << inside.indexOf(other)), 0)};`,
        ];
      }),
      'return 0;',
    ),
    ...switchFunction(
      'Number of a path of the service outside without which this one is left out; -1: there is none.',
      'requiredOutside(number: u32): i32',
      required.map((path) => [`return ${path};`]),
      'return -1;',
    ),
  ];
  return lines.join('\n');
}

/** By which the kernel knows whether a service outside is there that one inside requires. */
function requiredPath(
  { file, services }: SystemDescription,
  { name, requires }: ServiceDescription,
): string | undefined {
  const required = services.find((service) => service.name === requires);
  if (required?.place !== 'user') return undefined;
  if (required.provides.length > 0) return required.provides[0];
  const problem = `is inside and requires "${required.name}", which is outside and provides no path`;
  throw new InputError(`${file}: service "${name}" ${problem}`);
}

/** Looks at a service's sources. */
function link(file: string, service: ServiceDescription, read: ReadSource): Linked {
  const fail = (problem: string): never => {
    throw new InputError(`${file}: service "${service.name}": ${problem}`);
  };
  const folder = service.source;
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  const module = `${folder}/${name}-service`;
  const className = `${pascalCase(name)}Service`;
  const text = read(`${module}.ts`) ?? fail(`there is no ${module}.ts to put into a kernel`);
  const loop = read(`${folder}/main.ts`) ?? fail(`there is no ${folder}/main.ts`);
  if (!text.includes(`export class ${className} {`)) {
    fail(`${module}.ts has no class ${className}`);
  }
  const found = [...loop.matchAll(/\bdispatch(\w+)<\w+>\(/g)].map(([, protocol = '']) => protocol);
  const { protocol } = service;
  if (protocol === undefined) return fail('is inside but offers no "protocol"');
  if (!found.some((offered) => moduleOf(offered) === protocol)) {
    fail(`${folder}/main.ts does not answer protocol "${protocol}"`);
  }
  return {
    service,
    instance: `${camelCase(service.name)}Service`,
    className,
    module,
    protocols: found,
    hasInterrupt: /^ {2}interrupt\(\): void \{/m.test(text),
    hasPorts: /^ {2}closed\(badge: u32\): void \{/m.test(text),
    hasAlarms: /^ {2}alarm\(\): void \{/m.test(text),
  };
}

function description(service: ServiceDescription, requires: number): string[] {
  const { name, registers, interrupt, device = 0, dma, kept, grants, optional } = service;
  return [
    `description.name = '${name}';`,
    `description.registers = ${quoted(registers)};`,
    `description.interrupt = ${quoted(interrupt)};`,
    `description.device = ${device};`,
    `description.dma = ${dma};`,
    `description.kept = ${kept};`,
    `description.readsInitrd = ${grants.includes('initrd')};`,
    `description.isOptional = ${optional};`,
    `description.requires = ${requires};`,
  ];
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'null' : `'${text}'`;
}

function dispatchers({ protocols, instance, className }: Linked): string {
  return protocols
    .map((protocol) => `dispatch${protocol}<${className}>(${instance}, request)`)
    .join(' || ');
}

/** The paths of all services, one behind the other. */
function paths(services: readonly Linked[]): string[] {
  const all = services.flatMap(({ service }, number) => [
    ...service.provides.map((path) => ({ path, number, isFallback: false })),
    ...service.fallbacks.map((path) => ({ path, number, isFallback: true })),
  ]);
  return [
    '/** Paths are numbered below. */',
    `export const PATHS: u32 = ${all.length};`,
    '',
    ...switchFunction(
      'A path under which a service is found.',
      'providedPath(index: u32): string',
      all.map(({ path }) => [`return '${path}';`]),
      "return '';",
    ),
    ...switchFunction(
      'The service that a path leads to.',
      'pathProvider(index: u32): u32',
      all.map(({ number }) => [`return ${number};`]),
      'return 0;',
    ),
    ...switchFunction(
      'Whether a path leads there only while no other service provides it.',
      'isFallback(index: u32): bool',
      all.map(({ isFallback }) => [`return ${isFallback};`]),
      'return false;',
    ),
  ];
}

function switchFunction(
  documentation: string,
  signature: string,
  cases: readonly (readonly string[])[],
  end?: string,
): string[] {
  const parameter = /\((\w+)/.exec(signature)?.[1] ?? '';
  return [
    ...docComment([documentation]),
    `export function ${signature} {`,
    `  switch (${parameter}) {`,
    ...cases.flatMap((body, index) => [
      `    case ${index}:`,
      ...body.map((line) => `      ${line}`),
    ]),
    '  }',
    ...(end === undefined ? [] : [`  ${end}`]),
    '}',
    '',
  ];
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The file of a protocol: they are named in one word. */
function moduleOf(protocol: string): string {
  return protocol.toLowerCase();
}
