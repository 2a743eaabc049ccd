import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ImageHdu, imageHdu } from "../../src/hdu/image.js";
import { contiguousPixels } from "../../src/image/contiguous.js";
import { createReader, type Reader } from "../../src/read/run.js";
import { fileSource } from "../../src/source/file.js";
import { at, failure, madeLayout } from "./made.js";

const [rows, columns, dataOffset] = [3000, 2001, 2881];

describe("an image on disk, through the read engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "fitslice-local-"));
  let reader: Reader;
  let image: ImageHdu;

  beforeAll(async () => {
    const bytes = new Uint8Array(dataOffset + 2 * rows * columns);
    const view = new DataView(bytes.buffer, dataOffset);
    for (let i = 0; i < rows * columns; i++) view.setInt16(2 * i, (i % 65521) - 32768);
    writeFileSync(join(folder, "image.bin"), bytes);
    reader = createReader(await fileSource(join(folder, "image.bin")));
    const layout = at(madeLayout(16, [rows, columns], { BZERO: 32768 }), dataOffset);
    image = imageHdu(layout, contiguousPixels(layout, bytes.length), reader.run);
  });
  afterAll(async () => {
    await reader.close();
    rmSync(folder, { recursive: true });
  });

  test("is read whole, in place", async () => {
    const { data } = await image.section();
    expect(data).toBeInstanceOf(Uint16Array);
    expect((data as Uint16Array).every((value, i) => value === i % 65521)).toBe(true);
  });

  test("is streamed to the same values and statistics", async () => {
    let next = 0;
    for await (const { data } of image.bands([], { bytes: 1_000_000 })) {
      expect((data as Uint16Array).every((value, i) => value === (next + i) % 65521)).toBe(true);
      next += data.length;
    }
    expect(next).toBe(rows * columns);
    const whole = await image.section();
    const sum = (whole.data as Uint16Array).reduce((total, value) => total + value, 0);
    expect(await image.stats()).toMatchObject({ count: next, min: 0, max: 65520, mean: sum / next });
  });

  test("gives many sections at once", async () => {
    const tops = Array.from({ length: 50 }, (_, i) => (i * 997) % 2900);
    const sections = await image.sections(tops.map((y) => [[y, y + 3], { start: 7, stop: 2000, step: 30 }]));
    for (const [i, y] of tops.entries()) {
      const expected = [0, 1, 2].flatMap((dy) =>
        Array.from({ length: 67 }, (_, x) => ((y + dy) * columns + 7 + 30 * x) % 65521),
      );
      expect([...(sections[i]!.data as Uint16Array)]).toEqual(expected);
    }
  });

  test("stops when it is aborted", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const error = await failure(async () => {
      for await (const _ of image.bands([], { rows: 100, signal: stop.signal })) stop.abort(reason);
    });
    expect(error).toBe(reason);
    expect(await failure(() => image.stats([], { signal: stop.signal }))).toBe(reason);
  });
});
