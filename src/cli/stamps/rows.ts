/**
 * A local file for reading at once, by the thread that cuts its stamps.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FitsError } from "fitslice";
import type { RowFile } from "fitslice/stamps";

/** What a file begins with that is not compressed as a whole. */
const plainStart = "SIMPLE  =";

/** The file at a path, or file: URL; undefined where its bytes are not those of the FITS file. */
export function openRows(source: string): (RowFile & { close(): void }) | undefined {
  const path = /^file:/i.test(source) ? fileURLToPath(source) : source;
  const file = openSync(path, "r");
  const start = Buffer.alloc(plainStart.length);
  readSync(file, start, 0, start.length, 0);
  const first = fstatSync(file);
  if (start.toString("latin1") !== plainStart || !first.isFile()) {
    closeSync(file);
    return undefined;
  }
  return {
    read(into, offset) {
      let at = 0;
      while (at < into.length) {
        const bytes = readSync(file, into, at, into.length - at, offset + at);
        if (bytes === 0) break;
        at += bytes;
      }
      return at;
    },
    check() {
      const { size, mtimeMs } = fstatSync(file);
      if (size !== first.size || mtimeMs !== first.mtimeMs)
        throw new FitsError("SOURCE_CHANGED", `${path} changed while it was read; cut its stamps again`);
    },
    close: () => closeSync(file),
  };
}
