/**
 * The one error class of the library, with a code that programs can switch on.
 */

/**
 * What went wrong, in a word:
 *
 * - `NOT_FITS` no FITS file here; `BAD_HEADER` a header that cannot be used; `TRUNCATED` the file ends before its
 *   data do; `BAD_DATA` data that contradict their header (corrupt tiles, lying descriptors); `UNSUPPORTED` valid
 *   FITS that fitslice does not read; `TOO_LARGE` a size that no file or memory here could hold.
 * - `NO_SUCH_HDU`, `NO_SUCH_KEYWORD`, `NO_SUCH_COLUMN` nothing by that name; `WRONG_TYPE` a value or HDU of another
 *   type than asked for; `BAD_SELECTION` a section that does not fit the shape; `BAD_ARGUMENT` any other bad option.
 * - `NOT_FOUND` no such object; `FORBIDDEN` the server refuses; `BAD_CREDENTIALS` wrong, expired or missing keys;
 *   `HTTP` another bad status; `NETWORK` no answer; `TIMEOUT` silence for too long; `SHORT_READ` fewer bytes than
 *   promised; `RANGE_IGNORED` a server without range requests; `BAD_RANGE` an answer to another range than asked
 *   for; `SOURCE_CHANGED` another object than the one first opened; `BAD_SOURCE` an address or path not understood,
 *   or of a scheme that was not allowed; `CLOSED` a read of a file or source that was closed.
 * - `BAD_INDEX` a sidecar index that does not match its file.
 */
export type FitsErrorCode =
  | "NOT_FITS"
  | "BAD_HEADER"
  | "TRUNCATED"
  | "BAD_DATA"
  | "UNSUPPORTED"
  | "TOO_LARGE"
  | "NO_SUCH_HDU"
  | "NO_SUCH_KEYWORD"
  | "NO_SUCH_COLUMN"
  | "WRONG_TYPE"
  | "BAD_SELECTION"
  | "BAD_ARGUMENT"
  | "NOT_FOUND"
  | "FORBIDDEN"
  | "BAD_CREDENTIALS"
  | "HTTP"
  | "NETWORK"
  | "TIMEOUT"
  | "SHORT_READ"
  | "RANGE_IGNORED"
  | "BAD_RANGE"
  | "SOURCE_CHANGED"
  | "BAD_SOURCE"
  | "CLOSED"
  | "BAD_INDEX";

/** Every failure that fitslice itself finds. An abort is not one: it rejects with the signal's own reason. */
export class FitsError extends Error {
  override readonly name: string = "FitsError";
  /** What went wrong, for programs. */
  readonly code: FitsErrorCode;

  /** @param message one line: what, where, and what to do about it */
  constructor(code: FitsErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** How errors and profiles call an HDU: `"HDU 1 (SCI)"`, on one line whatever is in its name. */
export function hduLabel({ index, name }: { readonly index: number; readonly name: string }): string {
  return name === "" ? `HDU ${index}` : `HDU ${index} (${name.replace(/[^ -~]/g, "?")})`;
}
