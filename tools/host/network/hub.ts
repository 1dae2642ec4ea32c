/**
 * A wire between machines of different processes. The first to come is the hub: it listens at a
 * local socket, and passes on what each of the others sends. When the hub goes, another machine
 * takes its place; what is sent meanwhile is lost, as on any wire.
 *
 * Nothing that a peer sends can harm: frames of impossible lengths are dropped, a stream that is none
 * of frames is closed, and a peer that does not take what it is sent loses it.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { InputError } from '../command-error.ts';
import { acquireLock, errorCode, type FileLock } from '../file-lock.ts';
import { encodeFrame, FrameReader } from './frame-stream.ts';
import { Wire, type WireEnd } from './wire.ts';
import type { WirePlace } from './wire-folder.ts';

/** Others beside the hub's own machine. */
const MOST_PEERS = 64;
/** What a peer has not taken is kept up to this, in bytes; the rest is lost. */
const MOST_KEPT = 0x4_0000;
/** Two machines may find at once that there is no hub, and one has to wait for the other. */
const ATTEMPTS = 40;
const PAUSE_MS = 25;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** A connection to one peer, in both directions. */
function connectWire(socket: Socket, receive: (frame: Uint8Array) => void): WireEnd {
  const reader = new FrameReader(receive);
  // A peer that goes away is no error of ours; `close` follows.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    // A Buffer's slices would share its memory, which Node uses again.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!reader.push(bytes)) socket.destroy();
  });
  return {
    send: (frame) => {
      if (!socket.destroyed && socket.writableLength < MOST_KEPT) socket.write(encodeFrame(frame));
    },
    close: () => {
      // What was sent still goes; nobody waits for a peer that takes nothing.
      socket.destroySoon();
      socket.unref();
    },
  };
}

/** This process is the hub. */
class Hub implements WireEnd {
  private readonly wire = new Wire();
  private readonly own: WireEnd;
  private readonly peers = new Set<Socket>();

  constructor(
    private readonly server: Server,
    private readonly lock: FileLock,
    receive: (frame: Uint8Array) => void,
  ) {
    this.own = this.wire.attach(receive);
    server.on('error', () => undefined);
    server.on('connection', (socket) => {
      this.admit(socket);
    });
  }

  private admit(socket: Socket): void {
    if (this.peers.size >= MOST_PEERS) {
      socket.destroy();
      return;
    }
    this.peers.add(socket);
    const peer = connectWire(socket, (frame) => {
      end.send(frame);
    });
    const end = this.wire.attach((frame) => {
      peer.send(frame);
    });
    socket.on('close', () => {
      end.close();
      this.peers.delete(socket);
    });
  }

  send(frame: Uint8Array): void {
    this.own.send(frame);
  }

  close(): void {
    this.own.close();
    this.server.close();
    for (const peer of this.peers) {
      peer.destroySoon();
      peer.unref();
    }
    // Only now may another machine take this one's place.
    this.lock.release();
  }
}

/** This machine's end of the wire, whoever the hub is. */
export class WireMember implements WireEnd {
  private end: WireEnd | undefined;
  private isClosed = false;

  private constructor(
    private readonly place: WirePlace,
    private readonly receive: (frame: Uint8Array) => void,
  ) {}

  /**
   * Joins the wire, as its hub if there is none.
   * @throws InputError if neither is possible
   */
  static async join(place: WirePlace, receive: (frame: Uint8Array) => void): Promise<WireMember> {
    const member = new WireMember(place, receive);
    await member.findEnd();
    return member;
  }

  /** True if what this machine sends passes no other process. */
  get isHub(): boolean {
    return this.end instanceof Hub;
  }

  send(frame: Uint8Array): void {
    this.end?.send(frame);
  }

  close(): void {
    this.isClosed = true;
    this.end?.close();
    this.end = undefined;
  }

  private async findEnd(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS && !this.isClosed; attempt++) {
      this.end = (await this.connect()) ?? (await this.listen());
      if (this.end !== undefined) break;
      await pause();
    }
    if (this.isClosed) this.close();
    else if (this.end === undefined) {
      throw new InputError(`no hub answers at ${this.place.address}, and none can be there`);
    }
  }

  /** Undefined if nobody listens. */
  private async connect(): Promise<WireEnd | undefined> {
    const socket = connect(this.place.address);
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (!connected) return undefined;
    const end = connectWire(socket, this.receive);
    socket.on('close', () => {
      this.onHubGone(end);
    });
    return end;
  }

  private onHubGone(end: WireEnd): void {
    if (this.end !== end || this.isClosed) return;
    this.end = undefined;
    // Without a hub the machine goes on alone: it is not the guest's fault.
    this.findEnd().catch(() => undefined);
  }

  /** Undefined if another machine is about to be the hub. */
  private async listen(): Promise<WireEnd | undefined> {
    const { address, hubLock } = this.place;
    const lock = acquireLock(hubLock);
    if (typeof lock === 'number') return undefined;
    const server = createServer();
    try {
      // Whoever left a socket here is gone: the lock says so.
      if (process.platform !== 'win32') rmSync(address, { force: true });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(address, resolve);
      });
    } catch (error) {
      lock.release();
      const reason = errorCode(error) ?? String(error);
      throw new InputError(`${address} cannot be a hub (${reason})`, { cause: error });
    }
    server.removeAllListeners('error');
    return new Hub(server, lock, this.receive);
  }
}
