/**
 * Which sources are no FITS files but tables of other formats.
 */
import { extname } from "node:path";

export type ForeignFormat = "arrow" | "parquet";

const formats: Readonly<Record<string, ForeignFormat>> = {
  ".arrow": "arrow",
  ".feather": "arrow",
  ".parquet": "parquet",
  ".pq": "parquet",
};

/** The format of a source that is no FITS file, by its name. */
export function foreignFormat(source: string): ForeignFormat | undefined {
  const path =
    /^[a-z][a-z0-9+.-]+:/i.test(source) && URL.canParse(source) ? new URL(source).pathname : source;
  return formats[extname(path).toLowerCase()];
}
