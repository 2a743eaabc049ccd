/**
 * Tables compressed as fpack does it, and restored as funpack does it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { open } from "../../src/open.js";
import {
  type CompressFileOptions,
  compressedHdus,
  fitsBytes,
  uncompressedHdus,
} from "../../src/write/index.js";
import { rowsOf, tableFile } from "../table/made.js";

type Bytes = Uint8Array<ArrayBuffer>;

const fixture = (name: string): Bytes =>
  new Uint8Array(readFileSync(new URL(`../fixtures/packed/${name}`, import.meta.url)));
const plain = fixture("plain.fits");

const hasFunpack = spawnSync("funpack", ["-H"], { stdio: "ignore" }).error === undefined;
if (!hasFunpack) {
  if (process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no funpack here (libcfitsio-bin)");
  console.warn("skipped: funpack is not installed, so nothing compares compressed tables with it");
}

const folder = mkdtempSync(join(tmpdir(), "fitslice-packed-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function compressed(
  file: Bytes,
  options: CompressFileOptions = {},
): Promise<{ bytes: Bytes; copied: string[] }> {
  const copied: string[] = [];
  const onCopied: CompressFileOptions["onCopied"] = ({ index }, why) => void copied.push(`${index}: ${why}`);
  const hdus = compressedHdus(await open(file), { tables: true, onCopied, ...options });
  return { bytes: await fitsBytes(hdus), copied };
}

const uncompressed = async (file: Bytes): Promise<Bytes> => fitsBytes(uncompressedHdus(await open(file)));

/** The data unit of HDU 1, and the cards of its header but checksums. */
async function parts(file: Bytes): Promise<{ data: string; cards: string[] }> {
  const { dataOffset, end, header } = (await (await open(file)).layouts())[1]!;
  const cards = header.cards
    .filter(({ keyword }) => !/^(CHECKSUM|DATASUM)$/.test(keyword))
    .map(({ raw }) => raw);
  return { data: Buffer.from(file.subarray(dataOffset, end)).toString("latin1"), cards };
}

const latin1 = (text: string): Bytes => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe("a table that fpack has compressed", () => {
  it("is restored to the byte: text behind a NUL, odd logicals, pad bits, descriptors and heap, cards", async () => {
    expect(await parts(await uncompressed(fixture("packed.fits.fz")))).toEqual(await parts(plain));
  });

  it("has the values of the plain one, complex arrays too", async () => {
    const [was, is] = await Promise.all(
      [plain, fixture("packed.fits.fz")].map(async (file) => (await (await open(file)).table()).select()),
    );
    expect(is!.columns.map((data) => [...data])).toEqual(was!.columns.map((data) => [...data]));
  });
});

describe("a compressed table", () => {
  it("is restored to the file that it was made of", async () => {
    const { bytes, copied } = await compressed(plain);
    expect(copied).toEqual([]);
    expect((await (await open(bytes)).table()).stored).toBeDefined();
    expect(Buffer.compare(await uncompressed(bytes), plain)).toBe(0);
  });

  it("may have columns of variable length without width", async () => {
    const file = tableFile(arrays);
    const { bytes, copied } = await compressed(file);
    expect(copied).toEqual([]);
    expect(Buffer.compare(await uncompressed(bytes), file)).toBe(0);
  });

  const formatsOf = async (file: Bytes): Promise<unknown[]> => {
    const { header } = await (await open(file)).table();
    return [1, 2, 3].map((n) => header.get(`TFORM${n}`));
  };
  const stale = tableFile({ ...arrays, columns: { v: "1PI(40)", w: "0PJ(1)", u: "PB" } });

  it("says how long its longest arrays are, whatever it said before", async () => {
    const { bytes } = await compressed(stale);
    expect(await formatsOf(await uncompressed(bytes))).toEqual(["1PI(1)", "0PJ(1)", "PB(1)"]);
  });

  it.skipIf(!hasFunpack)("says of arrays what funpack says", async () => {
    const [path, theirs] = [join(folder, "stale.fits.fz"), join(folder, "stale.fits")];
    const { bytes } = await compressed(stale);
    writeFileSync(path, bytes);
    expect(spawnSync("funpack", ["-O", theirs, path]).status).toBe(0);
    expect(await parts(await uncompressed(bytes))).toEqual(await parts(new Uint8Array(readFileSync(theirs))));
  });

  it("says what fpack says", async () => {
    const [ours, theirs] = await Promise.all(
      [(await compressed(plain)).bytes, fixture("packed.fits.fz")].map(parts),
    );
    const facts = ({ cards }: { cards: string[] }): string[] =>
      cards.map((card) => card.slice(0, 30)).filter((card) => !/^(PCOUNT|TFORM)/.test(card));
    // fpack chooses GZIP_2 for complex numbers, too.
    expect(facts(ours!).filter((card) => !card.startsWith("ZCTYP12"))).toEqual(
      facts(theirs!).filter((card) => !card.startsWith("ZCTYP12")),
    );
  });

  it("is cut into tiles of rows where it is large", async () => {
    const rows = new Uint8Array(3 * 5_000_000).map((_, i) => i >> 8);
    const file = tableFile({ columns: { a: "2500000I" }, rows, rowBytes: 5_000_000 });
    const { bytes } = await compressed(file);
    const { stored } = await (await open(bytes)).table();
    expect([stored!.header.get("ZTILELEN"), stored!.header.get("NAXIS2")]).toEqual([2, 2]);
    expect(Buffer.compare(await uncompressed(bytes), file)).toBe(0);
  });

  it.skipIf(!hasFunpack)("is restored by funpack", async () => {
    const path = join(folder, "ours.fits.fz");
    writeFileSync(path, (await compressed(plain)).bytes);
    const { status, stderr } = spawnSync("funpack", ["-O", join(folder, "theirs.fits"), path], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(await parts(new Uint8Array(readFileSync(join(folder, "theirs.fits"))))).toEqual(
      await parts(plain),
    );
  });

  it("had checksums where its table had some, and gives them back", async () => {
    const cards = { CHECKSUM: "wrong", DATASUM: "1", LAST: 1 };
    const file = tableFile({ columns: { a: "1J" }, rows: new Uint8Array(4000), rowBytes: 4, cards });
    const { bytes } = await compressed(file);
    const stored = (await (await open(bytes)).table()).stored!.header;
    expect([stored.get("ZHECKSUM"), stored.get("ZDATASUM"), stored.has("CHECKSUM")]).toEqual([
      "wrong",
      "1",
      true,
    ]);
    const { header } = await (await open(await uncompressed(bytes))).table();
    expect(header.get("DATASUM")).toBe("0");
    expect(header.cards.at(-1)!.keyword).toBe("LAST");
  });
});

/** 400 rows of a number and a byte in the heap, and of a column of no width. */
const arrays = {
  columns: { v: "1PI(1)", w: "0PJ(0)", u: "1PB(1)" },
  rows: rowsOf(400, 16, (view, i) => {
    for (const [at, n] of [1, 3 * i, 1, 3 * i + 2].entries()) view.setInt32(4 * at, n);
  }),
  rowBytes: 16,
  heap: rowsOf(1200, 1, (view, i) => view.setUint8(0, i % 251)),
};

describe("tables that stay plain", () => {
  const rows = new Uint8Array(6000);
  const heap = new Uint8Array(100);
  it.each([
    ["as long as nobody asks", { columns: { a: "1J" }, rows, rowBytes: 4 }, [], { tables: false }],
    ["of one block", { columns: { a: "1J" }, rows: new Uint8Array(2880), rowBytes: 4 }, []],
    [
      "whose rows have bytes of no column",
      { columns: { a: "1J" }, rows, rowBytes: 6 },
      [/^1: .*belong to no column/],
    ],
    [
      "with bytes behind the rows",
      { columns: { a: "1J" }, rows, rowBytes: 4, heap },
      [/^1: bytes behind its rows/],
    ],
    [
      "whose heap begins behind a gap",
      { columns: { a: "1PJ" }, rows, rowBytes: 8, heap, cards: { THEAP: 6050 } },
      [/gap/],
    ],
    [
      "with bytes of the heap that belong to no array",
      { ...arrays, heap: new Uint8Array(1201) },
      [/no array/],
    ],
    [
      "whose arrays lie behind PCOUNT",
      { ...arrays, cards: { PCOUNT: 1199 } },
      [/behind the heap that PCOUNT/],
    ],
    ["with arrays of text", { columns: { a: "1PA" }, rows, rowBytes: 8 }, [/type A as in column 'a'/]],
    ["with a column that cannot be read", { columns: { a: "1?" }, rows, rowBytes: 8 }, [/cannot be read/]],
    [
      "with keywords of compressed ones",
      { columns: { a: "1J" }, rows, rowBytes: 4, cards: { ZTILELEN: 3 } },
      [/ZTILELEN/],
    ],
    ["of text", { columns: { a: "A4" }, rows, rowBytes: 4, ascii: true, cards: { TBCOL1: 1 } }, [/ASCII/]],
  ] as const)("%s", async (_, made, whys, options: CompressFileOptions = {}) => {
    const file = tableFile(made);
    const { bytes, copied } = await compressed(file, options);
    expect(copied).toEqual(whys.map((why) => expect.stringMatching(why)));
    expect(Buffer.compare(bytes, file)).toBe(0);
  });
});

describe("a compressed table whose heap cannot be restored", () => {
  it("is refused before memory is taken for it", async () => {
    const { bytes } = await compressed(plain);
    const withHeap = (size: number): Bytes => {
      const text = Buffer.from(bytes).toString("latin1");
      return latin1(text.replace(/ZPCOUNT = [ \d]{20}/, `ZPCOUNT = ${String(size).padStart(20)}`));
    };
    await expect(uncompressed(withHeap(9_999_999_999_999))).rejects.toMatchObject({ code: "TOO_LARGE" });
    await expect(uncompressed(withHeap(1))).rejects.toMatchObject({ code: "BAD_DATA" });
  });
});
