/**
 * The protocol `block` on a virtio disk. Callers wait while the device works; as many requests as there
 * are buffers are under way at once, and others wait for a buffer in the order they came.
 */
import { Errno } from '../../abi/errno.enums';
import { dmaAddress, dmaPhysicalAddress, openDma } from 'environment/dma';
import { acknowledgeInterrupt } from 'environment/interrupts';
import { Lock } from 'environment/lock';
import { log } from 'environment/log';
import { openRegisters, registersAddress } from 'environment/registers';
import { copyFromCaller, copyToCaller, DEFERRED, reply, Request } from 'environment/request';
import {
  SECTOR_BYTES,
  VIRTIO_BLK_T_FLUSH,
  VIRTIO_BLK_T_IN,
  VIRTIO_BLK_T_OUT,
  VirtioDisk,
} from './virtio-disk';
import { MOST_PLACES } from './virtqueue';
import { TextBuilder } from '../../runtime/text-builder';

/** Callers that can wait for a buffer; one more is sent away with EAGAIN. */
const MOST_WAITING: u32 = 64;
const LINE_BYTES: i32 = 80;

/** A call of `read`, `write` or `flush` that has not been answered. */
@unmanaged
class Transfer {
  /** 0: the place is free. */
  reply: u32;
  type: u32;
  sector: u32;
  bytes: u32;
}

@unmanaged
export class BlockService {
  /** For all that follows; device and callers take it alike. */
  private lock: Lock;
  private disk: VirtioDisk;
  /** What the device works on, by place. */
  private active: usize;
  /** A ring; both numbers are counted on, not wrapped. */
  private waiting: usize;
  private added: u32;
  private started: u32;
  /** The device did what no device does: it is out of use. */
  private isBroken: bool;

  /** Takes the disk over; 0, or a negative Errno: ENODEV, ENOMEM, EIO. */
  start(): i32 {
    const bytes = openDma();
    const error = min(openRegisters(), bytes);
    if (error < 0) return error;
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.active = memory.data(<i32>MOST_PLACES * offsetof<Transfer>(), 4);
    this.waiting = memory.data(<i32>MOST_WAITING * offsetof<Transfer>(), 4);
    this.disk = changetype<VirtioDisk>(memory.data(offsetof<VirtioDisk>(), 4));
    const opened = this.disk.open(registersAddress(), dmaAddress(), dmaPhysicalAddress(), bytes);
    if (opened < 0) return opened;
    acknowledgeInterrupt();
    return 0;
  }

  read(request: Request, sector: u32, offset: u32, length: u32): i32 {
    return this.enqueue(request, VIRTIO_BLK_T_IN, sector, length);
  }

  write(request: Request, sector: u32, offset: u32, length: u32): i32 {
    if (this.disk.isReadOnly) return -Errno.EROFS;
    return this.enqueue(request, VIRTIO_BLK_T_OUT, sector, length);
  }

  flush(request: Request): i32 {
    // A device without the request keeps nothing back (section 5.2.6.2).
    if (!this.disk.knows(VIRTIO_BLK_T_FLUSH)) return 0;
    return this.enqueue(request, VIRTIO_BLK_T_FLUSH, 0, 0);
  }

  size(request: Request): i64 {
    return this.disk.sectors;
  }

  /** The device has done something. */
  interrupt(): void {
    this.lock.acquire();
    this.disk.acknowledge();
    while (!this.isBroken && this.disk.hasAnswer) this.finish(this.disk.take());
    acknowledgeInterrupt();
    this.startWaiting();
    this.lock.release();
  }

  private enqueue(request: Request, type: u32, sector: u32, bytes: u32): i32 {
    const sectors = this.disk.sectors;
    const count = bytes / SECTOR_BYTES;
    const isTransfer = type != VIRTIO_BLK_T_FLUSH;
    if (bytes % SECTOR_BYTES != 0 || sector > sectors || count > sectors - sector) {
      return -Errno.EINVAL;
    }
    if (isTransfer && bytes == 0) return 0;
    this.lock.acquire();
    const answer = this.add(request, type, sector, bytes);
    this.lock.release();
    return answer;
  }

  private add(request: Request, type: u32, sector: u32, bytes: u32): i32 {
    if (this.isBroken) return -Errno.EIO;
    if (this.added - this.started == MOST_WAITING) return -Errno.EAGAIN;
    const transfer = this.waitingAt(this.added);
    this.added += 1;
    transfer.reply = request.keep();
    transfer.type = type;
    transfer.sector = sector;
    transfer.bytes = bytes;
    this.startWaiting();
    return DEFERRED;
  }

  /** Gives the device what waits, as far as there are free places. */
  private startWaiting(): void {
    while (this.started != this.added) {
      const place = this.freePlace();
      if (place < 0) return;
      const transfer = this.activeAt(place);
      const from = changetype<usize>(this.waitingAt(this.started));
      memory.copy(changetype<usize>(transfer), from, offsetof<Transfer>());
      this.started += 1;
      this.begin(place, transfer);
    }
  }

  private begin(place: u32, transfer: Transfer): void {
    let error: i32 = 0;
    if (this.isBroken) {
      error = -Errno.EIO;
    } else if (transfer.type == VIRTIO_BLK_T_OUT) {
      error = copyFromCaller(transfer.reply, 0, this.disk.buffer(place), transfer.bytes);
    }
    if (error < 0) this.answer(transfer, error);
    else this.disk.begin(place, transfer.type, transfer.sector, transfer.bytes);
  }

  /** The device says that it has done the request at `place`. */
  private finish(place: i32): void {
    if (place < 0 || this.activeAt(place).reply == 0) {
      this.giveUp();
      return;
    }
    const transfer = this.activeAt(place);
    let result = this.disk.outcome(place);
    if (result == 0 && transfer.type == VIRTIO_BLK_T_IN) {
      result = copyToCaller(transfer.reply, 0, this.disk.buffer(place), transfer.bytes);
    }
    this.answer(transfer, result < 0 ? result : <i32>transfer.bytes);
  }

  private answer(transfer: Transfer, result: i32): void {
    const caller = transfer.reply;
    transfer.reply = 0;
    reply(caller, result);
  }

  /** The device answers what nobody asked: nothing that it says can be trusted. */
  private giveUp(): void {
    this.isBroken = true;
    this.disk.stop();
    const line = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(LINE_BYTES),
      LINE_BYTES,
    );
    line.text('block: the disk answers requests that were not made; it is out of use').line();
    log(line.address, line.length);
    for (let place: u32 = 0; place < this.disk.places; place++) {
      const transfer = this.activeAt(place);
      if (transfer.reply != 0) this.answer(transfer, -Errno.EIO);
    }
  }

  private freePlace(): i32 {
    for (let place: u32 = 0; place < this.disk.places; place++) {
      if (this.activeAt(place).reply == 0) return <i32>place;
    }
    return -1;
  }

  private activeAt(place: u32): Transfer {
    return changetype<Transfer>(this.active + <usize>place * <usize>offsetof<Transfer>());
  }

  private waitingAt(index: u32): Transfer {
    const place = index % MOST_WAITING;
    return changetype<Transfer>(this.waiting + <usize>place * <usize>offsetof<Transfer>());
  }
}
