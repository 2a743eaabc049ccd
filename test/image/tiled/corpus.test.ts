/**
 * Every compressed image of the corpus: header and pixels equal to what astropy and cfitsio say.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Arrays, bytesOf, type DType } from "../../../src/array.js";
import type { CardValue } from "../../../src/header/value.js";
import { tiledHeader } from "../../../src/image/tile-header.js";
import { tiledPixels } from "../../../src/image/tiled.js";
import { layoutsOf, readWhole } from "./files.js";

const corpus = fileURLToPath(new URL("../../../../shared/corpus/", import.meta.url));
const there = existsSync(`${corpus}truth.json`);

interface Truth {
  hdus?: {
    index: number;
    type: string;
    name: string;
    ver: number;
    header: Record<string, CardValue>;
    image: { shape: number[]; physical: { dtype: string; sha256: string; nan: number } } | null;
  }[];
}

const dtypes: Record<string, DType> = {
  u1: "uint8",
  i2: "int16",
  u2: "uint16",
  i4: "int32",
  u4: "uint32",
  i8: "int64",
  f4: "float32",
  f8: "float64",
};

function digest(data: Arrays[DType]): string {
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) data[i] = Number.NaN;
  }
  return createHash("sha256").update(bytesOf(data)).digest("hex");
}

describe.skipIf(!there)("compressed images of the corpus (skipped without ../shared/corpus)", () => {
  const truth = there
    ? (JSON.parse(readFileSync(`${corpus}truth.json`, "utf8")) as Record<string, Truth>)
    : {};
  for (const [path, { hdus }] of Object.entries(truth)) {
    for (const expected of hdus ?? []) {
      if (expected.type !== "COMPRESSED_IMAGE") continue;
      it(`${path}[${expected.index}] has its own header and the pixels of truth.json`, async () => {
        const bytes = new Uint8Array(readFileSync(`${corpus}files/${path}`));
        const layout = layoutsOf(bytes)[expected.index]!;
        expect([layout.type, layout.name, layout.ver]).toEqual([expected.type, expected.name, expected.ver]);
        const header: Record<string, CardValue> = {};
        for (const { keyword, value } of tiledHeader(layout.header)) {
          if (["", "COMMENT", "HISTORY"].includes(keyword) || keyword in header) continue;
          header[keyword] = value as CardValue;
        }
        expect(header).toEqual(expected.header);
        const array = await readWhole(tiledPixels(layout), bytes);
        expect(array.shape).toEqual(expected.image!.shape);
        const { physical } = expected.image!;
        expect(array.data.constructor.name.toLowerCase()).toContain(dtypes[physical.dtype]);
        // The oracle loses NaNs where ZBLANK is a keyword; funpack gives these, which is right.
        if (layout.header.has("ZBLANK") && !layout.header.has("BLANK")) return;
        expect(digest(array.data)).toBe(physical.sha256);
      });
    }
  }
});
