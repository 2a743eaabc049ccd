/**
 * Groups of rows as a table of their own, in a temporary FITS file: shown and written as every other table.
 */
import { type Fits, open, type TableHdu, type TableSelection } from "fitslice";
import { fitsOf } from "../foreign-file.js";
import { interruption } from "../signals.js";
import { selectorsIn } from "../table-selection.js";
import { type ArrangeOptions, aggregatesIn } from "./options.js";

/** Lets `use` have the table of groups, and the file it is in. */
export async function withGroups(
  table: TableHdu,
  selection: TableSelection,
  { groupBy, aggregate }: ArrangeOptions,
  use: (groups: TableHdu, fits: Fits) => Promise<void>,
): Promise<void> {
  const [{ groupedRows }, { tableHdu }] = await Promise.all([
    import("fitslice/export"),
    import("fitslice/write"),
  ]);
  const { columns: _, limit: __, ...looked } = selection;
  const wanted = aggregate === undefined ? undefined : aggregatesIn(aggregate);
  const by = selectorsIn(groupBy!, table.columns);
  const groups = await groupedRows(table, by, wanted, { ...looked, signal: interruption });
  const made = await fitsOf([tableHdu(groups)]);
  try {
    const fits = await open(made.path, { signal: interruption });
    try {
      await use(await fits.table(), fits);
    } finally {
      await fits.close();
    }
  } finally {
    await made.remove();
  }
}
