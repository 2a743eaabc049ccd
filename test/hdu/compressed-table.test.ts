import { expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { open } from "../../src/open.js";
import { arraySource, compressedHdu, fitsBytes } from "../../src/write/index.js";

test("the table of a compressed image stays reachable, as it stands in the file", async () => {
  const pixels = ndarray(
    Int16Array.from({ length: 60 }, (_, i) => i * i),
    [6, 10],
  );
  const file = await fitsBytes([compressedHdu(arraySource(pixels), { algorithm: "rice" })]);
  const fits = await open(file);
  const image = await fits.image(1);
  expect(image.header.get("ZIMAGE")).toBeUndefined();
  const table = await image.table?.();
  expect(table?.kind).toBe("table");
  expect(table?.rowCount).toBe(6);
  expect(table?.header.get("ZIMAGE")).toBe(true);
  expect(table?.columns[0]?.name).toBe("COMPRESSED_DATA");
});
