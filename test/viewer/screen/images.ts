/** Images in memory for tests of what the screen reads: an open file, and the supplies of it. */
import {
  type Arrays,
  allocate,
  type DType,
  elementCount,
  type NdArray,
  ndarray,
} from "../../../src/array.js";
import { type Fits, type ImageHdu, open } from "../../../src/index.js";
import { arraySource, compressedHdu, fitsBytes, imageHdu } from "../../../src/write/index.js";
import { type Supplies, suppliesOf } from "../../../viewer/src/screen/supply.js";

/** No two rows and columns are alike, and each quarter has a brightness of its own. */
export function asymmetric(width: number, height: number): Float32Array<ArrayBuffer> {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data[y * width + x] = x / width + (2 * y) / height + ((x * 7919 + y * 104729) % 997) / 997;
  return data;
}

/** The same with one NaN, and one infinity. */
export function withHoles(width: number, height: number): Float32Array<ArrayBuffer> {
  const data = asymmetric(width, height);
  data[5 * width + 7] = Number.NaN;
  data[6 * width + 7] = Number.POSITIVE_INFINITY;
  return data;
}

/** Whole numbers of any type, no two neighbors alike. */
export function counting(dtype: DType, shape: readonly number[], from: number | bigint = 0): NdArray {
  const data = allocate(dtype, elementCount(shape));
  for (let i = 0; i < data.length; i++) {
    const value = (i * 7919) % 251;
    data[i] = (typeof data[0] === "bigint" ? BigInt(from) + BigInt(value) : Number(from) + value) as never;
  }
  return ndarray(data as Arrays[DType], shape);
}

export interface OpenImage {
  readonly fits: Fits;
  readonly image: ImageHdu;
  readonly supplies: Supplies;
}

/** The file of an image, compressed in tiles of a shape (slowest axis first) where one is given. */
export function fileOf(array: NdArray, tileShape?: readonly number[]): Promise<Uint8Array<ArrayBuffer>> {
  return fitsBytes([
    tileShape
      ? compressedHdu(arraySource(array), { algorithm: "gzip", quantize: 0, tile: tileShape })
      : imageHdu({ data: array }),
  ]);
}

export async function openImage(
  array: NdArray,
  tileShape?: readonly number[],
  plane: readonly number[] = [],
): Promise<OpenImage> {
  const fits = await open(await fileOf(array, tileShape));
  const image = await fits.image();
  return { fits, image, supplies: suppliesOf(fits, image, plane) };
}
