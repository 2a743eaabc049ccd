/**
 * WebAssembly that cannot have more memory: the tiles are decoded by JavaScript, and never called damaged.
 */
import { afterEach, expect, it, vi } from "vitest";
import { bytesOf } from "../../../src/array.js";
import { loadModule } from "../../../src/codec/wasm.js";
import { layoutsOf, loadPixels, readWhole } from "./files.js";
import { compressedFile, testImage } from "./make.js";

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([
  ["rice", "RICE_1"],
  ["gzip", "GZIP_1"],
  ["gzip2", "GZIP_2"],
  ["plio", "PLIO_1"],
] as const)(
  "gives the right pixels where the memory of WebAssembly is full (%s)",
  async (algorithm, name) => {
    const image = testImage("int16", [1200, 1000]);
    const bytes = await compressedFile(image, { algorithm, tile: [400, 1000] });
    const { memory } = (await loadModule(name))!;
    const grow = vi.spyOn(memory, "grow").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
    });
    const { data } = await readWhole(await loadPixels(layoutsOf(bytes)[1]!), bytes);
    expect(Buffer.compare(bytesOf(data), bytesOf(image.data))).toBe(0);
    expect(grow).toHaveBeenCalled();
  },
);
