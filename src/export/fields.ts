/**
 * What formats with a schema say of a column beside its type.
 */
import type { Column } from "../table/column.js";

/** Unit, description and the like, as text by name; what the file does not give is left out. */
export function fieldMetadata(column: Column): Record<string, string> {
  const { unit, description, ucd, display, format, dim } = column;
  const given = { unit, description, ucd, display, format, dim, null: nullText(column) };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** TNULLn, where values are stored integers: what null has been is no value of a scaled column. */
function nullText({ null: none, scale, zero }: Column): string | undefined {
  return typeof none === "bigint" && scale === undefined && zero === undefined ? String(none) : undefined;
}
