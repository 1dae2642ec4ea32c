/** The machine's switch: owns the registers of the test finisher and nothing else. */
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { sw } from '../../abi/rv';
import { dispatchPower } from 'stubs/power';
import { dispatchBase } from '../../runtime/base-service';
import { mapWhole } from '../../runtime/objects';
import { Request, REQUEST_BYTES } from '../../runtime/request';
import { startHandle } from '../../runtime/start-information';

const REGISTERS_AT: usize = 0x2000_0000;
/** What the one register takes: the low half says what to do, the high half is a failure's status. */
const FINISHER_FAIL: u32 = 0x3333;
const FINISHER_PASS: u32 = 0x5555;
const FINISHER_RESET: u32 = 0x7777;

@unmanaged
class PowerServer {
  off(request: Request, status: u32): i32 {
    sw(REGISTERS_AT, status == 0 ? FINISHER_PASS : FINISHER_FAIL | (status << 16));
    return 0;
  }

  reset(request: Request): i32 {
    sw(REGISTERS_AT, FINISHER_RESET);
    return 0;
  }
}

const server = changetype<PowerServer>(memory.data(4));
const requestMemory = memory.data(REQUEST_BYTES, 4);

export function main(start: usize): i32 {
  const registers = startHandle(StartHandle.Registers);
  const mapped = mapWhole(registers, REGISTERS_AT, MapAccess.Read | MapAccess.Write);
  if (mapped < 0) return mapped;
  const request = Request.on(requestMemory, startHandle(StartHandle.Endpoint));
  while (request.next() >= 0) {
    dispatchBase(request) || dispatchPower<PowerServer>(server, request) || request.refuse();
  }
  return 1;
}
