import { describe, expect, test } from "vitest";
import { hduLabel } from "../../src/errors.js";
import { open } from "../../src/open.js";
import { headerText, image, type VirtualHdu, virtualFile, walkAll } from "./virtual.js";

const primary = image(undefined, 8, [], 2880);

function bytesOf(hdus: readonly VirtualHdu[]): Uint8Array {
  const file = virtualFile(hdus);
  return file.read({ offset: 0, length: file.size });
}

const tableCards = (more: VirtualHdu["cards"]): VirtualHdu["cards"] => ({
  ...{ XTENSION: "BINTABLE", BITPIX: 8, NAXIS: 2, NAXIS1: 4, NAXIS2: 3, PCOUNT: 0, GCOUNT: 1, TFIELDS: 1 },
  ...{ TFORM1: "J", EXTNAME: "TAB" },
  ...more,
});

describe("an extension", () => {
  test("that holds the SIMPLE of the primary header it was made from is what its first card says", () => {
    const stray = { cards: tableCards({ SIMPLE: true }), headerSize: 2880, dataSize: 12 };
    const picture = image("SCI", 16, [10], 2880);
    picture.cards["SIMPLE"] = true;
    const { hdus, warnings } = walkAll(bytesOf([primary, stray, picture]));
    expect(hdus.map(({ type, name }) => [type, name])).toEqual([
      ["PRIMARY", "PRIMARY"],
      ["BINTABLE", "TAB"],
      ["IMAGE", "SCI"],
    ]);
    expect(warnings).toEqual([]);
  });

  test("without END does not take the next one's, whatever the size of the first read", () => {
    const lost = headerText(image("LOST", 8, [100], 2880).cards, 2880).replace("END", "   ");
    const data = "\u0001".repeat(2880);
    const next = headerText(image("NEXT", 8, [], 2880).cards, 2880);
    const bytes = new TextEncoder().encode(headerText(primary.cards, 2880) + lost + data + next);
    for (const blockSize of [2880, 28_800, 131_072]) {
      const { hdus, warnings } = walkAll(bytes, { file: { size: bytes.length }, blockSize });
      expect(hdus.map(({ name }) => name)).toEqual(["PRIMARY"]);
      expect(warnings.join()).toMatch(/HDU 1 .*byte 2880.*no END/);
    }
  });

  test("that is a table without axes is an empty one, and what lies behind it is found", async () => {
    const cards = { XTENSION: "BINTABLE", BITPIX: 8, NAXIS: 0, PCOUNT: 0, GCOUNT: 1, TFIELDS: 0 };
    const fits = await open(
      bytesOf([primary, { cards, headerSize: 2880, dataSize: 0 }, image("SCI", 8, [5], 2880)]),
    );
    const hdus = await fits.hdus();
    expect(hdus.map(({ kind }) => kind)).toEqual(["image", "table", "image"]);
    expect((await fits.table(1)).rowCount).toBe(0);
  });
});

test("a label is one line, whatever the name", () => {
  expect(hduLabel({ index: 1, name: "A\nB\u001b[31m" })).toBe("HDU 1 (A?B?[31m)");
});
