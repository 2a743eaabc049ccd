/**
 * The tiles of test/fixtures/codec, which cfitsio compressed, quantized and restored.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Arrays, bytesOf, type DType, viewAs } from "../../src/array.js";
import type { TileData } from "../../src/codec/tile.js";

interface Tiles {
  rice: { bytePix: 1 | 2 | 4; blockSize: number; stream: string; values: string }[];
  hcompress: {
    shape: [number, number];
    scale: number;
    smooth: number;
    pixels: string;
    stream: string;
    values: string;
  }[];
  plio: { stream: string; sha256: string; pixels: number }[];
  quantize: {
    type: "float32" | "float64";
    shape: [number, number];
    level: number;
    dither: 0 | 1 | 2;
    seed: number;
    row: number;
    floats: string;
    result: { levels: string; scale: number; zero: number } | null;
  }[];
  dequantize: {
    row: number;
    stream: string;
    pixels: number;
    scale: number;
    zero: number;
    quantizer: string;
    seed: number | null;
    blank: number | null;
    type: "float32" | "float64";
    nulls: number;
    sha256: string;
  }[];
}

export const tiles: Tiles = JSON.parse(
  readFileSync(new URL("../fixtures/codec/tiles.json", import.meta.url), "utf8"),
);

export function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

export function values<D extends DType>(base64: string, dtype: D): Arrays[D] {
  return viewAs(bytes(base64), dtype);
}

export function sha256(data: TileData): string {
  return createHash("sha256").update(bytesOf(data)).digest("hex");
}
