/**
 * The in-order clock model in a file: its parameters and, by name, everything in its pipelines,
 * caches, predictors and translation buffers, as timing-layout.ts declares them; and where cycles went
 * so far, by reason. The functional model has no state of its own.
 *
 *     {"model": "inorder", "parameters": {…}, "harts": [{"cells": {NAME: bytes, …},
 *       "charged": [{"satp", "mode", "reason", "cycles"}, …]}, …], "shared": {NAME: bytes, …}}
 *
 * `bytes` says how many bytes of the file's data are the cell's. A cache that is absent is null.
 */
import type { CellDeclaration } from '../hart/state-layout.ts';
import { Region } from '../hart/state-layout.ts';
import type { ChargedCycles } from '../timing/inorder/accounts.ts';
import { checkParameters, ParameterError } from '../timing/inorder/parameter-check.ts';
import { DEFAULT_PRESET, PRESETS, type InorderParameters } from '../timing/inorder/parameters.ts';
import { REASON_NAMES } from '../timing/inorder/reasons.ts';
import { SHARED_TIMING_CELLS, TIMING_CELLS } from '../timing/inorder/timing-layout.ts';
import { bytesOfCell, type SavedTiming } from './machine-state.ts';
import {
  asCount,
  asInteger,
  asList,
  asObject,
  asText,
  StateFileError,
  type PieceReader,
  type PieceWriter,
} from './state-pieces.ts';

const MODEL = 'inorder';
/** What a model has, caches included. */
const PARAMETER_NAMES: readonly string[] = Object.keys(PRESETS[DEFAULT_PRESET]);
const MODES = 4;

export function formatTiming(timing: SavedTiming | undefined, pieces: PieceWriter): unknown {
  if (timing === undefined) return null;
  return {
    model: MODEL,
    parameters: describeParameters(timing.parameters),
    harts: timing.engines.map(({ cells, charged }) => ({
      cells: formatCells(cells, TIMING_CELLS, pieces),
      charged: charged.map(({ satp, mode, reason, cycles }) => {
        return { satp, mode, reason: REASON_NAMES[reason], cycles };
      }),
    })),
    shared: formatCells(timing.shared, SHARED_TIMING_CELLS, pieces),
  };
}

/** @throws StateFileError naming what is wrong */
export function parseTiming(value: unknown, pieces: PieceReader): SavedTiming | undefined {
  if (value === null) return undefined;
  const { model, parameters, harts, shared } = asObject('clock', value);
  if (model !== MODEL) throw new StateFileError(`clock: there is no model ${String(model)}`);
  return {
    parameters: parseParameters(parameters),
    engines: asList('clock.harts', harts).map((hart) => {
      const { cells, charged } = asObject('clock.harts', hart);
      return {
        cells: parseCells('clock.harts', cells, TIMING_CELLS, Region.TimingStride, pieces),
        charged: asList('charged', charged).map(parseCharged),
      };
    }),
    shared: parseCells('clock.shared', shared, SHARED_TIMING_CELLS, SHARED_BYTES, pieces),
  };
}

const endOf = (cell: CellDeclaration): number => cell.offset + bytesOfCell(cell);
const SHARED_BYTES = Math.max(...SHARED_TIMING_CELLS.map(endOf));

function describeParameters(parameters: InorderParameters): Readonly<Record<string, unknown>> {
  const known = new Map<string, unknown>(Object.entries(parameters));
  return Object.fromEntries(PARAMETER_NAMES.map((name) => [name, known.get(name) ?? null]));
}

function parseParameters(value: unknown): InorderParameters {
  const given = asObject('clock.parameters', value);
  for (const name of PARAMETER_NAMES) {
    if (!Object.hasOwn(given, name))
      throw new StateFileError(`clock.parameters: ${name} is missing`);
  }
  try {
    return checkParameters(given);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new StateFileError(`clock.parameters: ${error.message}`, { cause: error });
  }
}

function formatCells(
  area: Uint8Array,
  cells: readonly CellDeclaration[],
  pieces: PieceWriter,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    cells.map((cell) => {
      const bytes = area.subarray(cell.offset, endOf(cell));
      pieces.put(bytes);
      return [cell.name, bytes.length];
    }),
  );
}

/** @param size bytes of the area that the cells lie in; what no cell covers is zero */
function parseCells(
  what: string,
  value: unknown,
  cells: readonly CellDeclaration[],
  size: number,
  pieces: PieceReader,
): Uint8Array {
  const area = new Uint8Array(size);
  const lengths = asObject(what, value);
  for (const [name, length] of Object.entries(lengths)) {
    const cell = cells.find((each) => each.name === name);
    if (cell === undefined) throw new StateFileError(`${what}: nothing is known of ${name}`);
    const wanted = bytesOfCell(cell);
    if (length !== wanted) {
      throw new StateFileError(`${what}: ${name} has ${String(length)} bytes instead of ${wanted}`);
    }
    area.set(pieces.take(wanted), cell.offset);
  }
  const missing = cells.find(({ name }) => !Object.hasOwn(lengths, name));
  if (missing !== undefined) throw new StateFileError(`${what}: ${missing.name} is missing`);
  return area;
}

function parseCharged(value: unknown): ChargedCycles {
  const { satp, mode, reason, cycles } = asObject('charged', value);
  const index = REASON_NAMES.indexOf(asText('charged', reason));
  if (index < 0) throw new StateFileError(`charged: there is no reason ${String(reason)}`);
  const privilege = asCount('charged', mode);
  if (privilege >= MODES) throw new StateFileError(`charged: there is no mode ${privilege}`);
  return {
    satp: asCount('charged', satp),
    mode: privilege,
    reason: index,
    cycles: asInteger('charged', cycles),
  };
}
