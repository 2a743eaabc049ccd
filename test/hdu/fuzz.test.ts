/**
 * Hostile headers: whatever the bytes, the walk ends in a FitsError or in HDUs, in bounded memory; one that never ends meets the limit of the test.
 * FUZZ_RUNS sets how many files are tried (default 10000).
 */
import { expect, test } from "vitest";
import { FitsError } from "../../src/errors.js";
import { describeForeign } from "../../src/hdu/foreign.js";
import type { Walk } from "../../src/hdu/walk.js";
import { headerWarnings } from "../../src/header/warnings.js";
import { headerText, image, table, type VirtualHdu, virtualFile, walkAll } from "./virtual.js";

const runs = Number(process.env["FUZZ_RUNS"] ?? 10_000);

/** A small generator of pseudo-random integers below `n`, so that a failure can be repeated from its seed. */
function random(seed: number): (n: number) => number {
  let state = seed | 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * n);
  };
}

const compressed: VirtualHdu = table("COMP", 8, 10, 2880, 500);
Object.assign(compressed.cards, {
  ZIMAGE: true,
  ZBITPIX: -32,
  ZNAXIS: 2,
  ZNAXIS1: 50,
  ZNAXIS2: 50,
  ZCMPTYPE: "RICE_1",
});
const groups: VirtualHdu = {
  cards: {
    SIMPLE: true,
    BITPIX: 16,
    NAXIS: 3,
    NAXIS1: 0,
    NAXIS2: 4,
    NAXIS3: 4,
    GROUPS: true,
    PCOUNT: 2,
    GCOUNT: 5,
  },
  headerSize: 2880,
  dataSize: 180,
};
const files = [
  [
    image(undefined, 16, [10, 10], 2880),
    image("SCI", -32, [20, 20], 5760),
    table("TAB", 16, 100, 2880, 64),
    compressed,
  ],
  [groups, table("A", 4, 1, 2880)],
  [
    image(undefined, 8, [], 2880),
    ...Array.from({ length: 12 }, (_, i) => image(`S${i}`, 16, [50, 50], 2880)),
  ],
].map((hdus) => {
  const file = virtualFile(hdus);
  return file.read({ offset: 0, length: file.size });
});

const values = [
  "-1",
  "0",
  "1",
  "999",
  "1000",
  "1000000000",
  "9007199254740993",
  "99999999999999999999999999",
  "1e308",
  "1D999",
  "NaN",
  "T",
  "F",
  "'",
  "''",
  "'x'",
  "(1,2)",
  "",
  "/",
  "&",
  "'&'",
  "-2147483648",
  "0.5",
  "'BINTABLE'",
  "'IMAGE   '",
  "'TABLE   '",
];
const keywords = [
  "SIMPLE",
  "XTENSION",
  "BITPIX",
  "NAXIS",
  "NAXIS1",
  "NAXIS2",
  "NAXIS3",
  "PCOUNT",
  "GCOUNT",
  "GROUPS",
  "TFIELDS",
  "ZIMAGE",
  "ZNAXIS",
  "ZNAXIS1",
  "ZBITPIX",
  "EXTNAME",
  "EXTVER",
  "END",
  "CONTINUE",
  "HIERARCH A B",
  "COMMENT",
  "",
];

/** One to eight changes: bytes, cards, whole blocks, the end. */
function mutated(file: Uint8Array, pick: (n: number) => number): Uint8Array {
  let bytes = file.slice();
  for (let n = 1 + pick(8); n > 0; n--) {
    const at = pick(Math.ceil(bytes.length / 80)) * 80;
    const card = pick(3) === 0 ? at : pick(36) * 80 + pick(4) * 2880;
    switch (pick(6)) {
      case 0:
        bytes[pick(bytes.length)] = pick(256);
        break;
      case 1: {
        const text =
          `${keywords[pick(keywords.length)]!.padEnd(8)}= ${values[pick(values.length)]!.padStart(pick(25))}`
            .padEnd(80)
            .slice(0, 80);
        if (card + 80 <= bytes.length) bytes.set(new TextEncoder().encode(text), card);
        break;
      }
      case 2: {
        const text = values[pick(values.length)]!.padStart(20);
        if (card + 10 + text.length <= bytes.length) bytes.set(new TextEncoder().encode(text), card + 10);
        break;
      }
      case 3:
        bytes = bytes.subarray(0, pick(bytes.length + 1));
        if (bytes.length === 0) return bytes;
        break;
      case 4:
        bytes.fill(pick(256), at, at + pick(2880));
        break;
      default:
        bytes.copyWithin(pick(bytes.length), at, at + pick(5760));
    }
  }
  return bytes;
}

/** Everything that a user could ask of the HDUs found. Plain checks: `expect` is too slow for so many. */
function readAll({ hdus, warnings, error }: Walk): void {
  const check = (ok: boolean, what: string): void => {
    if (!ok) throw new Error(what);
  };
  check(
    warnings.every((w) => !nonsense.test(w)),
    `warnings: ${warnings.join("; ")}`,
  );
  check(error === undefined || error instanceof FitsError, "the walk's error");
  let end = 0;
  for (const { header, headerOffset, dataOffset, dataSize, end: stop, shape, cards } of hdus) {
    check(headerOffset === end, "where the header begins");
    check(
      Number.isSafeInteger(stop) && stop >= dataOffset + dataSize && stop % 2880 === 0,
      "where the HDU ends",
    );
    check(shape.length <= 999 && shape.every((n) => Number.isSafeInteger(n) && n >= 0), "the shape");
    check(header.cards.length === cards, "the number of cards");
    check(header.cards.map((card) => card.raw).join("") === header.toString(), "the text of the cards");
    check(
      headerWarnings(header).every((w) => !nonsense.test(w)),
      "the header's warnings",
    );
    end = stop;
  }
}

/** Signs of a message that was not thought through. */
const nonsense = /undefined|\[object|\n/;

test(`${runs} mutated and truncated files end in a FitsError or in HDUs`, () => {
  const seed = Number(process.env["FUZZ_SEED"] ?? 1);
  const codes = new Map<string, number>();
  for (let run = 0; run < runs; run++) {
    const pick = random(seed * 1_000_003 + run);
    const bytes = mutated(files[pick(files.length)]!, pick);
    let code = "ok";
    try {
      const size = pick(4) === 0 ? undefined : bytes.length;
      const walk = walkAll(bytes, {
        ...{ file: { size }, ahead: pick(2) === 0, blockSize: [2880, 131072][pick(2)] },
      });
      if (walk.foreign) throw new FitsError("NOT_FITS", describeForeign(walk.foreign));
      readAll(walk);
    } catch (error) {
      if (!(error instanceof FitsError)) throw new Error(`run ${run} of seed ${seed}`, { cause: error });
      code = error.code;
      if (nonsense.test(error.message)) throw new Error(`run ${run} of seed ${seed}`, { cause: error });
    }
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  expect([...codes.keys()].sort()).toEqual(["BAD_HEADER", "NOT_FITS", "TOO_LARGE", "TRUNCATED", "ok"]);
  expect(codes.get("ok")).toBeGreaterThan(runs / 10);
}, 600_000);

test("a header of 20000 cards is read in bounded time", () => {
  const cards = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`K${i}`, i]));
  const bytes = new TextEncoder().encode(headerText({ SIMPLE: true, BITPIX: 8, NAXIS: 0, ...cards }));
  const { hdus } = walkAll(bytes, { file: { size: bytes.length }, blockSize: 2880 });
  expect(hdus[0]!.cards).toBe(20_003);
  expect(hdus[0]!.header.get("K19999")).toBe(19_999);
});

test("a chain of CONTINUE cards without end is one string", () => {
  const text = `${"SIMPLE  =                    T".padEnd(80)}${"A       = 'x&'".padEnd(80)}${"CONTINUE  'y&'".padEnd(80).repeat(50_000)}END`;
  const bytes = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 2880) * 2880));
  expect(walkAll(bytes).hdus[0]!.header.string("A")).toHaveLength(50_002);
});
