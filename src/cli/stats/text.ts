/**
 * Figures of `stats` as lines for people.
 */
import type { NanMap } from "fitslice/export";
import { alignColumns, counted, printable } from "../output.js";
import type { Figures, HduFigures } from "./figures.js";

export function figuresText({ kind, all }: HduFigures): string {
  const lines =
    kind === "image"
      ? alignColumns(Object.entries(all[0]!.values).map(([name, value]) => [name, valueText(value)]))
      : tableLines(all);
  const pictures = all.flatMap((one) => {
    const { plane, column } = one.values;
    const label = plane ?? column;
    const heading = label === undefined ? [""] : ["", printable(valueText(label))];
    const drawn = [
      ...(one.histogram ? histogramLines(one.histogram) : []),
      ...(one.nanMap ? mapLines(one.nanMap) : []),
    ];
    return drawn.length > 0 ? [...heading, ...drawn] : [];
  });
  return `${[...lines, ...pictures].join("\n")}\n`;
}

/** A line for each plane or column: what all of them have, but for the shape and the type of planes. */
function tableLines(all: readonly Figures[]): string[] {
  const names = Object.keys(all[0]!.values).filter((name) => name !== "shape");
  const rows = all.map(({ values }) => names.map((name) => printable(valueText(values[name] ?? ""))));
  const right = names.flatMap((name, i) => (["column", "unit", "dtype"].includes(name) ? [] : [i]));
  return alignColumns([names, ...rows], right);
}

export function valueText(value: unknown): string {
  return Array.isArray(value) ? value.join(" x ") : String(value);
}

const barWidth = 40;

function histogramLines({ edges, counts }: NonNullable<Figures["histogram"]>): string[] {
  const most = counts.reduce((high, count) => Math.max(high, count), 1);
  const rows = counts.map((count, i) => [
    edgeText(edges[i]!),
    edgeText(edges[i + 1]!),
    String(count),
    "#".repeat(Math.ceil((count / most) * barWidth)),
  ]);
  return alignColumns([["from", "to", "count", ""], ...rows], [0, 1, 2]);
}

function edgeText(edge: number): string {
  return String(Number(edge.toPrecision(6)));
}

/** The map as a picture: the top row is the last one of the image, as viewers show it. */
function mapLines({ nan, box, shares }: NanMap): string[] {
  if (!box) return ["no NaN"];
  const [y0, x0] = box.start;
  const [y1, x1] = box.stop;
  const where = `${counted(nan, "NaN").replace(/s$/, "")} within [${y0}:${y1}, ${x0}:${x1}] (FITS [${x0 + 1}:${x1},${y0 + 1}:${y1}])`;
  const rows = [...shares].reverse().map((row) => `|${row.map(shade).join("")}|`);
  return [`${where}; '.' some, '+' half and more, '#' all; the last row on top`, ...rows];
}

function shade(share: number): string {
  return share === 0 ? " " : share < 0.5 ? "." : share < 1 ? "+" : "#";
}
