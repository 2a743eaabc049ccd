/** The pixels of a cube along one axis: which section they are, and what their coordinates are. Pure. */
import type { AxisSelector } from "fitslice";
import type { Wcs, WorldAxis } from "fitslice/wcs";
import { isLine } from "../parts.js";
import { spokenUnit } from "../sky/spoken-unit.js";

/**
 * The axes before the last two that are longer than one, slowest first, as indices of the shape; of a line of pixels the axis
 * along the line.
 */
export function spectralAxes(shape: readonly number[]): number[] {
  if (isLine(shape)) return [shape.length - 1];
  return shape.slice(0, -2).flatMap((length, axis) => (length > 1 ? [axis] : []));
}

/** The section of all pixels along `axis` (an index of the shape) at a pixel of a plane. */
export function spectrumSelection(
  shape: readonly number[],
  plane: readonly number[],
  axis: number,
  x: number,
  y: number,
): AxisSelector[] {
  // A line of one axis has neither planes nor rows.
  const at = [...plane, y, x].slice(-shape.length);
  return at.map((index, i): AxisSelector => (i === axis ? ":" : index));
}

/** World coordinates of the pixels along an axis of the shape. */
export interface AxisValues {
  readonly axis: WorldAxis;
  readonly values: Float64Array;
}

/**
 * The coordinates along an axis at a pixel; undefined where the WCS says none, or none that changes along the axis.
 *
 * @param shape of the image, slowest axis first; `axis` is one of its indices
 */
export function axisValues(
  wcs: Wcs | undefined,
  shape: readonly number[],
  plane: readonly number[],
  axis: number,
  x: number,
  y: number,
): AxisValues | undefined {
  const number = shape.length - 1 - axis;
  const world = wcs?.axes[number];
  if (!wcs || !world || world.ctype === "") return undefined;
  const length = shape[axis]!;
  const at = [x, y, ...[...plane].reverse()];
  const pixels = wcs.axes.map((_, i) =>
    i === number ? Float64Array.from({ length }, (_, k) => k) : new Float64Array(length).fill(at[i] ?? 0),
  );
  const values = wcs.toWorld(pixels)[number];
  if (!values?.every(Number.isFinite) || (length > 1 && values[0] === values[length - 1])) return undefined;
  return { axis: world, values };
}

/** The values in a unit that suits all of them, and what the axis is called. */
export function spokenAxis({ axis, values }: AxisValues): {
  readonly label: string;
  readonly unit: string;
  readonly values: Float64Array;
} {
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const [unit, size] = spokenUnit(axis.unit, most);
  const name = axis.name || axis.ctype.replace(/-.*$/, "");
  return { label: unit ? `${name} (${unit})` : name, unit, values: values.map((value) => value / size) };
}

/** The path of a curve with gaps where there are no values. */
export function curvePath(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  toX: (value: number) => number,
  toY: (value: number) => number,
): string {
  let path = "";
  let isOpen = false;
  for (let i = 0; i < y.length; i++) {
    const isValue = Number.isFinite(y[i]!);
    if (isValue) path += `${isOpen ? "L" : "M"}${toX(x[i]!).toFixed(1)} ${toY(y[i]!).toFixed(1)}`;
    isOpen = isValue;
  }
  return path;
}

/** A spectrum as CSV. */
export function spectrumCsv(label: string, unit: string, x: ArrayLike<number>, y: ArrayLike<number>): string {
  const quoted = (text: string): string => `"${text.replace(/"/g, '""')}"`;
  const lines = [`${quoted(label)},${quoted(unit ? `value (${unit})` : "value")}`];
  for (let i = 0; i < y.length; i++) lines.push(`${x[i]},${y[i]}`);
  return `${lines.join("\r\n")}\r\n`;
}
