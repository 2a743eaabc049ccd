import fc from "fast-check";
import { expect, test } from "vitest";
import { layoutOf } from "../../src/hdu/layout.js";
import { plainLayout } from "../../src/hdu/plain.js";
import { type Header, parseHeader } from "../../src/header/header.js";
import { headerText } from "./virtual.js";

type Value = string | number | boolean;

const headerWith = (cards: Record<string, Value>): Header =>
  parseHeader(new TextEncoder().encode(headerText(cards)));

const anything = fc.oneof(
  { weight: 6, arbitrary: fc.nat(20) },
  fc.constantFrom<Value>(-1, 2 ** 40, 2 ** 53, 999, 1e20, 1.5, "IMAGE", "BINTABLE", true, false),
);
const maybe = <T extends Value>(value: fc.Arbitrary<T>): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 8, arbitrary: value }, { weight: 1, arbitrary: anything }, fc.constant(undefined));
const cards = fc.record({
  SIMPLE: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Value | undefined>(undefined) },
    maybe(fc.constant(true)),
  ),
  XTENSION: maybe(fc.constant("IMAGE")),
  BITPIX: maybe(fc.constantFrom(8, 16, 32, 64, -32, -64)),
  NAXIS: maybe(fc.nat(3)),
  NAXIS1: maybe(fc.nat(50)),
  NAXIS2: maybe(fc.nat(50)),
  NAXIS3: maybe(fc.constantFrom(0, 1, 7, 2 ** 45)),
  PCOUNT: fc.oneof(fc.constant(undefined), maybe(fc.constant(0))),
  GCOUNT: fc.oneof(fc.constant(undefined), maybe(fc.constant(1))),
  GROUPS: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.boolean()),
  EXTNAME: fc.oneof(fc.constant(undefined), maybe(fc.constantFrom("SCI", " sci ", ""))),
  EXTVER: fc.oneof(fc.constant(undefined), maybe(fc.nat(3))),
});

test("what plain.ts says of an HDU, layout.ts says too, and warns of nothing", () => {
  let answered = 0;
  const check = (some: Record<string, Value | undefined>, index: number): void => {
    const there = Object.entries(some).filter((card): card is [string, Value] => card[1] !== undefined);
    const first = index === 0 ? { SIMPLE: some["SIMPLE"] ?? true } : {};
    const header = headerWith({ ...first, ...Object.fromEntries(there) });
    const place = { index, headerOffset: 2880 * index };
    const plain = plainLayout(header, place);
    if (!plain) return;
    answered++;
    expect(layoutOf(header, place)).toEqual({ hdu: plain, warnings: [] });
  };
  fc.assert(fc.property(cards, fc.constantFrom(0, 1, 5), check), { numRuns: 3000 });
  expect(answered).toBeGreaterThan(300);
});

test.each<[string, Record<string, Value>, number]>([
  ["a primary HDU without data", { SIMPLE: true, BITPIX: 16, NAXIS: 0 }, 0],
  ["an image", { XTENSION: "IMAGE", BITPIX: -32, NAXIS: 2, NAXIS1: 5, NAXIS2: 4, PCOUNT: 0, GCOUNT: 1 }, 1],
])("%s is plain", (_, some, index) => {
  const header = headerWith(some);
  expect(plainLayout(header, { index, headerOffset: 0 })).toEqual(
    layoutOf(header, { index, headerOffset: 0 }).hdu,
  );
});

test("a table is not", () => {
  const header = headerWith({ XTENSION: "BINTABLE", BITPIX: 8, NAXIS: 2, NAXIS1: 5, NAXIS2: 4, TFIELDS: 1 });
  expect(plainLayout(header, { index: 1, headerOffset: 0 })).toBeUndefined();
});
