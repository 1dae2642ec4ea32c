/**
 * The process that makes stubs from the protocols, by the TypeScript compiler's own API. Its working
 * directory is the repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import { InputError } from '../host/command-error.ts';
import {
  generateStubs,
  parseProtocols,
  protocolNames,
  readProtocolSources,
} from '../protocols/generate.ts';
import { ProtocolError } from '../protocols/protocol.ts';
import type { BuildResult } from './build-job.ts';
import type { Inputs } from './build-record.ts';
import { sha256 } from './file-hashes.ts';
import { hybridImage, HYBRID_SYSTEMS, MONO_SYSTEM, PROTOCOLS } from './folders.ts';
import { insideSource, placementSource } from './inside.ts';
import { listPlacements } from './placements.ts';
import { parseSystemDescription } from './manifest.ts';
import { serveJobs } from './serve-jobs.ts';

serveJobs(makeStubs);

function makeStubs(): BuildResult {
  const sources = readProtocolSources(PROTOCOLS);
  try {
    const encoder = new TextEncoder();
    const outputs = [...generateStubs(sources)].map(([module, text]) => {
      return { name: `${module}.ts`, contents: encoder.encode(text) };
    });
    const inside = readInside();
    for (const [name, source] of inside.sources) {
      outputs.push({ name, contents: encoder.encode(source) });
    }
    const names = JSON.stringify(protocolNames(parseProtocols(sources)), undefined, 2);
    outputs.push({ name: 'protocols.json', contents: encoder.encode(`${names}\n`) });
    const inputs = {
      ...Object.fromEntries(sources.map(({ file, text }) => [file, sha256(text)])),
      ...inside.inputs,
    };
    return { kind: 'done', outputs, inputs, warnings: [] };
  } catch (error) {
    if (error instanceof InputError) return { kind: 'refused', message: error.message };
    if (!(error instanceof ProtocolError)) throw error;
    const text = sources.find(({ file }) => file === error.file)?.text ?? '';
    const line = text.split('\n')[error.line - 1];
    return { kind: 'failed', message: `${error.message}\n${line}` };
  }
}

/** The bindings of services inside kernels, by the names of their files, and what they were made from. */
function readInside(): { sources: Map<string, string>; inputs: Inputs } {
  const inputs: Record<string, string | null> = {};
  const read = (path: string): string | null => {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : null;
    inputs[path] = text === null ? null : sha256(text);
    return text;
  };
  const sources = new Map<string, string>();
  const mono = read(MONO_SYSTEM);
  if (mono !== null) {
    sources.set('inside.ts', insideSource(parseSystemDescription(mono, MONO_SYSTEM), read));
  }
  for (const placement of listPlacements('.')) {
    const file = `${HYBRID_SYSTEMS}/${placement}.json`;
    const system = parseSystemDescription(read(file) ?? '', file);
    sources.set(`${hybridImage(placement)}/inside.ts`, placementSource(system, read));
  }
  return { sources, inputs };
}
