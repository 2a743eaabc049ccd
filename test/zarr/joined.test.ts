/**
 * Several files through references, by zarrita: joined along an axis that they have, along a new one, and as a tree.
 */
import ReferenceStore from "@zarrita/storage/ref";
import { expect, test } from "vitest";
import * as zarr from "zarrita";
import { ndarray } from "../../src/array.js";
import { open } from "../../src/index.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { type ReferenceOptions, references } from "../../src/zarr/index.js";
import { startRangeServer } from "../servers/range-server.js";

const lengths = [60, 90, 30];
const width = 20;
const pixels = lengths.map((rows, file) =>
  Int16Array.from({ length: rows * width }, (_, i) => ((i * 37) % 997) - 400 * file),
);

/** Shape and values of an array, through references to files of these rows. */
async function read(
  rows: readonly number[],
  options: ReferenceOptions,
  path: string,
): Promise<[readonly number[], Int16Array]> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [i, count] of rows.entries()) {
    const data = ndarray(pixels[i]!.slice(0, count * width), [count, width]);
    files.set(`/v${i}.fits`, await fitsBytes([imageHdu(), imageHdu({ name: "SCI", data })]));
  }
  const server = await startRangeServer({ files });
  try {
    const opened = await Promise.all([...files.keys()].map((name) => open(server.url + name)));
    const { file } = await references(opened, { chunkBytes: 1024, ...options });
    await Promise.all(opened.map((fits) => fits.close()));
    const store = ReferenceStore.fromSpec(structuredClone(file));
    const array = await zarr.open(zarr.root(store).resolve(path), { kind: "array" });
    return [array.shape, (await zarr.get(array)).data as Int16Array];
  } finally {
    await server.close();
  }
}

test.each([2, 3] as const)("have the values of the files (version %i)", async (zarrFormat) => {
  const [shape, values] = await read(lengths, { zarrFormat, concat: { axis: "y" } }, "SCI/data");
  expect(shape).toEqual([180, width]);
  expect([...values]).toEqual(pixels.flatMap((part) => [...part]));
  const [stacked, all] = await read([30, 30, 30], { zarrFormat, concat: { newAxis: "time" } }, "SCI/data");
  expect(stacked).toEqual([3, 30, width]);
  expect([...all]).toEqual(pixels.flatMap((part) => [...part.slice(0, 30 * width)]));
  const [, second] = await read(lengths, { zarrFormat }, "v1/SCI/data");
  expect(second).toEqual(pixels[1]);
});
