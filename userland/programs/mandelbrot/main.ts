/**
 * mandelbrot [TURNS [ZOOM]]: draws the Mandelbrot set: how soon z² + c leaves the circle of radius 2, for
 * at most TURNS turns (1000), enlarged ZOOM times (1) about a point at its edge.
 */
import { parseDecimal } from '../../runtime/bytes';
import { argument, argumentCount } from '../../runtime/program/data-page';
import { SUCCESS, usage } from '../../runtime/program/errors';
import { endLine, out } from '../../runtime/program/output';

const SYNOPSIS = 'mandelbrot [TURNS [ZOOM]]';
const COLUMNS: i32 = 72;
const ROWS: i32 = 24;
/** Of the picture that is not enlarged, in units of the plane; a character is twice as high as wide. */
const WIDTH: f64 = 3.6;
/** The point in the middle. */
const MIDDLE_X: f64 = -0.743643887037151;
const MIDDLE_Y: f64 = 0.13182590420533;
const ESCAPE: f64 = 4;
/** From what is left at once to what is left late; the last is the set itself. */
const SHADES = ' .:-=+*%@#';
const INSIDE: i32 = 9;

export function main(): i32 {
  const turns = numberAt(1, 1000);
  const zoom = numberAt(2, 1);
  if (turns < 1 || zoom < 1 || argumentCount() > 3) return usage(SYNOPSIS);
  const step = WIDTH / (<f64>zoom * COLUMNS);
  for (let row = 0; row < ROWS; row++) {
    const y = MIDDLE_Y + <f64>(ROWS / 2 - row) * 2 * step;
    for (let column = 0; column < COLUMNS; column++) {
      const x = MIDDLE_X + <f64>(column - COLUMNS / 2) * step;
      const left = turnsToLeave(x, y, <i32>turns);
      const shade = left < 0 ? INSIDE : left % INSIDE;
      out.byte(<u8>SHADES.charCodeAt(shade));
    }
    endLine();
  }
  return SUCCESS;
}

/** Turns after which z² + c leaves the circle; −1: not within `turns`. */
function turnsToLeave(x: f64, y: f64, turns: i32): i32 {
  let a: f64 = 0;
  let b: f64 = 0;
  for (let turn = 0; turn < turns; turn++) {
    const aa = a * a;
    const bb = b * b;
    if (aa + bb > ESCAPE) return turn;
    b = 2 * a * b + y;
    a = aa - bb + x;
  }
  return -1;
}

function numberAt(index: u32, otherwise: i64): i64 {
  if (index >= argumentCount()) return otherwise;
  const given = argument(index);
  return parseDecimal(given.address, given.length);
}
