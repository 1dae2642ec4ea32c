/** Runs a RAM image on our machine and returns what RAM holds when the guest has powered off. */
import { createVirtMachine } from '../../machine/boards/virt.ts';

const RAM_BYTES = 16 * 1024 * 1024;
const RAM_BASE = 0x8000_0000;
/** Far more than the longest batch takes. */
const BUDGET_CYCLES = 20_000_000;

/**
 * @param sliceCycles Length of the slices the run is cut into, in cycles.
 * @throws Error if the guest does not power off with code 0 within the budget.
 */
export function runOnVitrine(image: Uint8Array, sliceCycles = BUDGET_CYCLES): Uint8Array {
  const serial = { transmit: (): void => undefined };
  const { machine } = createVirtMachine({ ramBytes: RAM_BYTES, harts: 1, serial });
  if (!machine.writePhysical(RAM_BASE, image)) throw new RangeError('the image exceeds RAM');
  while (machine.cycle < BUDGET_CYCLES) {
    const result = machine.run(sliceCycles, { idle: 'skip' });
    if (result.reason === 'budget') continue;
    if (result.reason !== 'poweroff' || result.code !== 0) {
      throw new Error(`the guest ended with ${JSON.stringify(result)}`);
    }
    const ram = new Uint8Array(image.length);
    machine.readPhysical(RAM_BASE, ram);
    return ram;
  }
  throw new Error(`the guest did not end within ${BUDGET_CYCLES} cycles`);
}
