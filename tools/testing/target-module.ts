/**
 * Target code under Node: a module of user space, compiled by asc to WebAssembly, whose functions a
 * test calls with numbers and with bytes that it puts into the module's memory.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Module's own data end far below this, so that a test's bytes disturb nothing. */
const MEMORY_PAGES = 64;
const PAGE_BYTES = 65536;

export class TargetModule {
  readonly #exports: WebAssembly.Exports;
  readonly #memory: WebAssembly.Memory;

  private constructor(exports: WebAssembly.Exports, memory: WebAssembly.Memory) {
    this.#exports = exports;
    this.#memory = memory;
  }

  /**
   * Compiles a module of the repository.
   * @throws Error with asc's messages
   */
  static async compile(path: string): Promise<TargetModule> {
    const outputs = new Map<string, Uint8Array | string>();
    const messages: string[] = [];
    const flags = ['--outFile', 'out.wasm', '--runtime', 'stub', '--exportTable'];
    const sizes = ['--initialMemory', `${MEMORY_PAGES}`, '--baseDir', ROOT];
    const { error } = await asc.main([path, ...flags, ...sizes], {
      readFile: (name) => readIfPresent(join(ROOT, name)),
      writeFile: (name, contents) => void outputs.set(name, contents),
      listFiles: () => null,
      stdout: { write: () => undefined },
      stderr: { write: (text) => void messages.push(text.toString()) },
    });
    const wasm = outputs.get('out.wasm');
    if (error !== null || !(wasm instanceof Uint8Array)) throw new Error(messages.join(''));
    return TargetModule.#instantiate(new Uint8Array(wasm));
  }

  static #instantiate(wasm: Uint8Array<ArrayBuffer>): TargetModule {
    const module = new WebAssembly.Module(wasm);
    const imports: Record<string, Record<string, () => never>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      const refuse = (): never => {
        throw new Error(`${from}.${name} was called`);
      };
      imports[from] = { ...imports[from], [name]: refuse };
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    const { memory } = exports;
    if (!(memory instanceof WebAssembly.Memory)) throw new Error('the module exports no memory');
    return new TargetModule(exports, memory);
  }

  /** Calls an exported function; u64 parameters are bigints. The result is taken as unsigned. */
  call(name: string, ...values: (number | bigint)[]): number {
    const found = this.#exports[name];
    if (typeof found !== 'function') throw new Error(`the module exports no function ${name}`);
    const result: unknown = Reflect.apply(found, undefined, values);
    return typeof result === 'number' ? result >>> 0 : 0;
  }

  /**
   * Puts bytes at the very end of memory, so that reading beyond them traps.
   * @returns their address
   */
  putAtEnd(bytes: Uint8Array): number {
    const address = this.#memory.buffer.byteLength - bytes.length;
    this.put(address, bytes);
    return address;
  }

  put(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.#memory.buffer).set(bytes, address);
  }

  /** An address with room that the module does not use: half of memory before its end. */
  get scratch(): number {
    return (MEMORY_PAGES / 2) * PAGE_BYTES;
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length).slice();
  }

  text(address: number, length: number): string {
    return new TextDecoder().decode(this.bytes(address, length));
  }

  word(address: number): number {
    return new DataView(this.#memory.buffer).getUint32(address, true);
  }
}

function readIfPresent(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
