/** Which pane stands where, by the size of the terminal. */
import type { Rectangle } from './screen.ts';

export const LEAST_COLUMNS = 80;
export const LEAST_ROWS = 24;

/** Panes that take turns where there is no room for all. */
export const TABS = [
  'console',
  'registers',
  'csrs',
  'memory',
  'processes',
  'breakpoints',
  'pipeline',
] as const;

export type Tab = (typeof TABS)[number];

/** A pane's rectangle; its first row is the title. */
export interface Placed {
  readonly pane: Tab | 'source' | 'code';
  readonly area: Rectangle;
}

export interface Layout {
  readonly status: Rectangle;
  readonly panes: readonly Placed[];
  /** What commands have printed. */
  readonly log: Rectangle;
  readonly prompt: Rectangle;
  readonly keys: Rectangle;
  /** Panes that `tab` chooses from. */
  readonly tabs: readonly Tab[];
}

const WIDE_COLUMNS = 110;
const WIDE_ROWS = 32;
/** A title, and 32 values in two columns. */
const REGISTER_ROWS = 17;
const SIDE_COLUMNS = 46;
/** Rows of the smallest layout: status, prompt and keys have one each. */
const SMALL = { upper: 9, lower: 8, log: 4 } as const;
const FIXED_ROWS = 3;

/**
 * @param tab the pane shown where panes take turns
 * @param hasPipeline whether the machine has one: its pane is left out otherwise
 * @returns undefined if the terminal is too small
 */
export function layoutOf(
  columns: number,
  rows: number,
  tab: Tab,
  hasPipeline: boolean,
): Layout | undefined {
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) return undefined;
  const extra = rows - LEAST_ROWS;
  const log = SMALL.log + Math.floor(extra / 5);
  const upper = SMALL.upper + Math.floor((extra * 2) / 5);
  const lower = rows - FIXED_ROWS - log - upper;
  const isWide = columns >= WIDE_COLUMNS && rows >= WIDE_ROWS;
  const main = isWide ? columns - SIDE_COLUMNS : columns;
  const half = Math.floor(main / 2);
  const lowerTop = 1 + upper;

  const panes: Placed[] = [
    { pane: 'source', area: { left: 0, top: 1, width: half, height: upper } },
    { pane: 'code', area: { left: half, top: 1, width: main - half, height: upper } },
  ];
  const tabs: readonly Tab[] = TABS.filter((name) => {
    if (name === 'pipeline') return hasPipeline;
    return !isWide || (name !== 'console' && name !== 'registers');
  });
  const shown = tabs.includes(tab) ? tab : tabs[0];
  if (isWide) {
    const side = { left: main, width: SIDE_COLUMNS };
    const sideRows = upper + lower - REGISTER_ROWS;
    panes.push(
      { pane: 'console', area: { left: 0, top: lowerTop, width: main, height: lower } },
      { pane: 'registers', area: { ...side, top: 1, height: REGISTER_ROWS } },
      { pane: shown, area: { ...side, top: 1 + REGISTER_ROWS, height: sideRows } },
    );
  } else {
    panes.push({ pane: shown, area: { left: 0, top: lowerTop, width: columns, height: lower } });
  }
  const row = (top: number, height: number): Rectangle => {
    return { left: 0, top, width: columns, height };
  };
  const logTop = lowerTop + lower;
  return {
    status: row(0, 1),
    panes,
    log: row(logTop, log),
    prompt: row(logTop + log, 1),
    keys: row(logTop + log + 1, 1),
    tabs,
  };
}
