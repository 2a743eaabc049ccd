/**
 * From the coordinates of a time axis to modified Julian dates in UTC, as TIME has them.
 */
import type { ImageHdu } from "../hdu/image.js";
import { ctypeParts } from "../wcs/axes/kind.js";
import type { WorldAxis } from "../wcs/index.js";
import { numberIn, textIn } from "./header-numbers.js";
import { usage } from "./refusal.js";

const perDay: Readonly<Record<string, number>> = {
  ...{ d: 1, day: 1, s: 1 / 86_400, min: 1 / 1440, h: 1 / 24, ms: 1 / 86_400_000 },
  ...{ a: 365.25, yr: 365.25, cy: 36_525, Ba: 365.242_198_781, ta: 365.242_190_402 },
};

/** Seconds by which a time scale is ahead of TAI; those of UTC, and what stands for it, are none of these. */
const aheadOfTai: Readonly<Record<string, number>> = {
  ...{ TAI: 0, IAT: 0, GPS: -19 },
  ...{ TT: 32.184, TDT: 32.184, ET: 32.184, TDB: 32.184 },
};
const likeUtc = /^(UTC|UT|UT1|GMT|LOCAL)$/;

/** First days of UTC with one more leap second (MJD; IERS Bulletin C): from the first of them on, TAI is 11 s ahead, then 12 s ... */
const leapDays: readonly number[] = [
  ...[41_499, 41_683, 42_048, 42_413, 42_778, 43_144, 43_509, 43_874, 44_239],
  ...[44_786, 45_151, 45_516, 46_247, 47_161, 47_892, 48_257, 48_804, 49_169],
  ...[49_534, 50_083, 50_630, 51_179, 53_736, 54_832, 56_109, 57_204, 57_754],
];

/**
 * The date of a time coordinate: MJDREF, JDREF or DATEREF (FITS Standard 4.0, section 9.2.2) and the coordinate, from its time scale to
 * UTC. TDB counts as TT (2 ms), UT1 and LOCAL as UTC. Throws Refusal for a unit, a scale or a reference that is not known.
 */
export function datesOf({ header }: Pick<ImageHdu, "header">, axis: WorldAxis): (value: number) => number {
  const unit = axis.unit || textIn(header, "TIMEUNIT") || "s";
  const factor = Object.hasOwn(perDay, unit) ? perDay[unit] : undefined;
  if (factor === undefined) throw usage(`TIME: the time axis is in ${unit}, which is no unit of time`);
  const own = ctypeParts(axis.ctype).quantity;
  const named = own === "TIME" ? (textIn(header, "TIMESYS") ?? "UTC") : own;
  const scale = named.toUpperCase().replace(/\(.*$/, "").trim();
  const ahead = Object.hasOwn(aheadOfTai, scale) ? aheadOfTai[scale] : undefined;
  if (ahead === undefined && !likeUtc.test(scale))
    throw usage(`TIME: the time scale ${scale} of the time axis is not turned into UTC`);
  const reference = referenceOf(header);
  return (value) => {
    const date = value * factor + reference;
    return ahead === undefined ? date : utcOf(date - ahead / 86_400);
  };
}

function referenceOf(header: ImageHdu["header"]): number {
  const parts = (name: string): number | undefined => {
    const [days, rest] = [numberIn(header, `${name}I`), numberIn(header, `${name}F`)];
    return days === undefined && rest === undefined ? numberIn(header, name) : (days ?? 0) + (rest ?? 0);
  };
  const mjd = parts("MJDREF");
  if (mjd !== undefined) return mjd;
  const jd = parts("JDREF");
  if (jd !== undefined) return jd - 2_400_000.5;
  const date = textIn(header, "DATEREF");
  if (date === undefined) return 0;
  const time = Date.parse(/T/.test(date) ? `${date}Z` : date);
  if (Number.isNaN(time)) throw usage(`TIME: DATEREF = '${date}' is no date`);
  return time / 86_400_000 + 40_587;
}

function utcOf(tai: number): number {
  let [low, high] = [0, leapDays.length];
  // Leap seconds that came before: those after which TAI was still earlier.
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tai >= leapDays[middle]! + (11 + middle) / 86_400) low = middle + 1;
    else high = middle;
  }
  const date = tai - (10 + low) / 86_400;
  const next = leapDays[low];
  // A day with a leap second has 86,401 of them, and is a whole all the same (as SOFA and astropy count).
  return next !== undefined && date >= next - 1 ? next - 1 + ((date - next + 1) * 86_400) / 86_401 : date;
}
