/**
 * Which services a system has and what each may touch: the image description
 * `kernels/KERNEL/images/NAME.json`, and the manifest that init reads, which is derived from it.
 *
 * The manifest is text, one property a line, `service NAME` opening each block; init's own block comes
 * first. userland/services/init/manifest.ts reads it.
 */
import { BOOT_FOLDER } from '../../userland/abi/initrd.ts';
import { InputError } from '../host/command-error.ts';

/** What a service may be given beside devices: the file archive, the power to restart others. */
const GRANTS = ['initrd', 'init'] as const;
export type Grant = (typeof GRANTS)[number];

export interface ServiceDescription {
  /** At most 15 bytes: the kernel keeps it. */
  readonly name: string;
  /** The folder with its image.json. */
  readonly source: string;
  readonly place: 'kernel' | 'user';
  /**
   * Threads that receive on its endpoint, 4 unless told otherwise. 1 is for those that have no endpoint
   * (reporter, interrupter), or do one thing after the other by their nature: init, which makes
   * processes at one place of its memory; supervisor, whose restarts go through init; power, whose
   * answers nobody lives to see. Inside a kernel a service runs on its callers' threads, however many
   * they are.
   */
  readonly threads: number;
  /** 1 … 31, the greater runs first. */
  readonly priority: number;
  /** What it offers; a service without one has no endpoint. */
  readonly protocol: string | undefined;
  /** Protocols that it calls others by. */
  readonly uses: readonly string[];
  /** Paths under which others find it. */
  readonly provides: readonly string[];
  /** Paths under which others find it where no other service provides them. */
  readonly fallbacks: readonly string[];
  /** The service, further up, without which it is left out: "block" if there is no disk. */
  readonly requires: string | undefined;
  /** It is left out without a word if its device is missing. */
  readonly optional: boolean;
  /** Device whose registers it gets, by the device tree's `compatible`. */
  readonly registers: string | undefined;
  /** Device whose interrupt it gets. */
  readonly interrupt: string | undefined;
  /** Of several such devices (virtio-mmio slots), the one that has this in its register DeviceID. */
  readonly device: number | undefined;
  /** Bytes of memory, whole pages, that the device reaches too. */
  readonly dma: number;
  readonly grants: readonly Grant[];
  /** Words that it finds as its arguments, after its name. */
  readonly arguments: readonly string[];
  readonly restart: 'always' | 'never';
  /**
   * Bytes, whole pages, of what it gets beside its image: 16 KiB (or all, if it is less) are the stack of
   * its first thread; the stacks of the others and what the service makes while it runs
   * (environment/memory) come from the rest. Each further thread takes 16 KiB, one of a service that
   * `uses` others 24 KiB, and so does the thread that waits for its alarms; a page keeps the accounts.
   */
  readonly memory: number;
  /** Bytes of memory, whole pages, that outlive the process: what it leaves to the one after it. */
  readonly kept: number;
}

export interface SystemDescription {
  /** For messages. */
  readonly file: string;
  /** init first. */
  readonly services: readonly ServiceDescription[];
}

/** The number by which the kernel knows a protocol: build/stubs/protocols.json has them. */
export interface ProtocolNumber {
  readonly module: string;
  readonly number: number;
}

const PAGE_BYTES = 4096;
const MOST_BYTES = 4 << 20;
/** Of a thread; userland/environment/user/threads.ts takes as much for each. */
const STACK_BYTES = 16384;
/** Of a thread that calls others: where its stubs gather what they lend. */
const TRANSFER_BYTES = 8192;
const DEFAULT_THREADS = 4;
/** userland/environment/user/serve.ts has room for so many. */
const MOST_THREADS = 8;
const LARGEST_PRIORITY = 31;
/** Virtual I/O Device 1.2, chapter 5, lists the types of devices. */
const LARGEST_DEVICE_ID = 63;
/** Limits of init's tables (userland/services/init/service-table.ts). */
const MOST_SERVICES = 32;
const LONGEST_LINE = 255;

const KEYS = [
  'name',
  'source',
  'place',
  'threads',
  'priority',
  'protocol',
  'uses',
  'provides',
  'fallbacks',
  'requires',
  'optional',
  'registers',
  'interrupt',
  'device',
  'dma',
  'grants',
  'arguments',
  'restart',
  'memory',
  'kept',
];

/** What only a process has. */
export const PROCESS_KEYS: readonly string[] = ['priority', 'restart', 'memory', 'arguments'];

/** Where the descriptions of a kernel's systems lie. */
const MICRO_FOLDER = 'kernels/micro/';
const MONO_FOLDER = 'kernels/mono/';
/** Protocols that the monolithic kernel answers itself. */
const MONO_PROTOCOLS = ['names', 'process'];

/**
 * Reads an image description.
 *
 * @param file its path, for messages.
 * @throws InputError naming the file, the service and the property that is wrong.
 */
export function parseSystemDescription(text: string, file: string): SystemDescription {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${file}: ${syntaxError(error)}`);
  }
  if (!isRecord(parsed) || !Array.isArray(parsed['services'])) {
    throw new InputError(`${file}: is not an object with a list "services"`);
  }
  const unknownKey = Object.keys(parsed).find((key) => key !== 'services');
  if (unknownKey !== undefined) throw new InputError(`${file}: unknown property "${unknownKey}"`);
  const services = parsed['services'].map((value: unknown, index) =>
    new ServiceReader(file, index, value).read(),
  );
  checkTogether(file, services);
  return { file, services };
}

/** The text of `boot/manifest`. */
export function manifestText(
  system: SystemDescription,
  protocols: readonly ProtocolNumber[],
): string {
  const numberOf = (service: ServiceDescription, protocol: string): number => {
    const found = protocols.find((candidate) => candidate.module === protocol);
    if (found === undefined) {
      const place = `${system.file}: service "${service.name}"`;
      throw new InputError(`${place}: there is no protocol "${protocol}" in userland/protocols`);
    }
    return found.number;
  };
  const lines: string[] = [];
  for (const service of system.services) {
    service.uses.forEach((protocol) => numberOf(service, protocol));
    const block = [
      ['service', service.name],
      ['image', imagePath(service)],
      ['priority', service.priority],
      ['threads', service.threads],
      ['stack', Math.min(service.memory, STACK_BYTES)],
      ['restart', service.restart],
    ];
    if (service.memory > STACK_BYTES) block.push(['memory', service.memory - STACK_BYTES]);
    if (service.kept > 0) block.push(['kept', service.kept]);
    if (service.protocol !== undefined) {
      block.push(['protocol', numberOf(service, service.protocol)]);
    }
    if (service.uses.length > 0) block.push(['uses', ...service.uses]);
    block.push(...service.provides.map((path) => ['provides', path]));
    block.push(...service.fallbacks.map((path) => ['fallback', path]));
    if (service.requires !== undefined) block.push(['requires', service.requires]);
    if (service.optional) block.push(['optional', 'yes']);
    if (service.device !== undefined) block.push(['device', service.device]);
    if (service.dma > 0) block.push(['dma', service.dma]);
    if (service.registers !== undefined) block.push(['registers', service.registers]);
    if (service.interrupt !== undefined) block.push(['interrupt', service.interrupt]);
    block.push(...service.grants.map((grant) => ['grant', grant]));
    if (service.arguments.length > 0) block.push(['arguments', ...service.arguments]);
    lines.push(...block.map((words) => words.join(' ')), '');
  }
  const long = lines.find((line) => Buffer.byteLength(line) > LONGEST_LINE);
  if (long !== undefined) {
    throw new InputError(`${system.file}: "${long.slice(0, 40)}…" is too long for init's manifest`);
  }
  return lines.join('\n');
}

/** Where a service's ELF file lies in the initrd. */
export function imagePath(service: ServiceDescription): string {
  return `${BOOT_FOLDER}${imageName(service)}`;
}

/** The name of the image that a service runs: its folder's. */
export function imageName(service: ServiceDescription): string {
  return service.source.slice(service.source.lastIndexOf('/') + 1);
}

class ServiceReader {
  readonly #file: string;
  readonly #place: string;
  readonly #values: Record<string, unknown>;

  constructor(file: string, index: number, value: unknown) {
    if (!isRecord(value)) throw new InputError(`${file}: services[${index}] is not an object`);
    const name = value['name'];
    this.#file = file;
    this.#place = `${file}: service ${typeof name === 'string' ? `"${name}"` : `number ${index}`}`;
    this.#values = value;
  }

  read(): ServiceDescription {
    const unknownKey = Object.keys(this.#values).find((key) => !KEYS.includes(key));
    if (unknownKey !== undefined) this.#fail(`unknown property "${unknownKey}"`);
    const place = this.#oneOf('place', ['kernel', 'user']);
    const isInside = place === 'kernel';
    if (isInside && this.#file.startsWith(MICRO_FOLDER)) {
      this.#fail('the microkernel has no services inside, "place" is "user"');
    }
    const meaningless = PROCESS_KEYS.find((key) => isInside && this.#values[key] !== undefined);
    if (meaningless !== undefined) {
      this.#fail(`"${meaningless}" is for processes, and "place" is "kernel"`);
    }
    return {
      name: this.#matching('name', /^[a-z][a-z0-9-]{0,14}$/, 'at most 15 of a–z, 0–9 and -'),
      source: this.#matching('source', /^[a-z0-9-]+(\/[a-z0-9-]+)+$/, 'a folder'),
      place,
      threads:
        this.#values['threads'] === undefined
          ? DEFAULT_THREADS
          : this.#number('threads', 1, MOST_THREADS),
      priority: isInside ? 0 : this.#number('priority', 1, LARGEST_PRIORITY),
      protocol: this.#optional('protocol', /^[a-z][a-z0-9-]*$/, 'the name of a protocol'),
      uses: this.#list('uses', /^[a-z][a-z0-9-]*$/, 'names of protocols'),
      provides: this.#paths('provides'),
      fallbacks: this.#paths('fallbacks'),
      requires: this.#optional('requires', /^[a-z][a-z0-9-]*$/, 'the name of a service'),
      optional: this.#values['optional'] !== undefined && this.#oneOf('optional', [true, false]),
      registers: this.#optional('registers', /^[\w,.-]+$/, 'what a device is compatible with'),
      interrupt: this.#optional('interrupt', /^[\w,.-]+$/, 'what a device is compatible with'),
      device:
        this.#values['device'] === undefined
          ? undefined
          : this.#number('device', 1, LARGEST_DEVICE_ID),
      dma: this.#values['dma'] === undefined ? 0 : this.#pages('dma'),
      grants: this.#grants(),
      arguments: this.#list('arguments', /^[!-~]+$/, 'words without spaces'),
      restart: isInside ? 'never' : this.#oneOf('restart', ['always', 'never']),
      memory: isInside ? 0 : this.#pages('memory'),
      kept: this.#values['kept'] === undefined ? 0 : this.#pages('kept'),
    };
  }

  #fail(problem: string): never {
    throw new InputError(`${this.#place}: ${problem}`);
  }

  #matching(key: string, pattern: RegExp, wanted: string): string {
    const value = this.#values[key];
    if (value === undefined) this.#fail(`"${key}" is missing`);
    return typeof value === 'string' && pattern.test(value)
      ? value
      : this.#fail(`"${key}" is not ${wanted}`);
  }

  #optional(key: string, pattern: RegExp, wanted: string): string | undefined {
    return this.#values[key] === undefined ? undefined : this.#matching(key, pattern, wanted);
  }

  #list(key: string, pattern: RegExp, wanted: string): string[] {
    const value = this.#values[key] ?? [];
    const isList =
      Array.isArray(value) &&
      value.every((item): item is string => typeof item === 'string' && pattern.test(item));
    return isList ? value : this.#fail(`"${key}" is not a list of ${wanted}`);
  }

  #paths(key: string): string[] {
    return this.#list(key, /^\/(?:[\w.-]+(?:\/[\w.-]+)*)?$/, 'paths such as "/svc/x"');
  }

  #oneOf<Choice extends string | boolean>(key: string, choices: readonly Choice[]): Choice {
    const value = this.#values[key];
    return (
      choices.find((choice) => choice === value) ??
      this.#fail(`"${key}" is not one of ${choices.join(', ')}`)
    );
  }

  #grants(): Grant[] {
    return this.#list('grants', /^/, 'grants').map(
      (name) =>
        GRANTS.find((grant) => grant === name) ??
        this.#fail(`"grants" has "${name}", there are ${GRANTS.join(', ')}`),
    );
  }

  #number(key: string, least: number, most: number): number {
    const value = this.#values[key];
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : this.#fail(
          least === most
            ? `"${key}" is not ${least}, which is all there can be so far`
            : `"${key}" is not a whole number from ${least} to ${most}`,
        );
  }

  #pages(key: string): number {
    const bytes = this.#number(key, PAGE_BYTES, MOST_BYTES);
    return bytes % PAGE_BYTES === 0
      ? bytes
      : this.#fail(`"${key}" is not whole pages of ${PAGE_BYTES} bytes`);
  }
}

/** What no service can know alone. */
function checkTogether(file: string, services: readonly ServiceDescription[]): void {
  const fail = (problem: string): never => {
    throw new InputError(`${file}: ${problem}`);
  };
  const isMono = file.startsWith(MONO_FOLDER);
  if (!isMono && services[0]?.name !== 'init') fail('the first service is not "init"');
  if (services.length > MOST_SERVICES) fail(`has more than ${MOST_SERVICES} services`);
  const places = new Map<string, string>();
  for (const service of services) {
    const { name } = service;
    if (service.place === 'user' && isMono) {
      fail(`service "${name}": the monolithic kernel has all services inside, "place" is "kernel"`);
    }
    if (services.filter((other) => other.name === name).length > 1) {
      fail(`service "${name}" is described twice`);
    }
    const twin = services.find((other) => other !== service && other.source === service.source);
    if (twin !== undefined && service.place === 'kernel') {
      fail(`service "${name}" is placed twice: "${twin.name}" is ${service.source} too`);
    }
    if (service.provides.length > 0 && service.protocol === undefined) {
      fail(`service "${name}" provides paths but has no "protocol"`);
    }
    if (service.interrupt !== undefined && service.protocol === undefined) {
      fail(`service "${name}" has an interrupt but no "protocol", so no endpoint to hear it at`);
    }
    if (service.fallbacks.length > 0 && service.protocol === undefined) {
      fail(`service "${name}" has fallbacks but no "protocol"`);
    }
    if (service.place === 'user' && service.memory < memoryOfThreads(service)) {
      const needed = `${service.threads} threads need ${memoryOfThreads(service)} bytes`;
      fail(`service "${name}": ${needed}, and "memory" is ${service.memory}`);
    }
    if (service.dma > 0 && service.registers === undefined) {
      fail(`service "${name}" has memory for a device ("dma"), but no "registers" of one`);
    }
    if (service.requires !== undefined && !isAbove(services, service.requires, service)) {
      fail(`service "${name}" requires "${service.requires}", which is not further up`);
    }
    for (const path of service.provides) {
      const other = places.get(path);
      if (other !== undefined) fail(`"${path}" is provided by "${other}" and by "${name}"`);
      places.set(path, name);
    }
    for (const protocol of service.uses) {
      const isOffered =
        services.some((other) => other.protocol === protocol) ||
        (isMono && MONO_PROTOCOLS.includes(protocol));
      if (!isOffered && protocol !== 'server') {
        fail(`service "${name}" uses protocol "${protocol}", which no service offers`);
      }
    }
  }
  if (isMono) return;
  const supervisors = services.filter((service) => service.grants.includes('init'));
  if (supervisors.length !== 1) {
    fail(`${supervisors.length} services have the grant "init", which is for the one supervisor`);
  }
}

/** The stacks, and a page of accounts if there are several. */
function memoryOfThreads({ threads, uses }: ServiceDescription): number {
  if (threads === 1) return PAGE_BYTES;
  const each = STACK_BYTES + (uses.length > 0 ? TRANSFER_BYTES : 0);
  return STACK_BYTES + PAGE_BYTES + (threads - 1) * each;
}

function isAbove(
  services: readonly ServiceDescription[],
  name: string,
  service: ServiceDescription,
): boolean {
  return services.slice(0, services.indexOf(service)).some((other) => other.name === name);
}

/** What JSON.parse says, in one line: it quotes the text around the place. */
function syntaxError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `is not JSON: ${message.replaceAll(/\s+/g, ' ')}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
