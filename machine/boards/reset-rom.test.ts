import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { resetRomContents } from './reset-rom.ts';

const QEMU = 'qemu-system-riscv32';
const ROM = 0x1000;
const FINISHER_PASS = 'writel 0x100000 0x5555';
/** QEMU ends by itself; this only bounds one that does not. */
const HANG_MILLISECONDS = 60_000;

describeWithWitness(QEMU, 'the reset ROM', () => {
  it.each([
    [128, 0x87e0_0000],
    [2032, 0xbfe0_0000],
    [16, 0x80e0_0000],
  ])('is that of QEMU with %i MiB', (mebibytes, deviceTreeAddress) => {
    const contents = resetRomContents({
      startAddress: 0x8000_0000,
      deviceTreeAddress,
      nextAddress: 0,
    });
    const offsets = Array.from({ length: contents.length / 4 }, (_, at) => 4 * at);
    const script = offsets.map((offset) => `readl 0x${(ROM + offset).toString(16)}`);
    const { stdout } = spawnSync(
      QEMU,
      [
        ...['-machine', 'virt', '-m', `${mebibytes}M`, '-bios', 'none', '-S', '-display', 'none'],
        ...['-serial', 'null', '-qtest', 'stdio', '-qtest-log', 'none'],
      ],
      {
        input: `${[...script, FINISHER_PASS].join('\n')}\n`,
        encoding: 'utf8',
        timeout: HANG_MILLISECONDS,
      },
    );
    const theirs = stdout.split('\n').filter((line) => line.startsWith('OK 0x'));
    const view = new DataView(contents.buffer);
    const ours = offsets.map((offset) => view.getUint32(offset, true));
    expect(theirs.map((line) => Number(line.slice(3)))).toEqual(ours);
  });
});
