/**
 * What becomes of services that die: each death is described, the service started again by init, and
 * the report handed to whoever waits for it.
 *
 * The supervisor calls init and nobody else. Were it to write to the console itself, a console that
 * dies meanwhile would wait for its supervisor, which waits for the console: so a reporter of its own
 * (services/reporter) fetches the reports.
 */
import { ProcessInformation } from '../../abi/message.structs';
import { Errno } from '../../abi/errno.enums';
import { InitClient, IMAGE_PATH_MAX } from 'stubs/init';
import { ticks } from '../../runtime/clock';
import { CpioReader } from '../../runtime/cpio';
import { ElfFile } from '../../runtime/elf';
import { copyToCaller, DEFERRED, FOREVER, reply, Request } from 'environment/request';
import { TextBuilder } from '../../runtime/text-builder';
import { findTrapSite } from '../../runtime/trap-sites';
import { Death } from '../init/death';
import { RestartLimit } from '../init/restart-limit';
import { causeName, hasAddress, reasonName } from '../../runtime/causes';

const MOST_SERVICES: u32 = 32;
/** Reports that nobody has fetched yet; what does not fit is lost, and that is reported. */
const REPORT_BYTES: i32 = 4096;

/** What the supervisor knows of a service. */
@unmanaged
class Ward {
  limit: RestartLimit;
  /** When it is to be started again, in ticks; 0: it runs, or never. */
  startAt: u64;
}

@unmanaged
export class SupervisorServer {
  private init: InitClient;
  private initrd: CpioReader;
  private wards: usize;
  private reports: TextBuilder;
  /** The call of nextReport that waits; 0: none. */
  private reader: u32;
  private readerRoom: u32;

  static on(server: usize, init: u32, initrd: CpioReader): SupervisorServer {
    const made = changetype<SupervisorServer>(server);
    made.init = InitClient.at(init);
    made.initrd = initrd;
    made.wards = memory.data(<i32>MOST_SERVICES * offsetof<Ward>(), 8);
    const limits = memory.data(<i32>MOST_SERVICES * offsetof<RestartLimit>(), 8);
    for (let i: u32 = 0; i < MOST_SERVICES; i++) {
      const limit = limits + <usize>i * <usize>offsetof<RestartLimit>();
      made.ward(i).limit = changetype<RestartLimit>(limit);
    }
    made.reports = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(REPORT_BYTES),
      REPORT_BYTES,
    );
    return made;
  }

  nextReport(request: Request, offset: u32, length: u32): i32 {
    if (this.reader != 0) reply(this.reader, -Errno.EBUSY);
    this.reader = request.keep();
    this.readerRoom = length;
    this.handOver();
    return DEFERRED;
  }

  /** If a supervisor died before this one, reports that; init has restarted it already. */
  reportPredecessor(): void {
    const death = changetype<Death>(memory.data(offsetof<Death>(), 4));
    const length = this.init.supervisorDeath(changetype<usize>(death), offsetof<Death>());
    if (length != offsetof<Death>()) return;
    this.describe(death).text('; restarted by init').line();
    this.handOver();
  }

  /** A service died: its process is held until this returns. */
  died(death: Death): void {
    if (death.service >= MOST_SERVICES) return;
    const text = this.describe(death);
    const ward = this.ward(death.service);
    const now = ticks();
    if (this.init.restartable(death.service) != 1) {
      this.giveUp(death.service, text.text('; it stays stopped'));
    } else {
      const startAt = ward.limit.startAgainAt(now);
      if (startAt > now) {
        ward.startAt = startAt;
        text
          .text('; restart in ')
          .decimal((startAt - now) / 10_000)
          .text(' ms')
          .line();
      } else {
        this.restart(death.service, text.text('; '));
      }
    }
    this.handOver();
  }

  /** When the next service is to be started again, in ticks. */
  get nextStart(): u64 {
    let next = FOREVER;
    for (let i: u32 = 0; i < MOST_SERVICES; i++) {
      const startAt = this.ward(i).startAt;
      if (startAt != 0 && startAt < next) next = startAt;
    }
    return next;
  }

  /** Starts the services whose pause is over. */
  startDue(): void {
    const now = ticks();
    for (let i: u32 = 0; i < MOST_SERVICES; i++) {
      const ward = this.ward(i);
      if (ward.startAt == 0 || ward.startAt > now) continue;
      ward.startAt = 0;
      this.restart(i, this.begin(i).text(' '));
    }
    this.handOver();
  }

  private restart(service: u32, text: TextBuilder): void {
    const error = this.init.restart(service);
    if (error >= 0) text.text('restarted').line();
    else this.giveUp(service, text.text('cannot be restarted, error ').signed(-error));
  }

  private giveUp(service: u32, text: TextBuilder): void {
    text.line();
    this.init.stop(service);
  }

  /** `supervisor: NAME died: CAUSE (NUMBER) at ADDRESS, pc PC, FILE:LINE` */
  private describe(death: Death): TextBuilder {
    const text = this.begin(death.service);
    if (death.isExit) return text.text(' ended with status ').signed(<i32>death.cause);
    text.text(' died: ').text(causeName(death.cause)).text(' (').decimal(death.cause).text(')');
    if (hasAddress(death.cause)) text.text(' at ').address32(death.address);
    text.text(', pc ').address32(death.pc);
    this.addPlace(text, death);
    return text;
  }

  private begin(service: u32): TextBuilder {
    if (this.reports.truncated) {
      this.reports.clear();
      this.reports.text('supervisor: some reports were lost').line();
    }
    const information = changetype<ProcessInformation>(
      memory.data(offsetof<ProcessInformation>(), 4),
    );
    const size = offsetof<ProcessInformation>();
    const text = this.reports.text('supervisor: ');
    const got = this.init.inspect(service, changetype<usize>(information), <u32>size);
    if (got != <i32>size) return text.text('service ').decimal(service);
    const name = changetype<usize>(information) + offsetof<ProcessInformation>('name0');
    return text.bytes(name, min<u32>(information.nameLength, 15));
  }

  /** The line of the source that was compiled to the instruction, if the image's table knows it. */
  private addPlace(text: TextBuilder, death: Death): void {
    const path = memory.data(IMAGE_PATH_MAX);
    const length = this.init.image(death.service, path, IMAGE_PATH_MAX);
    if (length <= 0 || <u32>length > IMAGE_PATH_MAX || !this.initrd.find(path, length)) return;
    const file = ElfFile.on(
      memory.data(offsetof<ElfFile>(), 4),
      this.initrd.contents,
      this.initrd.size,
    );
    if (file.check() < 0) return;
    const site = findTrapSite(file.trapSites, file.trapSiteBytes, death.pc);
    if (site === null) return;
    const reason = reasonName(death.cause, site.reason);
    if (reason.length > 0) text.text(', ').text(reason);
    text.text(', ').bytes(site.file.address, site.file.length).text(':').decimal(site.line);
  }

  /** Gives the reports to the reader, once both are there. */
  private handOver(): void {
    if (this.reader == 0 || this.reports.length == 0) return;
    const length = min(this.reports.length, this.readerRoom);
    const error = copyToCaller(this.reader, 0, this.reports.address, length);
    const reader = this.reader;
    this.reader = 0;
    reply(reader, error < 0 ? error : <i32>length);
    // A reader that is gone has not got them.
    if (error >= 0) this.reports.dropFirst(length);
  }

  private ward(service: u32): Ward {
    return changetype<Ward>(this.wards + <usize>service * <usize>offsetof<Ward>());
  }
}
