/**
 * The process that makes stubs from the protocols, by the TypeScript compiler's own API. Its working
 * directory is the repository.
 */
import {
  generateStubs,
  parseProtocols,
  protocolNames,
  readProtocolSources,
} from '../protocols/generate.ts';
import { ProtocolError } from '../protocols/protocol.ts';
import type { BuildResult } from './build-job.ts';
import { sha256 } from './file-hashes.ts';
import { PROTOCOLS } from './folders.ts';
import { serveJobs } from './serve-jobs.ts';

serveJobs(makeStubs);

function makeStubs(): BuildResult {
  const sources = readProtocolSources(PROTOCOLS);
  try {
    const encoder = new TextEncoder();
    const outputs = [...generateStubs(sources)].map(([module, text]) => {
      return { name: `${module}.ts`, contents: encoder.encode(text) };
    });
    const names = JSON.stringify(protocolNames(parseProtocols(sources)), undefined, 2);
    outputs.push({ name: 'protocols.json', contents: encoder.encode(`${names}\n`) });
    const inputs = Object.fromEntries(sources.map(({ file, text }) => [file, sha256(text)]));
    return { kind: 'done', outputs, inputs, warnings: [] };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const text = sources.find(({ file }) => file === error.file)?.text ?? '';
    const line = text.split('\n')[error.line - 1];
    return { kind: 'failed', message: `${error.message}\n${line}` };
  }
}
