/**
 * Circles on the sky as people write them.
 */
import { FitsError } from "../../errors.js";
import { convertPoint } from "../frames/convert.js";
import { clipped } from "../frames/name.js";
import { plainText } from "./fields.js";
import { parsePosition } from "./parse.js";
import { parseSize } from "./size.js";

/** A circle on the sky, as the option `cone` of tables takes it. */
export interface ParsedCone {
  /** The center: ICRS, degrees. */
  readonly ra: number;
  readonly dec: number;
  /** Degrees. */
  readonly radius: number;
  /** As of `parsePosition`. */
  readonly warnings: readonly string[];
}

/**
 * `POSITION RADIUS`: a position as `parsePosition` reads it (ICRS unless it names a frame), and a radius: `5'`, `30"`,
 * `5arcmin`, `0.1deg`. A radius without a unit is degrees, where two numbers are before it: behind `5 34 24 -5 24` a number may
 * as well be the seconds. Throws BAD_ARGUMENT.
 */
export function parseCone(text: string): ParsedCone {
  const match = /^(.*?\S)[\s,;]+((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})? ?([^\s\d.,;+-]*))$/.exec(
    plainText(text),
  );
  if (!match) throw wrong(text, "ends in no radius");
  const [, center = "", radius = "", unit] = match;
  if (!unit) {
    const numbers = center.split(/[\s,;]+/).length;
    if (numbers < 2) throw wrong(text, "ends in no radius");
    if (numbers > 2) throw wrong(text, `has the radius ${clipped(radius)} without a unit`);
  }
  const position = explained(text, () => parsePosition(center));
  const size = explained(text, () => parseSize(unit ? radius : `${radius}deg`));
  if (size.unit !== "deg") throw wrong(text, "has a radius that is no angle");
  const { lon, lat, frame = { name: "icrs" }, warnings } = position;
  const [ra, dec] = frame.name === "icrs" ? [lon, lat] : convertPoint([lon, lat], frame, { name: "icrs" })!;
  return { ra, dec, radius: size.width, warnings };
}

function explained<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new FitsError("BAD_ARGUMENT", `cone '${clipped(text)}': ${(cause as Error).message}`, { cause });
  }
}

function wrong(text: string, what: string): FitsError {
  return new FitsError(
    "BAD_ARGUMENT",
    `cone '${clipped(text)}' ${what}; write a position and a radius: 10.68 41.27 5' or 0:42:44 41:16:9 0.1deg`,
  );
}
