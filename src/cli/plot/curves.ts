/**
 * Profiles, spectra, histograms and scatter plots, from what the command line asks for.
 */
import { type ColumnData, FitsError, type ImageHdu, type Selection } from "fitslice";
import { histogramOf, histogramPlot, linePlot, scatterPlot } from "fitslice/plot";
import { baseUnits, readWcs, unitOf, type Wcs } from "fitslice/wcs";
import { badUsage } from "../failure.js";
import { tellWarning } from "../output.js";
import { chooseImage, chooseSection } from "../selection.js";
import type { Session } from "../session.js";
import { interruptible } from "../signals.js";
import { tableSelection } from "../table-selection.js";
import { type CurveOptions, curveOptions, nameOf, pixelUnit } from "./options.js";

/** The profile of a row or column, or the spectrum of a pixel. */
export async function lineFigure(
  session: Session,
  kind: "row" | "column" | "spectrum",
  options: CurveOptions,
): Promise<string> {
  const image = await chooseImage(session);
  if (await chooseSection(session, image, options))
    throw badUsage(`--${kind} chooses the pixels itself; leave the section out`);
  const { shape } = image;
  if (kind === "spectrum") {
    if (shape.length < 3)
      throw badUsage(
        `--spectrum needs a cube, and HDU ${image.index} is ${shape.join(" x ")}; --row is for images`,
      );
    const [y, x] = options.spectrum!;
    const axis = shape.length - 3;
    return alongAxis(
      session,
      image,
      [...shape.map((_, i) => (i === axis ? null : 0)).slice(0, -2), y, x],
      axis,
      options,
    );
  }
  const before = shape.slice(0, -2).map(() => 0);
  if (kind === "row")
    return alongAxis(
      session,
      image,
      [...before, ...(shape.length > 1 ? [options.row!] : []), null],
      shape.length - 1,
      options,
    );
  if (shape.length < 2) throw badUsage("--column needs an image of two axes");
  return alongAxis(session, image, [...before, null, options.column!], shape.length - 2, options);
}

/** A section with one long axis. */
export async function sectionFigure(
  session: Session,
  image: ImageHdu,
  selection: Selection | undefined,
  options: CurveOptions,
): Promise<string> {
  const { start, step, count } = image.resolve(selection);
  const axis = Math.max(
    0,
    count.findIndex((length) => length > 1),
  );
  const data = (await image.section(selection, { raw: options.raw ?? false })).data;
  const pixels = Float64Array.from({ length: data.length }, (_, i) => start[axis]! + i * step[axis]!);
  const fixed = start.map((at, i) => (i === axis ? 0 : at));
  return curve(session, image, { axis, pixels, fixed }, data, options);
}

/** The values along one axis, at fixed places of the others. `null` in `place` is that axis. */
async function alongAxis(
  session: Session,
  image: ImageHdu,
  place: readonly (number | null)[],
  axis: number,
  options: CurveOptions,
): Promise<string> {
  const data = (await image.section([...place], { raw: options.raw ?? false })).data;
  const pixels = Float64Array.from({ length: data.length }, (_, i) => i);
  return curve(session, image, { axis, pixels, fixed: place.map((at) => at ?? 0) }, data, options);
}

interface Along {
  /** Axis in C order. */
  readonly axis: number;
  /** Pixels along it, from 0. */
  readonly pixels: Float64Array;
  /** Pixels of the other axes. */
  readonly fixed: readonly number[];
}

async function curve(
  session: Session,
  image: ImageHdu,
  along: Along,
  data: ArrayLike<number | bigint>,
  options: CurveOptions,
): Promise<string> {
  const world = await worldAlong(session, image, along);
  const x = world?.values ?? along.pixels.map((pixel) => pixel + 1);
  const letter =
    ["x", "y", "z"][image.shape.length - 1 - along.axis] ?? `axis ${image.shape.length - along.axis}`;
  const where = along.fixed.map((at, i) => (i === along.axis ? ":" : at)).join(",");
  const y = Float64Array.from(data, Number);
  const { logX, logY } = options;
  if (!y.some((value, i) => isShown(x[i]!, logX) && isShown(value, logY))) tellNothing(logX || logY);
  return linePlot(x, y, {
    ...curveOptions(options, `${nameOf(session, image)}${along.fixed.length > 1 ? ` ${where}` : ""}`),
    xLabel: world?.label ?? `${letter} (pixel)`,
    yLabel: pixelUnit(image) || "value",
  });
}

/** World coordinates along an axis that is of a spectrum or of time; undefined of others, whose pixels count. */
async function worldAlong(
  { fits }: Session,
  image: ImageHdu,
  { axis, pixels, fixed }: Along,
): Promise<{ values: Float64Array; label: string } | undefined> {
  let wcs: Wcs;
  try {
    wcs = await readWcs(fits, image);
  } catch (error) {
    if (error instanceof FitsError && /^BAD_|UNSUPPORTED|NO_SUCH/.test(error.code)) return undefined;
    throw error;
  }
  const fitsAxis = image.shape.length - 1 - axis;
  const of = wcs.axes.findIndex(({ kind }, i) => i === fitsAxis && (kind === "spectral" || kind === "time"));
  if (of < 0) return undefined;
  const arrays = wcs.axes.map((_, i) => {
    const at = fixed[image.shape.length - 1 - i] ?? 0;
    return i === fitsAxis ? pixels : new Float64Array(pixels.length).fill(at);
  });
  const { ctype, unit: si } = wcs.axes[of]!;
  const { unit, scale } = headerUnit(image, of + 1, si);
  const values = wcs.toWorld(arrays)[of]!.map((value) => value / scale);
  return values.some(Number.isFinite)
    ? { values, label: `${ctype.slice(0, 4).replace(/-+$/, "")}${unit && ` (${unit})`}` }
    : undefined;
}

/** The unit that the header gives an axis (CUNITn), where it measures the same as `si`; and what one of it is in `si`. */
function headerUnit({ header }: ImageHdu, axis: number, si: string): { unit: string; scale: number } {
  const text = header.get(`CUNIT${axis}`);
  const found = typeof text === "string" ? unitOf(text) : undefined;
  if (!found || baseUnits[found.dimension] !== si) return { unit: si, scale: 1 };
  return { unit: String(text).trim(), scale: found.scale };
}

/** How often values come, counted band by band. */
export async function histogramFigure(session: Session, options: CurveOptions): Promise<string> {
  const image = await chooseImage(session);
  const selection = await chooseSection(session, image, options);
  const raw = options.raw ?? false;
  const { bins, logX: log } = options;
  const { min, max } = await image.stats(selection, { raw });
  let [from, to] = [Number(min), Number(max)];
  if (log && from <= 0) {
    from = Number.POSITIVE_INFINITY;
    for await (const { data } of interruptible(image.bands(selection, { raw })))
      for (const each of data) {
        const value = Number(each);
        if (value > 0 && value < from) from = value;
      }
  }
  const range = from <= to ? ([from, to] as const) : undefined;
  if (!range) tellNothing(log);
  const total = histogramOf([], { bins, range, log });
  for await (const { data } of interruptible(image.bands(selection, { raw }))) {
    if (!range) break;
    const { counts } = histogramOf(data, { bins, range, log });
    for (const [bin, count] of counts.entries()) total.counts[bin]! += count;
  }
  const unit = pixelUnit(image);
  return histogramPlot(total, {
    ...curveOptions(options, nameOf(session, image)),
    xLabel: unit ? `value (${unit})` : "value",
  });
}

/** An empty plot is not left without a word. */
function tellNothing(isLog = false): void {
  tellWarning(
    `nothing to draw: no value is ${isLog ? "above 0, as a logarithmic axis needs" : "a finite number"}`,
  );
}

/** Whether a plot has a place for a value. */
function isShown(value: number, isLog = false): boolean {
  return Number.isFinite(value) && !(isLog && value <= 0);
}

/** Two columns of a table. */
export async function scatterFigure(session: Session, options: CurveOptions): Promise<string> {
  const table = await session.fits.table(session.hdu);
  const selection = await tableSelection(table, {
    columns: options.scatter!,
    ...(options.where !== undefined && { where: options.where }),
  });
  if (selection.columns?.length !== 2) throw badUsage("--scatter takes two columns, x,y as in ra,dec");
  const { columns } = await table.select(selection);
  const [x, y] = columns as readonly ColumnData[];
  const label = ({ column: { name, unit } }: ColumnData): string => `${name}${unit ? ` (${unit})` : ""}`;
  const [xs, ys] = [numbersOf(x!), numbersOf(y!)];
  const { logX, logY } = options;
  if (!xs.some((value, i) => isShown(value, logX) && isShown(ys[i]!, logY))) tellNothing(logX || logY);
  return scatterPlot(xs, ys, {
    ...curveOptions(options, nameOf(session, table)),
    ...{ xLabel: label(x!), yLabel: label(y!) },
  });
}

/** A column of one number a row. */
function numbersOf(column: ColumnData): Float64Array {
  const isNumber = column.kind === "number" || column.kind === "bool";
  if (!isNumber || column.shape.length > 1)
    throw badUsage(`column ${column.column.name} is not one number a row; a scatter plot needs two that are`);
  const { data, validity } = column;
  return Float64Array.from({ length: data.length }, (_, i) =>
    validity && !((validity[i >> 3]! >> (i & 7)) & 1) ? Number.NaN : Number(data[i]),
  );
}
