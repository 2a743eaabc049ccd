/**
 * What the table benchmark does with fitslice, as one task in one process; tables_astropy.py does the same with
 * astropy.
 *
 * argv: column|head|where|arrow|parquet FILE|URL [OUT].
 */
import { open as openFile } from "node:fs/promises";
import { type ColumnData, createProfile, open } from "fitslice";
import { checksum, peakMemory, tell } from "./task.js";

const [task, file, out = ""] = process.argv.slice(2) as [string, string, string?];
const started = performance.now();
const profile = createProfile();
const fits = await open(file, { profile });
const table = await fits.table(1);
const columns = await perform();
const seconds = (performance.now() - started) / 1000;
const maxRss = peakMemory();
const { requests, roundTrips, bytes } = profile.summary();
await fits.close();
const sum = columns && checksum(columns.map(numbersOf));
tell({ seconds, requests, roundTrips, bytes, maxRss, ...(sum !== undefined && { checksum: sum }) });

async function perform(): Promise<readonly ColumnData[] | undefined> {
  switch (task) {
    case "column":
      return [await table.column("RA")];
    case "head":
      return (await table.select({ columns: ["RA", "DEC", "MAG_g"], rows: { stop: 1000 } })).columns;
    case "where": {
      const { columns } = await table.select({ columns: ["RA", "MAG_g", "SPECTRUM"], where: "CLASS == 7" });
      // astropy takes minutes to give the spectra: it does without.
      return columns.slice(0, 2);
    }
    default:
      await save();
      return undefined;
  }
}

/** The whole table as an Arrow or Parquet file. */
async function save(): Promise<void> {
  const { toArrowFile, toParquet } = await import("fitslice/export");
  const handle = await openFile(out, "w");
  for await (const chunk of task === "arrow" ? toArrowFile(table) : toParquet(table)) {
    await handle.writeFile(chunk);
  }
  await handle.close();
}

function numbersOf(column: ColumnData): { data: ArrayLike<number | bigint> } {
  if (column.kind === "list") return column.values;
  if (column.kind === "string") throw new TypeError("text has no sum");
  return column;
}
