/**
 * A serial line that other programs reach through a local socket (`socat - UNIX-CONNECT:PATH`): one
 * at a time. What the guest sends while nobody is there is lost, as on a line without a cable.
 */
import { lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { InputError } from './command-error.ts';
import { errorCode } from './file-lock.ts';
import type { SerialLine } from './serial-line.ts';
import type { WakeSource } from './wake-source.ts';

/** What a slow peer has not taken yet is kept up to this, in bytes; the rest is lost. */
const MOST_KEPT = 0x10_0000;
/** What a peer sends faster than the guest takes it stays in the socket beyond this, in chunks. */
const MOST_ARRIVED = 64;

class SocketLine implements SerialLine {
  readonly inputEnded = false;
  readonly place: string;
  private peer: Socket | undefined;
  private readonly arrived: Uint8Array[] = [];
  private output: number[] = [];

  constructor(
    private readonly path: string,
    private readonly server: Server,
    private readonly wake: WakeSource,
  ) {
    this.place = `the socket ${path}`;
    server.on('connection', (peer) => {
      this.connect(peer);
    });
  }

  private connect(peer: Socket): void {
    // A peer that goes away is no error of ours.
    peer.on('error', () => undefined);
    if (this.peer !== undefined) {
      peer.destroy();
      return;
    }
    this.peer = peer;
    peer.on('data', (chunk: Buffer) => {
      this.arrived.push(new Uint8Array(chunk));
      if (this.arrived.length >= MOST_ARRIVED) peer.pause();
      this.wake.wake();
    });
    peer.on('close', () => {
      this.peer = undefined;
    });
  }

  takeArrived(): Uint8Array | undefined {
    const chunk = this.arrived.shift();
    if (this.arrived.length === 0) this.peer?.resume();
    return chunk;
  }

  get hasArrived(): boolean {
    return this.arrived.length > 0;
  }

  put(byte: number): void {
    if (this.peer !== undefined) this.output.push(byte);
  }

  flush(): void {
    if (this.output.length === 0) return;
    const bytes = Uint8Array.from(this.output);
    this.output = [];
    if (this.peer !== undefined && this.peer.writableLength < MOST_KEPT) this.peer.write(bytes);
  }

  close(): void {
    this.flush();
    this.peer?.end();
    this.peer?.unref();
    // Closing removes the socket's file as well.
    this.server.close();
    this.server.unref();
    rmSync(this.path, { force: true });
  }
}

/**
 * Listens at a path, where no other program listens.
 * @throws InputError if that is not possible
 */
export async function openSocketLine(path: string, wake: WakeSource): Promise<SerialLine> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined) throw new InputError(`${path} is there already: remove it first`);
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    const reason = errorCode(error) ?? String(error);
    throw new InputError(`${path} cannot be a socket (${reason})`, { cause: error });
  }
  server.removeAllListeners('error');
  server.on('error', () => undefined);
  return new SocketLine(path, server, wake);
}
