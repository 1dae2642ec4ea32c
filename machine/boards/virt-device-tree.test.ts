import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { cellsOf, findNode, readDeviceTree, textsOf, type ReadNode } from './device-tree-reader.ts';
import { detachedBoard } from './detached-board.ts';
import type { VirtTreeOptions } from './virt-device-tree.ts';

const QEMU = 'qemu-system-riscv32';
const MEBIBYTE = 2 ** 20;

const OPTIONS: VirtTreeOptions = {
  ramBytes: 128 * MEBIBYTE,
  harts: 2,
  bootargs: 'console=ttyS0',
  initrd: { start: 0x8400_0000, end: 0x8400_0040 },
};

const blobOf = (options: VirtTreeOptions) => detachedBoard(options).board.deviceTree.blob;

function property(root: ReadNode, path: string, name: string): Uint8Array | undefined {
  return findNode(root, path)?.properties.get(name);
}

/** Runs with a folder that is gone afterwards. */
function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-dtb-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the tree', () => {
  const root = readDeviceTree(blobOf(OPTIONS));
  const cells = (path: string, name: string) =>
    cellsOf(property(root, path, name) ?? new Uint8Array());
  const texts = (path: string, name: string) =>
    textsOf(property(root, path, name) ?? new Uint8Array());

  it('says what was built', () => {
    expect(cells('/memory@80000000', 'reg')).toEqual([0, 0x8000_0000, 0, 128 * MEBIBYTE]);
    expect(cells('/cpus', 'timebase-frequency')).toEqual([10_000_000]);
    expect(texts('/cpus/cpu@1', 'mmu-type')).toEqual(['riscv,sv32']);
    expect(texts('/cpus/cpu@1', 'riscv,isa')[0]).toMatch(/^rv32imafdc_.*_zihintpause_/);
    expect(findNode(root, '/cpus/cpu@2')).toBeUndefined();
  });

  it('says what the kernel is given', () => {
    expect(texts('/chosen', 'bootargs')).toEqual(['console=ttyS0']);
    expect(texts('/chosen', 'stdout-path')).toEqual(['/soc/serial@10000000']);
    expect(cells('/chosen', 'linux,initrd-start')).toEqual([0x8400_0000]);
    expect(cells('/chosen', 'linux,initrd-end')).toEqual([0x8400_0040]);
  });

  it('says nothing of what there is not', () => {
    const bare = readDeviceTree(blobOf({ ramBytes: MEBIBYTE, harts: 1, bootargs: '' }));
    expect([...(findNode(bare, '/chosen')?.properties.keys() ?? [])]).toEqual(['stdout-path']);
  });

  it('carries a command line in UTF-8', () => {
    const root = readDeviceTree(blobOf({ ...OPTIONS, bootargs: 'name=Zürich' }));
    expect(textsOf(property(root, '/chosen', 'bootargs') ?? new Uint8Array())).toEqual([
      'name=Zürich',
    ]);
  });
});

describeWithWitness('dtc', 'dtc', () => {
  it.each([
    { harts: 1, aclint: false },
    { harts: 2, aclint: true },
    { harts: 8, aclint: false },
    { harts: 8, aclint: true },
  ])('accepts the tree of $harts harts, aclint $aclint, without a word', ({ harts, aclint }) => {
    inFolder((folder) => {
      const file = join(folder, 'virt.dtb');
      writeFileSync(file, blobOf({ ...OPTIONS, harts, aclint }));
      const { status, stdout, stderr } = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts', file], {
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toContain('serial@10000000 {');
    });
  });
});

/** What we say and QEMU 7.2 does not, or otherwise, by path and property. */
const differences = (aclint: boolean) => [
  // QEMU leaves out what dtc misses, and names a node otherwise than dtc wants it.
  ...(aclint ? ['mswi@2000000', 'sswi@2f00000'] : []).map((name) => `/soc/${name} #address-cells`),
  ...(aclint ? ['compatible', 'interrupts-extended', 'reg'] : []).map(
    (name) => `/soc/mtimer@200bff8 ${name}`,
  ),
  // The instruction sets differ.
  ...[0, 1].map((hart) => `/cpus/cpu@${hart} riscv,isa`),
  // QEMU leaves out what dtc misses.
  ...[0, 1].map((hart) => `/cpus/cpu@${hart}/interrupt-controller #address-cells`),
  // QEMU 7.2 counts source 0; later versions say 95.
  '/soc/plic@c000000 riscv,ndev',
];
const PHANDLE_PROPERTIES = new Set(['phandle', 'interrupt-parent', 'regmap', 'cpu']);

/** Every property of a tree as `path name = value`, with nodes instead of their phandles. */
function facts(root: ReadNode): Map<string, string> {
  const paths = new Map<number, string>();
  const collect = (node: ReadNode, path: string): void => {
    const phandle = node.properties.get('phandle');
    if (phandle !== undefined) paths.set(cellsOf(phandle)[0], path);
    for (const child of node.children) collect(child, `${path}/${child.name}`);
  };
  collect(root, '');
  const all = new Map<string, string>();
  const walk = (node: ReadNode, path: string): void => {
    for (const [name, value] of node.properties) {
      const resolve = (cell: number) => paths.get(cell) ?? `? ${cell}`;
      let text = [...value].join(' ');
      if (PHANDLE_PROPERTIES.has(name)) text = cellsOf(value).map(resolve).join(' ');
      else if (name === 'interrupts-extended') {
        text = cellsOf(value)
          .map((cell, at) => (at % 2 === 0 ? resolve(cell) : cell))
          .join(' ');
      }
      all.set(`${path === '' ? '/' : path} ${name}`, text);
    }
    for (const child of node.children) walk(child, `${path}/${child.name}`);
  };
  walk(root, '');
  return all;
}

describeWithWitness(QEMU, "QEMU's tree", () => {
  it.each([{ aclint: false }, { aclint: true }])(
    'says the same of everything that is on our board, with aclint $aclint',
    ({ aclint }) => {
      const theirs = inFolder((folder) => {
        const file = join(folder, 'qemu.dtb');
        const kernel = join(folder, 'kernel');
        writeFileSync(kernel, new Uint8Array(0x40));
        spawnSync(QEMU, [
          ...[
            '-machine',
            `virt,aclint=${aclint ? 'on' : 'off'},dumpdtb=${file}`,
            '-smp',
            '2',
            '-m',
            '128M',
            '-cpu',
            'rv32,h=off',
          ],
          ...['-display', 'none', '-bios', 'none', '-kernel', kernel, '-initrd', kernel],
          ...['-append', 'console=ttyS0'],
        ]);
        return facts(readDeviceTree(readFileSync(file)));
      });
      const ours = facts(readDeviceTree(blobOf({ ...OPTIONS, aclint })));
      const different = [...ours].filter(([fact, value]) => theirs.get(fact) !== value);
      expect(different.map(([fact]) => fact).sort()).toEqual(differences(aclint).sort());
    },
  );
});
