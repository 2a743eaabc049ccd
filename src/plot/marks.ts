/**
 * Marks beside and on a picture: color bar, compass, scale bar.
 */
import { format } from "d3-format";
import { scaleLinear } from "d3-scale";
import { shortened, upward } from "./frame.js";
import type { Place, Rectangle, SkyView } from "./sky-grid.js";
import { roundLength } from "./sky-steps.js";
import { element, lettered, pathThrough, type Svg, text, widthOf } from "./svg.js";
import { offsetOf } from "./tangent.js";

/** The colors of a picture, and the values that they stand for. */
export interface Colorbar {
  readonly vmin: number;
  readonly vmax: number;
  /** Where between the colors of `vmin` (0) and `vmax` (1) a value lies. */
  readonly levelOf: (value: number) => number;
  /** Red, green, blue of 256 levels. */
  readonly palette: Uint8Array;
  /** BUNIT, or another name of the values. */
  readonly label?: string | undefined;
}

const barWidth = 16;
const barGap = 12;

function ticksOf({ vmin, vmax }: Colorbar): { value: number; label: string }[] {
  if (!(vmax > vmin)) return [{ value: vmin, label: format(".4~g")(vmin) }];
  const ticks = scaleLinear().domain([vmin, vmax]).ticks(6);
  const step = Math.abs((ticks[1] ?? vmax) - ticks[0]!);
  const largest = Math.max(...ticks.map(Math.abs));
  const isLong = largest >= 1e5 || largest < 1e-3;
  const digits = isLong ? Math.max(1, Math.ceil(Math.log10(largest / step) + 0.99)) : 0;
  const write = isLong
    ? format(`.${Math.min(12, digits)}~e`)
    : format(`.${Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))}f`);
  return ticks.map((value) => ({ value, label: value === 0 ? "0" : write(value).replace("−", "-") }));
}

/** How much room a color bar takes beside a picture. */
export function colorbarWidth(bar: Colorbar): number {
  const widest = Math.max(...ticksOf(bar).map(({ label }) => widthOf(label)));
  return barGap + barWidth + 10 + widest + (bar.label ? 20 : 0);
}

/** A color bar to the right of a picture. Ticks that would touch are left out, as at the ends of a stretch. */
export function colorbar(bar: Colorbar, { left, top, width, height }: Rectangle): Svg {
  const x = left + width + barGap;
  const stops = Array.from({ length: 64 }, (_, i) => {
    const level = Math.round((i * 255) / 63);
    const [red, green, blue] = bar.palette.subarray(3 * level, 3 * level + 3);
    const y = top + height - ((i + 1) * height) / 64;
    return element("rect", {
      x,
      y,
      width: barWidth,
      height: height / 64 + 0.5,
      fill: `rgb(${red},${green},${blue})`,
    });
  });
  let free = Number.POSITIVE_INFINITY;
  const ticks: Svg[] = [];
  for (const { value, label } of ticksOf(bar)) {
    const y = top + height * (1 - Math.max(0, Math.min(1, bar.levelOf(value))));
    if (y > free) continue;
    free = y - 13;
    ticks.push(
      element("line", { x1: x + barWidth, x2: x + barWidth + 4, y1: y, y2: y, stroke: "black" }),
      text(x + barWidth + 7, y + 4, label, { anchor: "start" }),
    );
  }
  const names = bar.label
    ? [upward(x + colorbarWidth(bar) - barGap - 4, top + height / 2, shortened(bar.label, height / 7))]
    : [];
  return element(
    "g",
    {},
    ...stops,
    element("rect", { x, y: top, width: barWidth, height, fill: "none", stroke: "black" }),
    ...ticks,
    ...names,
  );
}

/** White with a dark edge: seen on every picture. */
const onPicture = { stroke: "white", fill: "none", "stroke-width": 1.6 } as const;
const edge = { stroke: "black", fill: "none", "stroke-width": 3.6, "stroke-opacity": 0.5 } as const;
function seen(points: readonly (Place | null)[]): Svg {
  const d = pathThrough(points);
  return element("path", { d, ...edge }) + element("path", { d, ...onPicture });
}

/** Arrows to the north and the east, in the lower right corner, as the sky lies there; nothing where it does not. */
export function compass(view: SkyView): Svg {
  const length = Math.min(40, Math.min(view.width, view.height) * 0.12);
  const at: Place = [view.left + view.width - 1.7 * length - 8, view.top + view.height - 1.7 * length - 8];
  const directions = directionsAt(view, at);
  if (!directions) return "";
  const arrow = ([dx, dy]: Place, name: string): Svg => {
    const tip: Place = [at[0] + length * dx, at[1] + length * dy];
    const barb = (turn: number): Place => {
      const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
      return [tip[0] - 7 * (dx * cos - dy * sin), tip[1] - 7 * (dx * sin + dy * cos)];
    };
    return (
      seen([at, tip, null, barb(0.45), tip, barb(-0.45)]) +
      text(at[0] + (length + 10) * dx, at[1] + (length + 10) * dy + 4, name, lettered)
    );
  };
  return arrow(directions.north, "N") + arrow(directions.east, "E");
}

/** A line of a round length on the sky, in the lower left corner; nothing where there is no sky. */
export function scaleBar(view: SkyView): Svg {
  const directions = directionsAt(view, [view.left + view.width / 2, view.top + view.height / 2]);
  if (!directions) return "";
  const { degreesPerUnit } = directions;
  const { degrees, label } = roundLength(view.width * 0.3 * degreesPerUnit);
  const length = degrees / degreesPerUnit;
  const [x, y] = [view.left + 14, view.top + view.height - 16];
  return (
    seen([
      [x, y - 4],
      [x, y + 4],
      null,
      [x, y],
      [x + length, y],
      null,
      [x + length, y - 4],
      [x + length, y + 4],
    ]) + text(x + length / 2, y - 8, label, lettered)
  );
}

interface Directions {
  /** Unit vectors in the drawing. */
  readonly north: Place;
  readonly east: Place;
  /** Degrees of sky along a unit of the drawing, the mean of all directions. */
  readonly degreesPerUnit: number;
}

/** Which way the sky lies at a place of the drawing; undefined where there is none. */
function directionsAt(view: SkyView, [x, y]: Place): Directions | undefined {
  const center = view.toSky(x, y);
  const [right, below] = [view.toSky(x + 1, y), view.toSky(x, y + 1)];
  if (!center || !right || !below) return undefined;
  const [ex, nx] = offsetOf(center, right);
  const [ey, ny] = offsetOf(center, below);
  const determinant = ex * ny - ey * nx;
  if (determinant === 0) return undefined;
  return {
    north: unit(-ey / determinant, ex / determinant),
    east: unit(ny / determinant, -nx / determinant),
    degreesPerUnit: Math.sqrt(Math.abs(determinant)),
  };
}

function unit(x: number, y: number): Place {
  const length = Math.hypot(x, y);
  return [x / length, y / length];
}
