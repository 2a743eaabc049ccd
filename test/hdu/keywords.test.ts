/**
 * Keywords of images that matter and cannot be used, or stand twice: physical values are refused or right, never
 * silently wrong; stored values can always be read.
 */
import { describe, expect, test } from "vitest";
import { FitsError } from "../../src/errors.js";
import { open } from "../../src/open.js";

const value = (keyword: string, text: string): string => `${keyword.padEnd(8)}= ${text.padStart(20)}`;

function headerOf(cards: readonly string[]): string {
  const text = [...cards, "END"].map((card) => card.padEnd(80)).join("");
  return text.padEnd(Math.ceil(text.length / 2880) * 2880);
}

function bytes(...parts: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const blocks = parts.map((part) =>
    typeof part === "string" ? Uint8Array.from(part, (c) => c.charCodeAt(0)) : part,
  );
  const file = new Uint8Array(blocks.reduce((n, block) => n + Math.ceil(block.length / 2880) * 2880, 0));
  let at = 0;
  for (const block of blocks) {
    file.set(block, at);
    at += Math.ceil(block.length / 2880) * 2880;
  }
  return file;
}

/** 16-bit integers 1 2, or the floats. */
const pixels = (bitpix: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8));
  if (bitpix === 16) [1, 2].forEach((pixel, i) => void view.setInt16(2 * i, pixel));
  else [1, 2].forEach((pixel, i) => void view.setFloat32(4 * i, pixel));
  return new Uint8Array(view.buffer);
};

const image = (cards: readonly string[], bitpix = 16): Uint8Array<ArrayBuffer> =>
  bytes(
    headerOf([
      value("SIMPLE", "T"),
      value("BITPIX", String(bitpix)),
      ...[value("NAXIS", "1"), value("NAXIS1", "2"), ...cards],
    ]),
    pixels(bitpix),
  );

async function read(file: Uint8Array<ArrayBuffer>, raw = false): Promise<number[]> {
  const { data } = await (await open(file)).image(0).then((hdu) => hdu.section(undefined, { raw }));
  return Array.from(data as Int16Array);
}

async function failure(promise: Promise<unknown>): Promise<FitsError> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (error instanceof FitsError) return error;
  throw error;
}

async function warningsOf(file: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const fits = await open(file);
  await fits.hdus();
  return fits.warnings;
}

describe.each(["BZERO", "BSCALE", "BLANK"])("%s", (keyword) => {
  test.each(["3,2768E+04", "NaN", "-Inf", "'-32768'", "T", "(1,2)", "12 34", "abc"])(
    "= %s is an error that names it, and raw; stored values are read",
    async (text) => {
      const file = image([value(keyword, text)]);
      const { code, message } = await failure(read(file));
      expect(code).toBe("BAD_HEADER");
      expect(message).toMatch(new RegExp(`^HDU 0 \\(PRIMARY\\): ${keyword} is .*; read .* raw \\(--raw\\)$`));
      expect(await read(file, true)).toEqual([1, 2]);
      expect((await warningsOf(file)).join()).toContain(`${keyword} is `);
      expect((await failure((async () => (await (await open(file)).image(0)).dtype)())).code).toBe(
        "BAD_HEADER",
      );
    },
  );

  test("without a value is taken as absent, with a warning", async () => {
    const file = image([`${keyword.padEnd(8)}=`]);
    expect(await read(file)).toEqual([1, 2]);
    expect(await warningsOf(file)).toEqual([`HDU 0 at byte 0: ${keyword} has no value; taken as absent`]);
  });
});

test("a BZERO right behind the equals sign is read, as in cfitsio", async () => {
  const file = image(["BZERO   =32768"]);
  expect(await read(file)).toEqual([32769, 32770]);
  expect(await warningsOf(file)).toEqual([
    "HDU 0 at byte 0: BZERO is read as 32768, though its card is malformed",
  ]);
});

test("BLANK means nothing to floats, whatever it holds", async () => {
  const file = image([value("BLANK", "1,0")], -32);
  expect(await read(file)).toEqual([1, 2]);
  expect(await warningsOf(file)).toEqual([]);
});

test("a BLANK that is a fraction equals no pixel, which is told", async () => {
  const file = image([value("BLANK", "1.5")]);
  expect(await read(file)).toEqual([1, 2]);
  expect((await warningsOf(file)).join()).toContain("BLANK is 1.5");
});

describe("repeated with different values", () => {
  test.each([
    ["BZERO", ["10", "20"], [21, 22]],
    ["BSCALE", ["2", "3"], [3, 6]],
    ["BLANK", ["1", "2"], [1, Number.NaN]],
  ] as const)("the last %s counts, with a warning", async (keyword, values, expected) => {
    const file = image(values.map((text) => value(keyword, text)));
    expect(await read(file)).toEqual(expected);
    expect(await warningsOf(file)).toEqual([
      `HDU 0 at byte 0: ${keyword} stands 2 times, as ${values.join(", ")}; the last counts`,
    ]);
  });

  test("the first NAXIS1 and BITPIX count, which stand where the Standard wants them", async () => {
    const file = image([value("NAXIS1", "1"), value("BITPIX", "8")]);
    expect(await read(file)).toEqual([1, 2]);
    expect(await warningsOf(file)).toEqual([
      "HDU 0 at byte 0: BITPIX stands 2 times, as 16, 8; the first counts",
      "HDU 0 at byte 0: NAXIS1 stands 2 times, as 2, 1; the first counts",
    ]);
  });

  test("the first EXTNAME and EXTVER count", async () => {
    const extra = [
      value("EXTNAME", "'ONE'"),
      value("EXTNAME", "'TWO'"),
      value("EXTVER", "2"),
      value("EXTVER", "3"),
    ];
    const file = image(extra);
    expect((await (await open(file)).hdus())[0]).toMatchObject({ name: "ONE", ver: 2 });
    expect((await warningsOf(file)).length).toBe(2);
  });
});

test("sizes right behind the equals sign are read, as in cfitsio", async () => {
  const cards = ["SIMPLE  =                    T", "BITPIX  =16", "NAXIS   =1", "NAXIS1  =2"];
  expect(await read(bytes(headerOf(cards), pixels(16)))).toEqual([1, 2]);
});

test("text right behind the equals sign is read, as in cfitsio", async () => {
  const file = bytes(
    headerOf([value("SIMPLE", "T"), value("BITPIX", "8"), value("NAXIS", "0")]),
    headerOf(["XTENSION='IMAGE   '", "BITPIX  =16", "NAXIS   =1", "NAXIS1  =2", "PCOUNT  =0", "GCOUNT  =1"]),
    pixels(16),
  );
  expect((await (await (await open(file)).image(1)).section()).data).toEqual(Int16Array.of(1, 2));
});

test("a size that cannot be read is an error, not a default", async () => {
  const extension = (card: string): Promise<readonly string[]> =>
    warningsOf(
      bytes(
        headerOf([value("SIMPLE", "T"), value("BITPIX", "8"), value("NAXIS", "0")]),
        headerOf([
          ...["XTENSION= 'IMAGE   '", value("BITPIX", "16"), value("NAXIS", "1"), value("NAXIS1", "2")],
          card,
        ]),
        pixels(16),
      ),
    );
  expect((await extension(value("PCOUNT", "0,0"))).join()).toContain("PCOUNT has no value that can be read");
  expect((await extension(value("PCOUNT", "0"))).join()).toBe("");
});

test("an IUEIMAGE extension is an image", async () => {
  const file = bytes(
    headerOf([value("SIMPLE", "T"), value("BITPIX", "8"), value("NAXIS", "0")]),
    headerOf([
      ...["XTENSION= 'IUEIMAGE'", value("BITPIX", "16"), value("NAXIS", "1"), value("NAXIS1", "2")],
      ...[value("PCOUNT", "0"), value("GCOUNT", "1")],
    ]),
    pixels(16),
  );
  const fits = await open(file);
  expect((await fits.hdus())[1]).toMatchObject({ kind: "image", type: "IMAGE" });
  expect((await (await fits.image(1)).section()).data).toEqual(Int16Array.of(1, 2));
});

test("a PZERO that is no number fails the groups, not silently their parameters", async () => {
  const group = new DataView(new ArrayBuffer(4));
  group.setInt16(0, 7);
  group.setInt16(2, 9);
  const groups = (card: string): Uint8Array<ArrayBuffer> =>
    bytes(
      headerOf([
        ...[value("SIMPLE", "T"), value("BITPIX", "16"), value("NAXIS", "2"), value("NAXIS1", "0")],
        ...[value("NAXIS2", "1"), value("GROUPS", "T"), value("PCOUNT", "1"), value("GCOUNT", "1")],
        ...["PTYPE1  = 'DATE'", card],
      ]),
      new Uint8Array(group.buffer),
    );
  const first = async (card: string): Promise<unknown> => {
    const hdu = (await (await open(groups(card))).hdus())[0]!;
    if (hdu.kind !== "groups") throw new Error("groups were expected");
    return [...(await hdu.group(0)).parameters];
  };
  expect(await first(value("PZERO1", "0.5"))).toEqual([["DATE", 7.5]]);
  expect((await failure(first(value("PZERO1", "0,5")))).message).toContain("PZERO1 is 0,5");
  expect(await first("PSCAL1  =2")).toEqual([["DATE", 14]]);
});
