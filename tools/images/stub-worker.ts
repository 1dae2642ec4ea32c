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
import { MONO_SYSTEM, PROTOCOLS } from './folders.ts';
import { insideSource } from './inside.ts';
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
    if (inside.source !== undefined) {
      outputs.push({ name: 'inside.ts', contents: encoder.encode(inside.source) });
    }
    const names = JSON.stringify(protocolNames(parseProtocols(sources)), undefined, 2);
    outputs.push({ name: 'protocols.json', contents: encoder.encode(`${names}\n`) });
    const inputs = {
      ...Object.fromEntries(sources.map(({ file, text }) => [file, sha256(text)])),
      ...inside.inputs,
    };
    return { kind: 'done', outputs, inputs, warnings: [] };
  } catch (error) {
    if (error instanceof InputError) return { kind: 'failed', message: error.message };
    if (!(error instanceof ProtocolError)) throw error;
    const text = sources.find(({ file }) => file === error.file)?.text ?? '';
    const line = text.split('\n')[error.line - 1];
    return { kind: 'failed', message: `${error.message}\n${line}` };
  }
}

/** The binding of the services inside the monolithic kernel, if it is there, and what it was made from. */
function readInside(): { source?: string; inputs: Inputs } {
  const inputs: Record<string, string | null> = {};
  const read = (path: string): string | null => {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : null;
    inputs[path] = text === null ? null : sha256(text);
    return text;
  };
  const text = read(MONO_SYSTEM);
  if (text === null) return { inputs };
  return { source: insideSource(parseSystemDescription(text, MONO_SYSTEM), read), inputs };
}
