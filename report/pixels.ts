/** What the report's files hold: a made-up sky, the same every time. */
import { type ImageStream, tableHdu, type WritableHdu } from "fitslice/write";
import { normal, sky, uniform } from "../bench/inputs.js";

/** Name of what is seen: every format keeps it, as `OBJECT`. */
export const object = "report field";

export type PixelType = "uint8" | "int16" | "int32" | "float32" | "float64";

/** Noise around a level with stars; images of integers are rounded. Counts of a photon detector where the type is float64. */
export function pixels(shape: readonly number[], type: PixelType): ImageStream<PixelType> {
  const count = shape.reduce((n, length) => n * length, 1);
  if (type === "float64") return { dtype: type, shape, parts: [counts(count)] };
  if (shape.length === 2) return image(shape as [number, number], type);
  const noise = normal(7);
  return {
    dtype: type,
    shape,
    parts: [typed(type, count, (i) => 100 + 5 * noise() + (i % 97 === 0 ? 40 : 0))],
  };
}

function image([height, width]: readonly [number, number], type: PixelType): ImageStream<PixelType> {
  const side = Math.max(height, width);
  const from = sky(side, 10);
  const data = typed(type, height * width, (i) => from[Math.floor(i / width) * side + (i % width)]!);
  return { dtype: type, shape: [height, width], parts: [data] };
}

/** Photons: few, so most pixels are 0. */
function counts(length: number): Float64Array<ArrayBuffer> {
  const random = uniform(5);
  return Float64Array.from({ length }, () => Math.floor(-0.3 * Math.log(1 - random())));
}

function typed(type: PixelType, length: number, value: (i: number) => number) {
  switch (type) {
    case "uint8":
      return Uint8Array.from({ length }, (_, i) => Math.round(value(i)) & 3);
    case "int16":
      return Int16Array.from({ length }, (_, i) => Math.min(32767, Math.round(value(i))));
    case "int32":
      return Int32Array.from({ length }, (_, i) => Math.round(value(i)) & 15);
    case "float32":
      return Float32Array.from({ length }, (_, i) => value(i));
    case "float64":
      return Float64Array.from({ length }, (_, i) => value(i));
  }
}

/** A catalog: ten float64 and twenty float32 columns in rows of 160 bytes. */
export function catalog(rows: number): WritableHdu {
  const columns = [
    ...Array.from({ length: 10 }, (_, i) => ({ name: `D${i}`, format: "D" })),
    ...Array.from({ length: 20 }, (_, i) => ({ name: `MAG${i}`, format: "E" })),
  ];
  const noise = normal(11);
  const values = columns.map(({ format }) => {
    const length = rows;
    // Magnitudes have three decimals, as in catalogs: they are not pure noise to a compressor.
    return format === "D"
      ? { values: Float64Array.from({ length }, (_, i) => i / rows + noise() / 1000) }
      : { values: Float32Array.from({ length }, () => Math.round(1000 * (20 + noise())) / 1000) };
  });
  const header = [{ keyword: "OBJECT", value: object }];
  return tableHdu({ name: "SOURCES", columns, rowCount: rows, header, batches: [{ columns: values }] });
}
