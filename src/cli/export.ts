/**
 * Tables in other formats, whose code is loaded when they are asked for.
 */
import type { TableHdu } from "fitslice";
import type { CsvOptions } from "fitslice/export";

export type ExportFormat = "csv" | "tsv" | "ecsv" | "votable" | "json" | "ndjson" | "arrow" | "parquet";

/** The bytes of a table in a format. `options` say which columns and rows; those of CSV count for CSV. */
export async function exportedTable(
  table: TableHdu,
  format: ExportFormat,
  options: CsvOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const { toArrowFile, toCsv, toEcsv, toJson, toNdjson, toParquet, toTsv, toVotable } = await import(
    "fitslice/export"
  );
  const { escapeFormulas: _, delimiter: __, ...selection } = options;
  switch (format) {
    case "csv":
      return toCsv(table, options);
    case "tsv":
      return toTsv(table, selection);
    case "ecsv":
      return toEcsv(table, selection);
    case "votable":
      return toVotable(table, selection);
    case "json":
      return toJson(table, selection);
    case "ndjson":
      return toNdjson(table, selection);
    case "arrow":
      return toArrowFile(table, selection);
    default:
      return toParquet(table, selection);
  }
}
