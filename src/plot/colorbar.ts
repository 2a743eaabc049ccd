/**
 * The color bar beside a picture.
 */
import { scaleLinear } from "d3-scale";
import { shortened, upward } from "./frame.js";
import { numberLabels, roundNumber } from "./numbers.js";
import type { Rectangle } from "./sky-grid.js";
import { element, type Svg, text, widthOf } from "./svg.js";

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
const mostTicks = 6;
/** Units of a bar for each tick. */
const tickRoom = 28;

/** A value, and where along the bar it lies, from 0 to 1. */
interface Tick {
  readonly value: number;
  readonly level: number;
}

/** Round values along a bar so long: at equal distances where the stretch leaves no wide gap between them, else where the gaps are. */
function ticksOf(bar: Colorbar, length: number): Tick[] {
  const { vmin, vmax } = bar;
  if (!(vmax > vmin)) return [{ value: vmin, level: levelIn(bar, vmin) }];
  const wanted = Math.max(1, Math.min(mostTicks, Math.floor(length / tickRoom)));
  const tickOf = (value: number): Tick => ({ value, level: levelIn(bar, value) });
  const even = Number.isFinite(vmax - vmin)
    ? scaleLinear([vmin, vmax], [0, 1]).ticks(wanted).map(tickOf)
    : [];
  const gaps = [...even, { level: 1 }].map(({ level }, i) => level - (even[i - 1]?.level ?? 0));
  if (even.length > 0 && Math.max(...gaps) < 1.7 / wanted) return even;
  const ticks: Tick[] = [];
  for (let i = 0; i <= wanted; i++) {
    const between = [i - 0.2, i + 0.2].map((place) => valueAt(bar, place / wanted)) as [number, number];
    const tick = tickOf(roundNumber(...between));
    if (!(tick.value <= (ticks.at(-1)?.value ?? Number.NEGATIVE_INFINITY))) ticks.push(tick);
  }
  return ticks;
}

function levelIn({ levelOf }: Colorbar, value: number): number {
  return Math.max(0, Math.min(1, levelOf(value)));
}

/** The lowest value whose level is at least `level`: a stretch never falls. */
function valueAt({ vmin, vmax, levelOf }: Colorbar, level: number): number {
  let [low, high] = [vmin, vmax];
  if (level <= 0 || levelOf(low) >= level) return low;
  for (let i = 0; i < 60; i++) {
    const middle = low / 2 + high / 2;
    if (levelOf(middle) >= level) high = middle;
    else low = middle;
  }
  return high;
}

/** How much room a color bar so long takes beside a picture. */
export function colorbarWidth(bar: Colorbar, length: number): number {
  const values = ticksOf(bar, length).map(({ value }) => value);
  const widest = Math.max(...values.map(numberLabels(values)).map((label) => widthOf(label)));
  return barGap + barWidth + 10 + widest + (bar.label ? 20 : 0);
}

/**
 * A color bar to the right of a picture. Ticks that would touch are left out, as at the ends of a stretch.
 *
 * @param room height of the drawing: what the bar's label may take
 */
export function colorbar(bar: Colorbar, { left, top, width, height }: Rectangle, room: number): Svg {
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
  const all = ticksOf(bar, height);
  const labelOf = numberLabels(all.map(({ value }) => value));
  for (const { value, level } of all) {
    const y = top + height * (1 - level);
    if (y > free) continue;
    free = y - 13;
    ticks.push(
      element("line", { x1: x + barWidth, x2: x + barWidth + 4, y1: y, y2: y, stroke: "black" }),
      text(x + barWidth + 7, y + 4, labelOf(value), { anchor: "start" }),
    );
  }
  const middle = top + height / 2;
  const longest = (2 * Math.min(middle, room - middle)) / 7;
  const names = bar.label
    ? [upward(x + colorbarWidth(bar, height) - barGap - 4, middle, shortened(bar.label, longest))]
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
