/**
 * The figures of `stats`: of an image, of each plane of a cube, of each column of a table.
 */
import type { ImageHdu, Selection, TableHdu } from "fitslice";
import { type AllFigures, type DistributionWishes, type NanMap, shortestFloat32 } from "fitslice/export";
import { badUsage } from "../failure.js";
import { interruption } from "../signals.js";

export interface Wishes extends DistributionWishes {
  readonly nanMap: boolean;
  readonly planes: boolean;
  readonly raw: boolean;
}

/** What was found out of one image, plane or column: named figures in the order shown, then what is no single number. */
export interface Figures {
  readonly values: Readonly<Record<string, unknown>>;
  readonly histogram?: AllFigures["histogram"];
  readonly nanMap?: NanMap;
}

export interface HduFigures {
  readonly hdu: number;
  readonly kind: "image" | "planes" | "columns";
  readonly all: readonly Figures[];
}

/** Figures of an image or a section; of its planes where these are wanted. */
export async function imageFigures(
  image: ImageHdu,
  selection: Selection | undefined,
  wishes: Wishes,
): Promise<HduFigures> {
  const hdu = image.index;
  if (!wishes.planes) return { hdu, kind: "image", all: [await sectionFigures(image, selection, wishes)] };
  const { planesOf } = await import("fitslice/export");
  const all: Figures[] = [];
  for (const { index, selection: plane } of planesOf(image, selection)) {
    const { values, ...rest } = await sectionFigures(image, plane, wishes);
    all.push({ values: { plane: index, ...values }, ...rest });
  }
  return { hdu, kind: "planes", all };
}

async function sectionFigures(
  image: ImageHdu,
  selection: Selection | undefined,
  wishes: Wishes,
): Promise<Figures> {
  const { raw } = wishes;
  const reading = { raw, signal: interruption };
  if (!wantsMore(wishes)) return { values: { ...short(await image.stats(selection, reading)) } };
  const { imageDistribution, nanMap } = await import("fitslice/export");
  const figures = needsOrder(wishes)
    ? await imageDistribution(image, selection, wishes, reading)
    : { statistics: await image.stats(selection, reading) };
  return {
    ...told(figures, wishes),
    ...(wishes.nanMap && { nanMap: await nanMap(image, selection, reading) }),
  };
}

/** Figures of the columns of numbers of a table. */
export async function columnFigures(table: TableHdu, wishes: Wishes): Promise<HduFigures> {
  if (wishes.planes || wishes.nanMap) throw badUsage("--planes and --nan-map are of images");
  const { columnDistribution, isNumeric } = await import("fitslice/export");
  const all: Figures[] = [];
  for (const column of table.columns) {
    if (!isNumeric(column) || column.problem !== undefined || (column.rawOnly !== undefined && !wishes.raw))
      continue;
    const figures = await columnDistribution(table, column.index, wishes, {
      raw: wishes.raw,
      signal: interruption,
    });
    const { name, index, unit = null, dtype } = column;
    const { values, ...rest } = told(figures, wishes);
    const { shape: _, ...own } = values;
    all.push({ values: { column: name || `col${index + 1}`, unit, ...own, dtype }, ...rest });
  }
  if (all.length === 0) throw badUsage(`HDU ${table.index} is a table without columns of numbers`);
  return { hdu: table.index, kind: "columns", all };
}

function needsOrder({ percentiles, median, clipped, histogram }: Wishes): boolean {
  return percentiles !== undefined || median === true || clipped === true || histogram !== undefined;
}

function wantsMore(wishes: Wishes): boolean {
  return wishes.nanMap || needsOrder(wishes);
}

/** The values of pixels themselves in as few digits as their type has. */
function short<S extends { readonly dtype: string }>(figures: S): S {
  if (figures.dtype !== "float32") return figures;
  const values = Object.entries(figures).map(([name, value]) => [
    name,
    (name === "min" || name === "max") && typeof value === "number" ? shortestFloat32(value) : value,
  ]);
  return Object.fromEntries(values) as S;
}

function told(
  { statistics, median, percentiles = [], clipped, histogram }: AllFigures,
  wishes: Wishes,
): Figures {
  const values = {
    ...short(statistics),
    ...(median !== undefined && { median }),
    ...Object.fromEntries(percentiles.map((value, i) => [`p${wishes.percentiles![i]}`, value])),
    ...(clipped && {
      clipped_count: clipped.count,
      clipped_mean: clipped.mean,
      clipped_median: clipped.median,
      clipped_std: clipped.std,
    }),
  };
  return { values, ...(histogram && { histogram }) };
}
