/** The protocol `power` on the test finisher, whose one register it owns. */
import { sw } from '../../abi/rv';
import { openRegisters, registersAddress } from 'environment/registers';
import { Request } from 'environment/request';

/** What the register takes: the low half says what to do, the high half is a failure's status. */
const FINISHER_FAIL: u32 = 0x3333;
const FINISHER_PASS: u32 = 0x5555;
const FINISHER_RESET: u32 = 0x7777;

@unmanaged
export class PowerService {
  private finisher: usize;

  /** 0, or a negative Errno if the registers are not this service's. */
  start(): i32 {
    this.finisher = registersAddress();
    return openRegisters();
  }

  off(request: Request, status: u32): i32 {
    sw(this.finisher, status == 0 ? FINISHER_PASS : FINISHER_FAIL | (status << 16));
    return 0;
  }

  reset(request: Request): i32 {
    sw(this.finisher, FINISHER_RESET);
    return 0;
  }
}
