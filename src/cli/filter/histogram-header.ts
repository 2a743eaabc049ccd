/**
 * The header of a histogram: coordinates of its columns (Standard 8.2, pixel lists) as those of an image.
 */
import type { Column, Header, TableHdu } from "fitslice";
import type { HeaderCard } from "fitslice/write";
import type { Axis } from "./histogram-axes.js";

/** Keywords of a column as those of an axis. */
const perAxis = [
  ["TCTYP", "CTYPE"],
  ["TCNAM", "CNAME"],
  ["TCUNI", "CUNIT"],
  ["TCRPX", "CRPIX"],
  ["TCRVL", "CRVAL"],
  ["TCDLT", "CDELT"],
  ["TCROT", "CROTA"],
] as const;

/** Keywords of a pixel list that are of the whole description, at the first of its columns. */
const perImage = [
  ["RADE", "RADESYS"],
  ["EQUI", "EQUINOX"],
  ["LONP", "LONPOLE"],
  ["LATP", "LATPOLE"],
] as const;

type Value = NonNullable<HeaderCard["value"]>;

/** The cards of coordinates. An axis whose column has none gets those of its values. */
export function histogramCards({ header }: TableHdu, axes: readonly Axis[]): HeaderCard[] {
  const own = axes.flatMap((axis, i) => columnCards(header, axis, i + 1));
  const isDescribed = (i: number): boolean =>
    own.some(({ keyword }) => keyword === `CTYPE${i + 1}` || keyword === `CRPIX${i + 1}`);
  return [
    ...own,
    ...matrixCards(header, axes),
    ...imageCards(header, axes),
    ...axes.flatMap((axis, i) => (isDescribed(i) ? [] : plainCards(axis, i + 1))),
  ];
}

function valueIn(header: Header, keyword: string): Value | undefined {
  const value = header.get(keyword);
  return value === null || value === undefined ? undefined : (value as Value);
}

function columnCards(header: Header, { column, low, step }: Axis, n: number): HeaderCard[] {
  if (!column) return [];
  return perAxis.flatMap(([from, to]): HeaderCard[] => {
    const value = valueIn(header, `${from}${column.index + 1}`);
    if (value === undefined) return [];
    // The center of the first pixel has the coordinate 1.
    const moved =
      to === "CRPIX" ? (Number(value) - low) / step + 0.5 : to === "CDELT" ? Number(value) * step : value;
    return [{ keyword: `${to}${n}`, value: moved, ...(typeof moved === "number" && { real: true }) }];
  });
}

/** TPn_k and TCn_k as PCi_j and CDi_j. */
function matrixCards(header: Header, axes: readonly Axis[]): HeaderCard[] {
  const element = (root: readonly string[], a: Column, b: Column): Value | undefined =>
    root
      .map((one) => valueIn(header, `${one}${a.index + 1}_${b.index + 1}`))
      .find((value) => value !== undefined);
  return axes.flatMap((axis, i) =>
    axes.flatMap((other, j): HeaderCard[] => {
      if (!axis.column || !other.column) return [];
      const cd = element(["TC", "TCD"], axis.column, other.column);
      const pc = element(["TP", "TPC"], axis.column, other.column);
      return [
        ...(cd === undefined
          ? []
          : [{ keyword: `CD${i + 1}_${j + 1}`, value: Number(cd) * other.step, real: true }]),
        ...(pc === undefined
          ? []
          : [{ keyword: `PC${i + 1}_${j + 1}`, value: (Number(pc) * other.step) / axis.step, real: true }]),
      ];
    }),
  );
}

function imageCards(header: Header, axes: readonly Axis[]): HeaderCard[] {
  return perImage.flatMap(([from, to]): HeaderCard[] => {
    if (header.has(to)) return [];
    const numbers = axes.flatMap(({ column }) => (column ? [column.index + 1] : []));
    const value = numbers.map((n) => valueIn(header, `${from}${n}`)).find((one) => one !== undefined);
    return value === undefined ? [] : [{ keyword: to, value }];
  });
}

/** Where the pixels lie among the values. */
function plainCards({ label, column, low, step }: Axis, n: number): HeaderCard[] {
  const unit = column?.unit;
  return [
    { keyword: `CTYPE${n}`, value: label.slice(0, 60), comment: "the column" },
    ...(unit === undefined ? [] : [{ keyword: `CUNIT${n}`, value: unit }]),
    { keyword: `CRPIX${n}`, value: 1, real: true },
    { keyword: `CRVAL${n}`, value: low + step / 2, real: true, comment: "the center of the first pixel" },
    { keyword: `CDELT${n}`, value: step, real: true },
  ];
}
