/**
 * HDUs that are copied because compression would lose some of them, or of what stands behind them.
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
import { fileOf, image, pixels, primary } from "./units.js";

type Bytes = Uint8Array<ArrayBuffer>;

const hasFunpack = spawnSync("funpack", ["-H"], { stdio: "ignore" }).error === undefined;
if (!hasFunpack) {
  if (process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no funpack here (libcfitsio-bin)");
  console.warn("skipped: funpack is not installed, so nothing compares compressed files with it");
}

const folder = mkdtempSync(join(tmpdir(), "fitslice-copied-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function compressed(
  file: Bytes,
  options: CompressFileOptions = {},
): Promise<{ bytes: Bytes; types: string[]; copied: string[] }> {
  const copied: string[] = [];
  const onCopied: CompressFileOptions["onCopied"] = ({ index }, why) => void copied.push(`${index}: ${why}`);
  const bytes = await fitsBytes(compressedHdus(await open(file), { ...options, onCopied }));
  const types = (await (await open(bytes)).layouts()).map(({ type }) => type);
  return { bytes, types, copied };
}

const uncompressed = async (file: Bytes): Promise<Bytes> => fitsBytes(uncompressedHdus(await open(file)));

function funpacked(file: Bytes): Bytes {
  const [from, to] = [join(folder, "in.fits.fz"), join(folder, "out.fits")];
  writeFileSync(from, file);
  rmSync(to, { force: true });
  const { status, stderr } = spawnSync("funpack", ["-O", to, from], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return new Uint8Array(readFileSync(to));
}

/** What each HDU is, and its data. */
async function unitsOf(file: Bytes): Promise<object[]> {
  return (await (await open(file)).layouts()).map(({ header, bitpix, shape, dataOffset, end }) => ({
    extension: header.get("XTENSION"),
    ...{ bitpix, shape },
    data: Buffer.from(file.subarray(dataOffset, end)).toString("latin1"),
  }));
}

function foreign(bitpix: number, axes: readonly number[], pcount = 0): string[] {
  return [
    "XTENSION= 'OTHER   '",
    `BITPIX  = ${bitpix}`,
    `NAXIS   = ${axes.length}`,
    ...axes.map((length, i) => `NAXIS${i + 1}  = ${length}`),
    `PCOUNT  = ${pcount}`,
    "GCOUNT  = 1",
    "EXTNAME = 'F       '",
  ];
}

const bytes = new Uint8Array(800).map((_, i) => (i * 37) % 251);
const none = new Uint8Array(0);

describe("an image before a foreign extension that cannot be compressed", () => {
  it.each([
    ["without axes", foreign(8, []), none],
    ["without pixels", foreign(8, [0]), none],
    ["of 64-bit integers", foreign(64, [100]), bytes],
    ["with parameters", foreign(8, [700], 100), bytes],
  ] as const)("%s is copied, so that funpack finds the extension", async (_, header, data) => {
    const file = fileOf(primary, image, pixels, image, pixels, header, data, image, pixels);
    const made = await compressed(file);
    expect(made.copied).toContain("2: funpack would lose HDU 3 (F) behind it");
    expect([1, 2, 4].map((n) => made.types[n])).toEqual(["COMPRESSED_IMAGE", "IMAGE", "COMPRESSED_IMAGE"]);
    expect(Buffer.compare(await uncompressed(made.bytes), file)).toBe(0);
    if (hasFunpack) expect(await unitsOf(funpacked(made.bytes))).toEqual(await unitsOf(file));
  });

  it("is compressed where the extension is not chosen, or is compressed, too", async () => {
    const header = foreign(8, []);
    const file = fileOf(primary, image, pixels, header, none);
    expect(await compressed(file, { hdus: [0, 1] })).toMatchObject({ copied: [] });
    const plain = fileOf(primary, image, pixels, foreign(8, [800]), bytes);
    expect(await compressed(plain)).toMatchObject({ copied: [] });
  });
});

describe("an image with keywords of compressed images", () => {
  it.each(["ZBLANK", "ZQUANTIZ", "ZNAXIS3", "TTYPE1", "THEAP"])(
    "%s is copied, card and all",
    async (keyword) => {
      const file = fileOf(primary, [...image, `${keyword.padEnd(8)}= 1`, "A       = 1"], pixels);
      const made = await compressed(file);
      expect(made.copied).toEqual([`1: its header has ${keyword}, a keyword of compressed images`]);
      expect(Buffer.compare(made.bytes, file)).toBe(0);
    },
  );
});
