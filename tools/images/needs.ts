/**
 * Which services need which others before they can start: what they require, and whoever offers a
 * protocol that they use.
 */
import { InputError } from '../host/command-error.ts';
import type { ServiceDescription, SystemDescription } from './manifest.ts';

/** A kernel with services inside knows itself what is where. */
const NAMES = 'names';

/** What a service needs directly. */
export function needsOf(
  { services }: SystemDescription,
  { place, uses, requires }: ServiceDescription,
): readonly ServiceDescription[] {
  return services.filter(({ name, protocol }) => {
    if (name === requires) return true;
    if (protocol === undefined || !uses.includes(protocol)) return false;
    return place === 'user' || protocol !== NAMES;
  });
}

/**
 * The services inside a kernel, each behind those inside that it needs.
 * @throws InputError naming the description and the services, if one inside needs itself in the end
 */
export function insideInOrder(system: SystemDescription): readonly ServiceDescription[] {
  const ordered: ServiceDescription[] = [];
  const add = (service: ServiceDescription, path: readonly ServiceDescription[]): void => {
    const start = path.indexOf(service);
    if (start >= 0) checkCircle(system.file, path.slice(start));
    else if (!ordered.includes(service)) {
      for (const needed of needsOf(system, service)) add(needed, [...path, service]);
      if (!ordered.includes(service)) ordered.push(service);
    }
  };
  for (const service of system.services) add(service, []);
  return ordered.filter(({ place }) => place === 'kernel');
}

/** Processes that need each other are a matter of theirs. */
function checkCircle(file: string, circle: readonly ServiceDescription[]): void {
  if (circle.every(({ place }) => place === 'user')) return;
  const names = circle.map(({ name, place }) => {
    return `"${name}" (${place === 'kernel' ? 'inside' : 'outside'})`;
  });
  throw new InputError(`${file}: services need each other: ${names.join(', ')}`);
}

/** Of the services inside, those that need one outside, directly or not: they start last. */
export function lateServices(system: SystemDescription): ReadonlySet<ServiceDescription> {
  const late = new Set<ServiceDescription>();
  for (const service of insideInOrder(system)) {
    const waits = (needed: ServiceDescription): boolean => {
      return needed.place === 'user' || late.has(needed);
    };
    if (needsOf(system, service).some(waits)) late.add(service);
  }
  return late;
}
