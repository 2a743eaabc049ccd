import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseCard } from "../../../src/header/card.js";
import { type Header, headerOf } from "../../../src/header/header.js";
import type { Distortion } from "../../../src/wcs/distortions/distortion.js";
import { dssPlate } from "../../../src/wcs/distortions/dss.js";
import { irafDistortion } from "../../../src/wcs/distortions/iraf.js";
import { lookupsOf } from "../../../src/wcs/distortions/lookup-keywords.js";
import { lookupDisplacement, lookupTable } from "../../../src/wcs/distortions/lookup-table.js";
import { pixelDistortion } from "../../../src/wcs/distortions/pixel.js";
import { readSip } from "../../../src/wcs/distortions/sip.js";
import { tpv } from "../../../src/wcs/distortions/tpv.js";

/** Random headers, and what astropy and wcslib make of them: see test/fixtures/wcs/distortions/make_distortions.py. */
interface Case {
  kind: "SIP" | "LOOKUP" | "TPV" | "TNX" | "ZPX" | "DSS";
  cards: string[];
  tables: { cards: string[]; data: number[]; shape: number[] }[];
  in: [number, number][];
  out: [number, number][];
}
const file = new URL("../../fixtures/wcs/distortions/distortions.json", import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(file, "utf8"));

const header = (cards: string[]): Header => headerOf(cards.map(parseCard));

function pixelsOf(from: Header, tables: Case["tables"]): Distortion | undefined {
  const warnings: string[] = [];
  const headers = tables.map(({ cards }) => header(cards));
  const pairs = lookupsOf(from, " ", warnings).map((use) => {
    const at = headers.findIndex(
      (h) => h.get("EXTNAME") === use.extname && (h.get("EXTVER") ?? 1) === use.extver,
    );
    const { data, shape } = tables[at]!;
    return { use, table: lookupTable(headers[at]!, { data: Float32Array.from(data), shape }) };
  });
  expect(pairs.length).toBe(tables.length);
  const found = pixelDistortion({
    d2im: lookupDisplacement("D2IM", pairs),
    sip: readSip(from, [from.number("CRPIX1")!, from.number("CRPIX2")!], warnings),
    cpdis: lookupDisplacement("CPDIS", pairs),
  });
  expect(warnings).toEqual([]);
  return found;
}

function pvOf(from: Header, axis: number): (number | undefined)[] {
  return Array.from({ length: 40 }, (_, m) => from.number(`PV${axis}_${m}`));
}

function distortionOf({ kind, cards, tables }: Case): Distortion | undefined {
  const from = header(cards);
  if (kind === "SIP" || kind === "LOOKUP") return pixelsOf(from, tables);
  if (kind === "TPV") return tpv(pvOf(from, 1), pvOf(from, 2), []);
  return kind === "DSS" ? dssPlate(from, [])?.distortion : irafDistortion(from, kind, [1, 2]);
}

function column(points: readonly (readonly [number, number])[], k: 0 | 1): Float64Array {
  return Float64Array.from(points, (point) => point[k]);
}

function farthest(x: Float64Array, y: Float64Array, points: readonly (readonly [number, number])[]): number {
  const errors = points.map(([u, v], i) => Math.hypot(x[i]! - u, y[i]! - v));
  return errors.some(Number.isNaN) ? Number.NaN : Math.max(...errors);
}

describe.each(["SIP", "LOOKUP", "TPV", "TNX", "ZPX", "DSS"])("%s as in astropy", (kind) => {
  const ofKind = cases.filter((one) => one.kind === kind);

  test(`${ofKind.length} random headers`, () => {
    expect(ofKind.length).toBeGreaterThan(3);
    for (const one of ofKind) {
      const distortion = distortionOf(one);
      const x = column(one.in, 0);
      const y = column(one.in, 1);
      const n = x.length;
      distortion?.apply(x, y, n);
      if (kind === "DSS") {
        const [lon, lat] = dssPlate(header(one.cards), [])!.center;
        expect(farthest(Float64Array.of(lon), Float64Array.of(lat), one.out.slice(n))).toBeLessThan(1e-12);
      }
      const isPixel = kind === "SIP" || kind === "LOOKUP";
      expect(farthest(x, y, one.out.slice(0, n)), one.cards.join("\n")).toBeLessThan(isPixel ? 1e-9 : 1e-12);
      distortion?.invert(x, y, n);
      expect(farthest(x, y, one.in), `inverse of\n${one.cards.join("\n")}`).toBeLessThan(
        kind === "DSS" || isPixel ? 1e-8 : 1e-10,
      );
    }
  });
});
