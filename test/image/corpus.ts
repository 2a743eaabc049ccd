/**
 * The corpus of real FITS files beside the repository, where it is: files, and what astropy reads in them.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { bytesOf, type NdArray } from "../../src/array.js";
import type { HduLayout } from "../../src/hdu/hdu.js";
import { layoutOf } from "../../src/hdu/layout.js";
import { readHeader } from "../header/read-header.js";
import { runOn } from "./made.js";

const root = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));

export const corpusIsHere: boolean = existsSync(`${root}truth.json`);

export interface TrueHdu {
  index: number;
  type: string;
  image?: {
    shape: number[];
    raw: { dtype: string; sha256: string };
    physical: {
      dtype: string;
      sha256: string;
      nan?: number;
      min?: number;
      max?: number;
      mean?: number;
      first?: unknown[];
    };
  } | null;
  groups?: {
    gcount: number;
    parameters: string[];
    first: { parameters: number[]; shape: number[]; values: number[] };
  };
}

export function truth(): Record<string, { hdus?: TrueHdu[] }> {
  return corpusIsHere ? JSON.parse(readFileSync(`${root}truth.json`, "utf8")) : {};
}

/** Where a file of the corpus is. */
export function corpusPath(name: string): string {
  return `${root}files/${name}`;
}

export function corpusFile(name: string): Uint8Array<ArrayBuffer> {
  const bytes = readFileSync(`${root}files/${name}`);
  return new Uint8Array(name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
}

/** The HDUs of a file, up to `last`. */
export async function layoutsOf(file: Uint8Array, last: number): Promise<HduLayout[]> {
  const layouts: HduLayout[] = [];
  for (let offset = 0; layouts.length <= last; ) {
    const header = await runOn(readHeader(offset, { size: file.length }), file);
    const { hdu } = layoutOf(header, { index: layouts.length, headerOffset: offset });
    layouts.push(hdu);
    offset = hdu.end;
  }
  return layouts;
}

/** numpy's short name of a type: `int16` is `i2`. */
export function shortName(dtype: string): string {
  const bits = Number(/\d+$/.exec(dtype)![0]);
  return `${dtype[0]}${bits / 8}`;
}

/** SHA-256 of the values as little-endian bytes, every NaN the quiet one. */
export function digest({ data }: NdArray): string {
  const canonical = data.slice() as typeof data;
  if (canonical instanceof Float32Array || canonical instanceof Float64Array) {
    for (let i = 0; i < canonical.length; i++) if (Number.isNaN(canonical[i])) canonical[i] = Number.NaN;
  }
  return createHash("sha256").update(bytesOf(canonical)).digest("hex");
}
