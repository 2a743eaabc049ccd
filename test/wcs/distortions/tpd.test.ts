/**
 * CQDIS with TPD. The positions are those of astropy 5.2 (wcslib 7.12) for the same cards.
 */
import { describe, expect, test } from "vitest";
import { wcsOf } from "../../../src/wcs/index.js";
import { headerOfCards } from "../headers.js";

const cards = [
  "CTYPE1  = 'RA---TAN'",
  "CTYPE2  = 'DEC--TAN'",
  "CRVAL1  = 150.0",
  "CRVAL2  = 2.5",
  "CRPIX1  = 51.0",
  "CRPIX2  = 41.0",
  "PC1_1   = 0.02",
  "PC1_2   = 0.001",
  "PC2_1   = -0.001",
  "PC2_2   = 0.02",
  "CDELT1  = -0.02",
  "CDELT2  = 0.02",
  "CQDIS1  = 'TPD'",
  "DQ1     = 'NAXES: 2'",
  "DQ1     = 'AXIS.1: 1'",
  "DQ1     = 'AXIS.2: 2'",
  "DQ1     = 'DOCORR: 0'",
  "DQ1     = 'AUX.1.COEFF.0: -0.1'",
  "DQ1     = 'AUX.1.COEFF.1: 1.25'",
  "DQ1     = 'AUX.1.COEFF.2: 0.25'",
  "DQ1     = 'AUX.2.COEFF.0: 0.2'",
  "DQ1     = 'AUX.2.COEFF.1: -0.125'",
  "DQ1     = 'AUX.2.COEFF.2: 1.5'",
  "DQ1     = 'TPD.FWD.0: 0.05'",
  "DQ1     = 'TPD.FWD.1: 0.9'",
  "DQ1     = 'TPD.FWD.2: 0.02'",
  "DQ1     = 'TPD.FWD.3: 0.01'",
  "DQ1     = 'TPD.FWD.5: 0.03'",
  "DQ1     = 'TPD.FWD.59: 0.001'",
  "CQDIS2  = 'TPD'",
  "DQ2     = 'NAXES: 2'",
  "DQ2     = 'AXIS.1: 2'",
  "DQ2     = 'AXIS.2: 1'",
  "DQ2     = 'OFFSET.1: 0.5'",
  "DQ2     = 'SCALE.1: 0.75'",
  "DQ2     = 'DOCORR: 1'",
  "DQ2     = 'TPD.FWD.1: 0.05'",
  "DQ2     = 'TPD.FWD.4: 0.02'",
  "DQ2     = 'TPD.FWD.9: -0.01'",
];
const places = [
  [1, 1, 150.02329682922843, 2.4846166577377478],
  [51, 41, 150.0006879332055, 2.4996812498200702],
  [80, 20.5, 149.9903991709232, 2.4907581941001764],
  [10.25, 75, 150.01324496161192, 2.5145712621273204],
] as const;

function skyOf(changed: readonly string[]) {
  return wcsOf(headerOfCards(changed));
}

/** The cards with one text in the place of another. */
function replaced(from: string, to: string): string[] {
  return cards.map((card) => card.replace(from, to));
}

describe("TPD in intermediate pixel coordinates, before CDELT", () => {
  test.each(places)("%d, %d", (x, y, lon, lat) => {
    const { celestial, warnings } = skyOf(cards);
    expect(warnings).toEqual([]);
    expect(celestial!.distortions).toEqual(["TPD"]);
    const found = celestial!.toSky(x - 1, y - 1)!;
    expect(found[0]).toBeCloseTo(lon, 12);
    expect(found[1]).toBeCloseTo(lat, 12);
    // Far out the polynomial turns back, and has several inverses.
    const [px, py] = celestial!.toPixel(lon, lat)!;
    const [again, andLat] = celestial!.toSky(px, py)!;
    expect(again).toBeCloseTo(lon, 11);
    expect(andLat).toBeCloseTo(lat, 11);
    if (x === 1) return;
    expect(px + 1).toBeCloseTo(x, 7);
    expect(py + 1).toBeCloseTo(y, 7);
  });

  test("an alternate has its own", () => {
    const alternate = cards.map((card) =>
      card.replace(/^(CTYPE\d|CRVAL\d|CRPIX\d|PC\d_\d|CDELT\d|CQDIS\d|DQ\d) ?/, "$1A"),
    );
    const { celestial } = wcsOf(headerOfCards(alternate), { alternate: "A" });
    expect(celestial!.toSky(50, 40)![0]).toBeCloseTo(places[1][2], 12);
  });

  test("another kind is ignored with a warning", () => {
    const { celestial, warnings } = skyOf(
      cards
        .filter((card) => !/^(CQDIS1|DQ1)/.test(card))
        .map((card) => card.replace("'TPD'", "'Polynomial'")),
    );
    expect(celestial!.distortions).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/CQDIS2 is 'Polynomial'/)]);
  });

  test.each([
    [replaced("AXIS.2: 2", "AXIS.2: 3"), /DQ1.*AXIS\.2/],
    [[...cards, "DQ1     = 'AUX.1.POWER.1: 2.0'"], /DQ1.*AUX\.1\.POWER\.1/],
  ])("what makes no sense is refused", (odd, message) => {
    expect(() => skyOf(odd)).toThrow(message);
  });
});
