/** The disk's driver in a process of its own: it owns one virtio slot, its interrupt and its buffers. */
import { dispatchBlock } from 'stubs/block';
import { Request } from 'environment/request';
import { Server } from 'environment/serve';
import { BlockService } from './block-service';

const service = changetype<BlockService>(memory.data(offsetof<BlockService>(), 8));

export function main(start: usize): i32 {
  const server = Server.by(answer);
  server.interrupt = interrupt;
  return server.run(service.start());
}

function answer(request: Request): bool {
  return dispatchBlock<BlockService>(service, request);
}

function interrupt(): void {
  service.interrupt();
}
