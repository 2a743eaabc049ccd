/**
 * Headers that somebody has broken: whatever they hold, nothing but a FitsError comes of them, and soon.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FitsError } from "../../src/index.js";
import { wcsOf } from "../../src/wcs/index.js";
import { headerOfCards } from "./headers.js";

const seeds = (
  JSON.parse(readFileSync("test/fixtures/wcs/dialects.json", "utf8")) as { cards: string[] }[]
).map(({ cards }) => cards);

const values = fc.oneof(
  fc.double().map(String),
  fc.constantFrom(
    "0",
    "-0.0",
    "1E300",
    "-1E-300",
    "NaN",
    "T",
    "",
    "99999999999999999999",
    "'x'",
    "(1,2)",
    "1e999",
  ),
  fc.constantFrom(
    "'RA---TAN'",
    "'DEC--SIN'",
    "'GLON-HPX'",
    "'FREQ-F2W'",
    "'WAVE-TAB'",
    "'LOOKUP'",
    "'deg'",
    "'m/s'",
    "'----'",
  ),
);

/** A card with another value, another keyword, twice, or left out. */
const mutation = fc.record({
  at: fc.nat(),
  how: fc.constantFrom("value", "drop", "repeat", "character", "keyword"),
  value: values,
  character: fc.nat(255),
  keyword: fc.constantFrom(
    ...[
      "WCSAXES",
      "CD9_9",
      "PC1_99",
      "PV1_0",
      "PV2_999",
      "CPDIS1",
      "D2IMDIS2",
      "A_ORDER",
      "B_ORDER",
      "AMDX1",
      "PLTRAH",
    ],
    ...[
      "PS3_0",
      "LONPOLE",
      "LATPOLE",
      "VELREF",
      "RADESYS",
      "CUNIT1",
      "CROTA2",
      "PV2_1",
      "PV2_2",
      "CTYPE3",
      "EQUINOX",
    ],
  ),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(cards: readonly string[], { at, how, value, character, keyword }: Mutation): string[] {
  const i = at % Math.max(cards.length, 1);
  const card = (cards[i] ?? "").padEnd(80);
  const place = (at >> 8) % 80;
  const changed = {
    value: [`${card.slice(0, 10)}${value}`],
    drop: [],
    repeat: [card, card],
    character: [card.slice(0, place) + String.fromCharCode(character) + card.slice(place + 1)],
    keyword: [card, `${keyword.padEnd(8)}= ${value}`],
  }[how];
  return [...cards.slice(0, i), ...changed.map((text) => text.slice(0, 80)), ...cards.slice(i + 1)];
}

test("mutated headers give coordinates or a FitsError", () => {
  const places = Float64Array.of(0, 1, -1e9, 1e300, Number.NaN, Number.POSITIVE_INFINITY);
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      (seed, mutations) => {
        const header = headerOfCards(
          mutations.reduce<string[]>((cards, one) => mutate(cards, one), [...seed]),
        );
        try {
          const wcs = wcsOf(header, { tables: {} });
          const world = wcs.toWorld(wcs.axes.map(() => places));
          const pixels = wcs.toPixel(world);
          expect([world.length, pixels.length]).toEqual([wcs.axes.length, wcs.axes.length]);
          const point = wcs.celestial?.toSky(3, 4);
          if (point) for (const value of point) expect(Number.isFinite(value)).toBe(true);
        } catch (error) {
          if (!(error instanceof FitsError)) throw error;
          expect(error.message).toMatch(/^[^\n]+$/);
        }
      },
    ),
    { numRuns: 400 },
  );
});
