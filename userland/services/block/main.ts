/** The disk's driver in a process of its own: it owns one virtio slot, its interrupt and its buffers. */
import { dispatchBlock } from 'stubs/block';
import { dispatchBase } from 'environment/base-service';
import { Request } from 'environment/request';
import { BlockService } from './block-service';

const service = changetype<BlockService>(memory.data(offsetof<BlockService>(), 8));

export function main(start: usize): i32 {
  const error = service.start();
  if (error < 0) return error;
  const request = Request.ofService();
  while (request.next() >= 0) {
    if (request.isNotification) service.interrupt();
    else dispatchBase(request) || dispatchBlock<BlockService>(service, request) || request.refuse();
  }
  return 1;
}
