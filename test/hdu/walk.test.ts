import { describe, expect, test } from "vitest";
import { compressionOf } from "../../src/codec/magic.js";
import { FitsError } from "../../src/errors.js";
import { describeForeign } from "../../src/hdu/foreign.js";
import { newWalk, walkPlan } from "../../src/hdu/walk.js";
import { answer, headerText, image, table, type VirtualHdu, virtualFile, walkAll } from "./virtual.js";

const bytesOf = (hdus: readonly VirtualHdu[], extra = 0): Uint8Array => {
  const file = virtualFile(hdus);
  const bytes = new Uint8Array(file.size + extra);
  bytes.set(file.read({ offset: 0, length: file.size }));
  return bytes;
};

const two = [image(undefined, 16, [100], 2880), image("SCI", 16, [2000], 2880)];

const failure = (bytes: Uint8Array): FitsError => {
  try {
    walkAll(bytes);
  } catch (error) {
    if (error instanceof FitsError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
};

describe("files in order", () => {
  test("with or without their size known", () => {
    const bytes = bytesOf(two);
    for (const size of [bytes.length, undefined]) {
      const { hdus, warnings, done } = walkAll(bytes, { file: { size } });
      expect(hdus.map((hdu) => hdu.name)).toEqual(["PRIMARY", "SCI"]);
      expect([warnings, done]).toEqual([[], true]);
    }
  });

  test("are walked no further than asked", () => {
    const bytes = bytesOf([image(undefined, 16, [100000], 2880), ...two.slice(1)]);
    const walk = answer(walkPlan(newWalk, { file: { size: bytes.length } }), bytes);
    expect(walk.hdus).toHaveLength(1);
    expect(walk.done).toBe(false);
  });
});

describe("what astropy reads past", () => {
  test("data cut off by the end of the file: listed, marked, told", () => {
    const bytes = bytesOf(two).subarray(0, 8640 + 1000);
    const { hdus, warnings } = walkAll(bytes);
    expect(hdus).toHaveLength(2);
    expect(hdus[1]).toMatchObject({ dataSize: 4000, truncatedAt: 9640 });
    expect(warnings).toEqual([
      "HDU 1: the file ends at byte 9640, 3000 bytes before its data do: it may have been truncated",
    ]);
  });

  test("data cut off by the end of a file of unknown size: listed and told", () => {
    const whole = bytesOf(two);
    for (const [length, told] of [
      [8640 + 3999, true],
      [8640 + 4000, false],
    ] as const) {
      const { hdus, warnings } = walkAll(whole.subarray(0, length), { file: {} });
      expect(hdus).toHaveLength(2);
      const warning = "HDU 1: the file ends before its data do: it may have been truncated";
      expect(warnings).toEqual(told ? [warning] : []);
    }
  });

  test("missing padding", () => {
    const bytes = bytesOf(two);
    const { hdus, warnings } = walkAll(bytes.subarray(0, 8640 + 4000));
    expect(hdus[1]!.truncatedAt).toBeUndefined();
    expect(warnings).toEqual([
      "HDU 1: the file ends at byte 12640, 1760 bytes before the end of the padding",
    ]);
  });

  test("null bytes after the last HDU", () => {
    expect(walkAll(bytesOf(two, 5760)).warnings).toEqual([
      "after HDU 1, at byte 14400, the file goes on with padding",
    ]);
    expect(walkAll(bytesOf(two, 7)).warnings).toEqual([
      "after HDU 1, at byte 14400, the file goes on with padding",
    ]);
  });

  test("junk after the last HDU", () => {
    const bytes = bytesOf(two, 3000);
    bytes.fill(77, 14400);
    const { hdus, warnings, error } = walkAll(bytes);
    expect(hdus).toHaveLength(2);
    expect(error).toBeUndefined();
    expect(warnings).toEqual(["after HDU 1, at byte 14400, the file goes on with bytes that are no HDU"]);
  });

  test("a later header cut off by the end of the file", () => {
    const { hdus, warnings, error } = walkAll(bytesOf(two).subarray(0, 5760 + 400));
    expect(hdus).toHaveLength(1);
    expect(error).toMatchObject({ code: "TRUNCATED" });
    expect(warnings).toEqual([
      "HDU 1 cannot be read, nor any behind it: header at byte 5760: the file ends after 400 bytes of it, before an END card",
    ]);
  });

  test("a later header that does not say where its data end", () => {
    const bad = image("BAD", 16, [10], 2880);
    bad.cards["NAXIS1"] = -5;
    const { hdus, warnings, error } = walkAll(bytesOf([two[0]!, bad, two[1]!]));
    expect(hdus).toHaveLength(1);
    expect(error).toMatchObject({
      code: "BAD_HEADER",
      message: "HDU 1 at byte 5760: NAXIS1 = -5 is less than 0",
    });
    expect(warnings).toHaveLength(1);
  });

  test("several FITS files in one", () => {
    const { hdus, warnings } = walkAll(bytesOf([...two, two[0]!]));
    expect(hdus.map((hdu) => hdu.type)).toEqual(["PRIMARY", "IMAGE", "PRIMARY"]);
    expect(warnings).toEqual(["HDU 2 at byte 14400: another primary header: several FITS files in one"]);
  });
});

describe("what is no FITS file", () => {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  test.each([
    ["nothing", new Uint8Array(0), "the file is empty"],
    [
      "a web page",
      text("\n<!DOCTYPE html><html>"),
      'this is a web page, not FITS ("<!DOCTYPE html><html>"...): is the address right?',
    ],
    [
      "text",
      text("Hello world, this is text"),
      'the file begins with "Hello world, this is tex", not with SIMPLE: it is no FITS file',
    ],
    ["a zip", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]), "this is a zip archive, not FITS: unpack it first"],
    ["xz", new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), "this is xz data, not FITS: unpack it first"],
    ["nulls", new Uint8Array(5000), "the file begins with null bytes, not with SIMPLE"],
    [
      "an extension",
      text(headerText({ XTENSION: "IMAGE", BITPIX: 8, NAXIS: 0 })),
      "the file begins with an extension (XTENSION): the primary header (SIMPLE) before it is missing",
    ],
  ])("%s", (_, bytes, message) => {
    const walk = walkAll(bytes);
    expect(walk).toMatchObject({ done: true, hdus: [] });
    expect(describeForeign(walk.foreign!)).toBe(message);
  });

  test.each([
    ["gzip", [0x1f, 0x8b, 8, 0]],
    ["compress", [0x1f, 0x9d, 0x90]],
    ["bzip2", [0x42, 0x5a, 0x68, 0x39]],
    ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ])("%s is told from its first bytes, for the caller to unpack", (compression, bytes) => {
    const walk = walkAll(new Uint8Array(bytes));
    expect(walk).toMatchObject({ done: true, hdus: [] });
    expect(compressionOf(walk.foreign!)).toBe(compression);
  });

  test("a primary header without END", () => {
    expect(failure(bytesOf(two).subarray(0, 300))).toMatchObject({ code: "TRUNCATED" });
    const bytes = bytesOf(two);
    bytes.fill(0, 240, 14400);
    expect(failure(bytes)).toMatchObject({
      code: "BAD_HEADER",
      message: "header at byte 0: no END card before something else than a header begins",
    });
  });
});

test("wrong guesses change nothing but the cost", () => {
  const hdus = [
    image(undefined, 16, [], 2880),
    ...Array.from({ length: 30 }, (_, i) =>
      table(`T${i}`, 1, 1, 2880 * (1 + (i % 7)), 200000 * (1 + ((i * 7) % 5))),
    ),
  ];
  const bytes = bytesOf(hdus);
  const names = (ahead: boolean): string[] =>
    walkAll(bytes, { file: { size: bytes.length }, ahead, blockSize: 2880 }).hdus.map((hdu) => hdu.name);
  expect(names(true)).toEqual(names(false));
  expect(names(true)).toHaveLength(31);
});
