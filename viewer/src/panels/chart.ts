/** Axes of the small plots of panels: scales, ticks, the frame as SVG. */
import { type SVGTemplateResult, svg } from "lit";
import { digitsFor, valueText } from "../text.js";

/** Values along one axis of a plot, and their places in CSS pixels. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  toPlace(value: number): number;
  toValue(place: number): number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** A linear scale; values that are all the same have room around them. `wanted` is about how many ticks there are. */
export function linearScale(
  [first, last]: readonly [number, number],
  [start, end]: readonly [number, number],
  wanted: number,
): Scale {
  const isFlat = !(Math.abs(last - first) > 0);
  const room = isFlat ? Math.abs(first) * 1e-3 || 0.5 : 0;
  const [from, to] = [first - room, last + room];
  const factor = (end - start) / (to - from);
  return {
    from,
    to,
    toPlace: (value) => start + (value - from) * factor,
    toValue: (place) => from + (place - start) / factor,
    ticks: ticksOf(Math.min(from, to), Math.max(from, to), wanted),
  };
}

/** Round numbers from `from` to `to`, about `wanted` of them. */
export function ticksOf(from: number, to: number, wanted: number): { value: number; text: string }[] {
  const raw = (to - from) / Math.max(1, wanted);
  if (!(raw > 0) || !Number.isFinite(raw)) return [];
  const power = 10 ** Math.floor(Math.log10(raw));
  // The round step that is nearest, as a ratio.
  const part = raw / power;
  const step = power * (part >= Math.sqrt(50) ? 10 : part >= Math.sqrt(10) ? 5 : part >= Math.SQRT2 ? 2 : 1);
  const first = Math.ceil(from / step - 1e-9);
  const values: number[] = [];
  // Steps below the resolution of the numbers would make the same tick again and again.
  for (let i = first; i * step <= to + step * 1e-9 && values.length < 50; i++)
    values.push(Number((i * step).toPrecision(15)));
  const largest = Math.max(Math.abs(from), Math.abs(to));
  const digits = digitsFor(largest, step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  // All with the same decimals: 1.4200, 1.4202.
  const isPlain = largest < 1e6 && decimals <= 6;
  return values.map((value) => ({
    value,
    text: isPlain ? value.toFixed(decimals) : valueText(value, digits),
  }));
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly yLabel: string;
}

/** The height of a plot of a panel: lower where the panel is a sheet at the foot of a small page. */
export function chartHeight({ clientHeight }: Element): number {
  return Math.max(150, Math.min(240, clientHeight - 80));
}

/** Room for numbers and labels around a plot. */
export const margins = { left: 70, right: 12, top: 10, bottom: 36 } as const;

/** The places of the axes of a plot of this size. */
export function spans(
  width: number,
  height: number,
): { readonly x: readonly [number, number]; readonly y: readonly [number, number] } {
  return { x: [margins.left, width - margins.right], y: [height - margins.bottom, margins.top] };
}

/** CSS pixels of a character of a tick. */
const tickCharacter = 6.5;

/** Of every how many ticks side by side the text has room. */
export function spacedTicks({ ticks, toPlace }: Scale): number {
  const [first, second] = ticks;
  if (!first || !second) return 1;
  const longest = Math.max(...ticks.map(({ text }) => text.length));
  return Math.ceil((longest * tickCharacter + 8) / Math.abs(toPlace(second.value) - toPlace(first.value)));
}

/** Lines, ticks and labels; what is plotted is drawn within. */
export function frameTemplate({ width, height, x, y, xLabel, yLabel }: Frame): SVGTemplateResult {
  const span = spans(width, height);
  const [left, right] = span.x;
  const [bottom, top] = span.y;
  const middle = (top + bottom) / 2;
  const every = spacedTicks(x);
  return svg`<g class="frame">
    <rect x=${left} y=${top} width=${right - left} height=${bottom - top}></rect>
    ${x.ticks.map(({ value, text }, i) => {
      const place = x.toPlace(value);
      return svg`<line x1=${place} x2=${place} y1=${bottom} y2=${bottom + 4}></line>
        ${i % every === 0 ? svg`<text x=${place} y=${bottom + 15} text-anchor="middle">${text}</text>` : ""}`;
    })}
    ${y.ticks.map(({ value, text }) => {
      const place = y.toPlace(value);
      return svg`<line x1=${left - 4} x2=${left} y1=${place} y2=${place}></line>
        <text x=${left - 7} y=${place + 3.5} text-anchor="end">${text}</text>`;
    })}
    <text class="label" x=${(left + right) / 2} y=${bottom + 30} text-anchor="middle">${xLabel}</text>
    <text class="label" transform="rotate(-90 10 ${middle})" x="10" y=${middle + 3} text-anchor="middle">${yLabel}</text>
  </g>`;
}

/** The least and the greatest finite value, with some room; undefined of none. */
export function extentOf(values: ArrayLike<number>, room = 0.04): [number, number] | undefined {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return undefined;
  const more = (most - least) * room;
  return [least - more, most + more];
}
