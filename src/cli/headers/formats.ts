/**
 * Which format a table of headers is written in.
 */
import { extname } from "node:path";
import { badUsage } from "../failure.js";
import { isFolder } from "../files.js";
import { refuseTerminal } from "../output.js";
import type { TableFormat } from "./file.js";

export const tableFormats = [
  "csv",
  "json",
  "ndjson",
  "arrow",
  "parquet",
  "fits",
] as const satisfies TableFormat[];

export interface FormatOptions {
  output?: string;
  format?: TableFormat;
  json?: boolean;
}

/** The format that --format, the name of the output or --json tells; text for people. Throws `Failure` (wrong usage). */
export function tableFormat({ output, format, json }: FormatOptions): TableFormat {
  if (output === undefined || output === "-") {
    const chosen = format ?? (json ? "json" : "text");
    if (/^(arrow|parquet|fits)$/.test(chosen)) refuseTerminal(output, chosen);
    return chosen;
  }
  if (isFolder(output)) throw badUsage(`${output} is a folder; name a file in it`);
  const extension = extname(output).slice(1).toLowerCase();
  const aliases: Readonly<Record<string, TableFormat>> = { fit: "fits", feather: "arrow", jsonl: "ndjson" };
  const found = format ?? tableFormats.find((name) => name === extension) ?? aliases[extension];
  if (found) return found;
  throw badUsage(
    `cannot tell the format of ${output}; end it in ${tableFormats.map((f) => `.${f}`).join(", ")} or say --format`,
  );
}
