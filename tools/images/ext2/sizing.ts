/** How large an image becomes, and how many inodes it gets, from what is to go into it. */
import { Ext2InputError } from './errors.ts';
import { firstBlockOf, layOut, mostPerGroup, type Geometry } from './geometry.ts';
import { MAX_IMAGE_BYTES } from './limits.ts';
import type { Ext2Settings } from './options.ts';

export interface Needs {
  /** The reserved inodes included. */
  readonly inodes: number;
  /** For data, directories and indirect blocks. */
  readonly dataBlocks: number;
}

type SizeRequest = Pick<Ext2Settings, 'blockSize' | 'size' | 'freeBytes' | 'inodes'>;

/** mke2fs gives small file systems about one inode for this many bytes. */
const BYTES_PER_INODE = 8192;
const SPARE_INODES = 16;

/** The most inodes that an image as asked for can have. */
export function mostInodes({ blockSize, size, inodes }: SizeRequest): number {
  if (inodes !== undefined) return inodes;
  if (size === undefined) return Infinity;
  const perGroup = mostPerGroup(blockSize);
  return Math.ceil(size / blockSize / perGroup) * perGroup;
}

/**
 * The layout of an image that satisfies `needs` and `request`.
 * @throws Ext2InputError if what was asked for is too small, or what is needed too large.
 */
export function chooseGeometry(needs: Needs, request: SizeRequest): Geometry {
  const { blockSize, size } = request;
  const wanted: Needs = { ...needs, inodes: Math.max(needs.inodes, request.inodes ?? 0) };
  if (size === undefined) {
    const spare = Math.ceil(request.freeBytes / blockSize);
    return fit({ ...wanted, dataBlocks: wanted.dataBlocks + spare }, request);
  }
  const geometry = layOutFor(size / blockSize, wanted, request);
  if (geometry !== undefined && satisfies(geometry, wanted)) return geometry;
  const least = fit(wanted, request);
  // Where a group or a block of an inode table begins, a slightly smaller layout can hold more.
  if (least.blocksCount * blockSize <= size) return least;
  throw new Ext2InputError(
    'image-too-small',
    '',
    `an image of ${size} bytes is too small for these files: ` +
      `they take ${least.blocksCount * blockSize} with blocks of ${blockSize}`,
  );
}

/** A layout that satisfies `wanted`, with nothing to spare but what is lost at the ends of groups. */
function fit(wanted: Needs, request: SizeRequest): Geometry {
  const { blockSize } = request;
  const perGroup = mostPerGroup(blockSize);
  const groupsForInodes = Math.ceil(wanted.inodes / perGroup);
  // One block of the last group that the inodes need, and on from there.
  let blocks = firstBlockOf(blockSize) + (groupsForInodes - 1) * perGroup + 1;
  for (;;) {
    if (blocks * blockSize > MAX_IMAGE_BYTES) {
      throw new Ext2InputError(
        'image-too-large',
        '',
        `the files need an image of more than ${MAX_IMAGE_BYTES} bytes`,
      );
    }
    const geometry = layOutFor(blocks, wanted, request);
    if (geometry !== undefined && satisfies(geometry, wanted)) return geometry;
    // More blocks can mean more structures, so this is repeated until it fits.
    blocks += Math.max(wanted.dataBlocks - (geometry?.dataBlocks ?? 0), 1);
  }
}

function layOutFor(blocks: number, wanted: Needs, request: SizeRequest): Geometry | undefined {
  const { blockSize, inodes } = request;
  const spacious = Math.max(
    wanted.inodes + SPARE_INODES,
    Math.floor((blocks * blockSize) / BYTES_PER_INODE),
  );
  return layOut(blockSize, blocks, inodes ?? spacious);
}

function satisfies(geometry: Geometry, wanted: Needs): boolean {
  return (
    geometry.dataBlocks >= wanted.dataBlocks &&
    geometry.groups.length * geometry.inodesPerGroup >= wanted.inodes
  );
}
