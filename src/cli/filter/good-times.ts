/**
 * Good time intervals that conditions name by `gtifilter("[GTI]", TIME, "START", "STOP")`: read before any row is looked at.
 */
import type { Fits, TableHdu } from "fitslice";
import type { GoodTimes, Intervals } from "../calculator/good-times.js";
import { goodTimesIn, timesKey } from "../calculator/good-times.js";
import { badUsage } from "../failure.js";
import { printable } from "../output.js";
import { matchingHdu } from "./hdu-pattern.js";
import { matcher } from "./matcher.js";
import { hduOf } from "./syntax.js";

/** Reads the intervals of all conditions, in the times of the table. Throws `Failure` (wrong usage) for those that are not there. */
export async function goodTimes(
  fits: Fits,
  table: TableHdu,
  conditions: readonly string[],
): Promise<Intervals> {
  const found = new Map<string, readonly [starts: Float64Array, stops: Float64Array]>();
  for (const named of conditions.flatMap(goodTimesIn))
    if (!found.has(timesKey(named))) found.set(timesKey(named), await read(fits, table, named));
  return found;
}

async function read(
  fits: Fits,
  table: TableHdu,
  named: GoodTimes,
): Promise<readonly [starts: Float64Array, stops: Float64Array]> {
  const from = `gtifilter("${printable(named.source)}")`;
  const gti = await fits.table(await hduNamed(fits, named.source, from));
  const columnNamed = (pattern: string): string => {
    const column = gti.columns.find(({ name }) => matcher(pattern)(name));
    if (column && column.shape.length === 0 && /^(float|u?int)/.test(column.dtype)) return column.name;
    throw badUsage(
      `${from}: HDU ${gti.index} has no column of numbers '${printable(pattern)}'; name the two, gtifilter("[GTI]", TIME, "START", "STOP")`,
    );
  };
  const columns = [columnNamed(named.start), columnNamed(named.stop)];
  const batch = await gti.select({ columns });
  const shift = zeroOf(gti) - zeroOf(table);
  const [starts, stops] = columns.map((name) => {
    const column = batch.column(name);
    return Float64Array.from(
      { length: batch.length },
      (_, row) => Number(column.get(row) ?? Number.NaN) + shift,
    );
  });
  return [starts!, stops!];
}

/** "" is the first table that is named after them; `[GTI]`, `[2]` another one of the same file. */
async function hduNamed(fits: Fits, source: string, from: string): Promise<number> {
  const [, text = source] = /^\s*\[([^[\]]*)\]\s*$/.exec(source) ?? [];
  if (source.trim() === "") return matchingHdu(await fits.layouts(), { name: "*GTI*", type: "BINTABLE" });
  if (text === source)
    throw badUsage(
      `${from}: intervals are read of the same file, gtifilter("[GTI]"); of another one write their limits, (TIME = 10:20) || (TIME = 40:50)`,
    );
  const { hdu, pattern } = hduOf(text);
  return pattern ? matchingHdu(await fits.layouts(), pattern) : (await fits.table(hdu)).index;
}

/** TIMEZERO, or its two parts. */
function zeroOf({ header }: TableHdu): number {
  const number = (name: string): number | undefined => {
    const value = header.get(name);
    return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
  };
  return number("TIMEZERO") ?? (number("TIMEZERI") ?? 0) + (number("TIMEZERF") ?? 0);
}
