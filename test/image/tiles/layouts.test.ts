/**
 * Layouts of the table of tiles that the usual writers do not make, built by hand; and the image's own header.
 */
import { describe, expect, it } from "vitest";
import { parseHeader } from "../../../src/header/header.js";
import { tiledHeader } from "../../../src/image/tiles/header.js";
import { type Column, file } from "./by-hand.js";
import { layoutsOf, loadPixels, readWhole } from "./files.js";

async function values(bytes: Uint8Array, selection?: string, raw = false): Promise<unknown[]> {
  const array = await readWhole(await loadPixels(layoutsOf(bytes)[1]!), bytes, selection, raw);
  return Array.from(array.data as ArrayLike<unknown>);
}

const axes = { ZNAXIS: 2, ZNAXIS1: 3, ZNAXIS2: 2 };

describe("tables of tiles", () => {
  it("are read with 64-bit descriptors, a gap before the heap, and elements wider than bytes", async () => {
    const data: Column = {
      name: "COMPRESSED_DATA",
      format: "1QI",
      rows: [
        [1, 2, 3],
        [-4, 5, 600],
      ],
    };
    const bytes = file({ ZCMPTYPE: "NOCOMPRESS", ZBITPIX: 16, ...axes }, [data], 40);
    expect(await values(bytes)).toEqual([1, 2, 3, -4, 5, 600]);
    expect(await values(bytes, "1, ::-1")).toEqual([600, 5, -4]);
  });

  it("take each tile from the column that has it", async () => {
    const bytes = file({ ZCMPTYPE: "RICE_1", ZBITPIX: 32, ...axes }, [
      { name: "COMPRESSED_DATA", format: "1PB", rows: [[], []] },
      { name: "GZIP_COMPRESSED_DATA", format: "1PB", rows: [[], []] },
      {
        name: "UNCOMPRESSED_DATA",
        format: "1PJ",
        rows: [
          [1, 2, 3],
          [4, 5, -6],
        ],
      },
    ]);
    expect(await values(bytes)).toEqual([1, 2, 3, 4, 5, -6]);
  });

  it("have ZSCALE and ZZERO as keywords, or as columns of any number type, and ZBLANK as either", async () => {
    const data: Column = {
      name: "COMPRESSED_DATA",
      format: "1PJ",
      rows: [
        [1, 2, 3],
        [4, -9, 6],
      ],
    };
    const base = { ZCMPTYPE: "NOCOMPRESS", ZBITPIX: -32, ...axes };
    const keywords = file({ ...base, ZSCALE: 0.5, ZZERO: 10, ZBLANK: -9 }, [data]);
    expect(await values(keywords)).toEqual([10.5, 11, 11.5, 12, Number.NaN, 13]);
    const columns = file(base, [
      data,
      { name: "ZSCALE", format: "1E", rows: [0.5, 2] },
      { name: "ZZERO", format: "1D", rows: [0, 100] },
      { name: "ZBLANK", format: "1J", rows: [2, 6] },
    ]);
    expect(await values(columns)).toEqual([0.5, Number.NaN, 1.5, 108, 82, Number.NaN]);
    expect(await values(file({ ...base, ZSCALE: 1, ZZERO: 0, BLANK: 3 }, [data]), "0")).toEqual([
      1,
      2,
      Number.NaN,
    ]);
  });

  it("apply BSCALE, BZERO and BLANK of the image on top", async () => {
    const data: Column = {
      name: "COMPRESSED_DATA",
      format: "1PI",
      rows: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    };
    const base = { ZCMPTYPE: "NOCOMPRESS", ZBITPIX: 16, ...axes };
    const scaled = file({ ...base, BSCALE: 0.5, BZERO: 100, BLANK: 5 }, [data]);
    expect(await values(scaled)).toEqual([100.5, 101, 101.5, 102, Number.NaN, 103]);
    expect(await values(scaled, "...", true)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await values(file({ ...base, BZERO: 32768 }, [data]), "0")).toEqual([32769, 32770, 32771]);
  });

  it("tell undefined pixels by a null-pixel mask", async () => {
    const base = { ZCMPTYPE: "NOCOMPRESS", ZMASKCMP: "NOCOMPRESS", ...axes };
    const mask: Column = { name: "NULL_PIXEL_MASK", format: "1PB", rows: [[0, 1, 0], []] };
    const floats = file({ ...base, ZBITPIX: -32 }, [
      {
        name: "COMPRESSED_DATA",
        format: "1PE",
        rows: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      mask,
    ]);
    expect(await values(floats)).toEqual([1, Number.NaN, 3, 4, 5, 6]);
    expect(await values(floats, "0, 2:0:-1")).toEqual([3, Number.NaN]);
    const integers = file({ ...base, ZBITPIX: 16, BLANK: -1 }, [
      {
        name: "COMPRESSED_DATA",
        format: "1PI",
        rows: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      mask,
    ]);
    expect(await values(integers)).toEqual([1, Number.NaN, 3, 4, 5, 6]);
    expect(await values(integers, "...", true)).toEqual([1, -1, 3, 4, 5, 6]);
  });
});

describe("the header of a compressed image", () => {
  it("is the image's own: mandatory cards first, Z keywords renamed, the table's left out, the others in order", () => {
    const bytes = file(
      {
        ZCMPTYPE: "NOCOMPRESS",
        ZTENSION: "IMAGE",
        ZBITPIX: 16,
        ...axes,
        ZPCOUNT: 0,
        ZGCOUNT: 1,
        EXTNAME: "COMPRESSED_IMAGE",
        OBJECT: "M 13",
        ZHECKSUM: "abc",
        TUNIT1: "count",
        ZTILE1: 3,
        TZERO: 4,
      },
      [
        {
          name: "COMPRESSED_DATA",
          format: "1PI",
          rows: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        },
      ],
    );
    const header = tiledHeader(layoutsOf(bytes)[1]!.header);
    expect([...header].map(({ keyword, value }) => [keyword, value])).toEqual([
      ["XTENSION", "IMAGE"],
      ["BITPIX", 16],
      ["NAXIS", 2],
      ["NAXIS1", 3],
      ["NAXIS2", 2],
      ["PCOUNT", 0],
      ["GCOUNT", 1],
      ["OBJECT", "M 13"],
      ["CHECKSUM", "abc"],
      ["TZERO", 4],
    ]);
    // What it shows is a header that can be written and read again.
    const again = parseHeader(new TextEncoder().encode(`${header.toString()}${"END".padEnd(80)}`));
    expect(again.toString()).toBe(header.toString());
  });
});
