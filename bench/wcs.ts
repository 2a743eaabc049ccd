/**
 * The benchmark of world coordinates: ten million pixels to the sky, and back, beside astropy (wcslib), one thread each.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../scripts/run-ts.mjs";
import { type Arena, compete, pythonWith } from "./contest.js";
import type { BenchOptions, Row } from "./rows.js";

type Values = Readonly<Record<string, number | string>>;

const field: Values = { CRVAL1: 150.1, CRVAL2: 2.2, CRPIX1: 1581.5, CRPIX2: 1581.5 };
const rotated: Values = { ...field, CD1_1: -7.2e-5, CD1_2: 1.1e-5, CD2_1: 1.2e-5, CD2_2: 7.3e-5 };
const wholeSky: Values = { CRVAL1: 0, CRVAL2: 0, CRPIX1: 1581.5, CRPIX2: 1581.5 };

/** What stands in the header of each row. All images have 3162 x 3162 pixels, which are on the sky but for AIT's corners. */
const headers: Readonly<Record<string, Values>> = {
  TAN: { ...types("TAN"), ...rotated },
  SIP: {
    ...types("TAN-SIP"),
    ...rotated,
    ...{
      A_ORDER: 4,
      A_0_2: 2.4e-7,
      A_1_1: 1.9e-7,
      A_2_0: -2.1e-7,
      A_0_3: 1.1e-11,
      A_1_2: -3.1e-12,
      A_4_0: 2e-16,
    },
    ...{
      B_ORDER: 4,
      B_0_2: -1.1e-7,
      B_1_1: 4.2e-7,
      B_2_0: 1.9e-7,
      B_0_3: 2e-12,
      B_2_1: -5e-12,
      B_1_3: 1e-16,
    },
  },
  TPV: {
    ...types("TPV"),
    ...rotated,
    ...{
      PV1_0: 0,
      PV1_1: 1.00064,
      PV1_2: -4.9e-4,
      PV1_4: -2.1e-3,
      PV1_5: -6.6e-4,
      PV1_6: -7.7e-4,
      PV1_7: -7.1e-4,
    },
    ...{ PV2_0: 0, PV2_1: 1.00061, PV2_2: -9e-4, PV2_4: -1.3e-3, PV2_5: -1e-3, PV2_6: -4e-4, PV2_10: 2e-4 },
  },
  AIT: { ...types("AIT"), ...wholeSky, CDELT1: -0.05, CDELT2: 0.05 },
  HPX: { ...types("HPX"), ...wholeSky, CDELT1: -0.028, CDELT2: 0.028 },
};

function types(projection: string): Values {
  return { CTYPE1: `RA---${projection}`, CTYPE2: `DEC--${projection}` };
}

export async function wcsBench({ smoke, runs, folder }: BenchOptions): Promise<Row[]> {
  const side = smoke ? 100 : 3162;
  const arena: Arena = {
    suite: "wcs",
    runs,
    script: await bundle("bench/wcs-tasks.ts"),
    python: pythonWith(["numpy", "astropy"], "bench/wcs_astropy.py"),
  };
  const rows: Row[] = [];
  for (const [name, values] of Object.entries(headers)) {
    const file = join(folder, `wcs-${name}.hdr`);
    await writeFile(file, cardsOf(values));
    for (const [way, title] of [
      ["sky", "pixels to sky"],
      ["pixel", "sky to pixels"],
    ] as const) {
      const args = [way, file, String(side)];
      const task = { name: `${name}-${way}`, title: `${name}, ${title}`, ours: args, theirs: { "": args } };
      rows.push(await compete({ ...task, reference: "astropy (wcslib)" }, arena));
    }
  }
  return rows;
}

/** A bare header: cards of 80 bytes. */
function cardsOf(values: Values): string {
  const cards = Object.entries(values).map(([keyword, value]) => {
    const text = typeof value === "string" ? `'${value}'` : String(value).toUpperCase();
    return `${keyword.padEnd(8)}= ${text.padStart(20)}`;
  });
  return [...cards, "END"].map((card) => card.padEnd(80)).join("");
}
