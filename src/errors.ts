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
 *   `EXPIRED` a signed address, or a token, that was good for a time;
 *   `HTTP` another bad status; `NETWORK` no answer; `TIMEOUT` silence for too long; `SHORT_READ` fewer bytes than
 *   promised; `RANGE_IGNORED` a server without range requests; `BAD_RANGE` an answer to another range than asked
 *   for; `SOURCE_CHANGED` another object than the one first opened; `BAD_SOURCE` an address or path not understood,
 *   or of a scheme that was not allowed.
 * - `BAD_INDEX` a sidecar index, or an overview, that does not match its file; `CLOSED` a read of a file, source or session
 *   that was closed.
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
  | "EXPIRED"
  | "HTTP"
  | "NETWORK"
  | "TIMEOUT"
  | "SHORT_READ"
  | "RANGE_IGNORED"
  | "BAD_RANGE"
  | "SOURCE_CHANGED"
  | "BAD_SOURCE"
  | "BAD_INDEX"
  | "CLOSED";

/** Every failure that fitslice itself finds. An abort is not one: it rejects with the signal's own reason. */
export class FitsError extends Error {
  override readonly name: string = "FitsError";
  /** What went wrong, for programs. */
  readonly code: FitsErrorCode;

  /** @param message one line: what, where, and what to do about it; made `printable`, whatever it quotes */
  constructor(code: FitsErrorCode, message: string, options?: { cause?: unknown }) {
    super(printable(message), options);
    this.code = code;
  }
}

/**
 * Text of a file or a server as messages show it: on one line, without characters that a terminal would obey. Control
 * characters (ESC and U+007F to U+009F among them), line separators and marks of writing direction become `?`.
 */
export function printable(text: string): string {
  return text.replace(unprintable, "?");
}

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** How many items `listed` shows. */
const mostListed = 10;

/** A list as messages show it: `a, b, c`; of a long one the first ten, then `... 1001 in all`. */
export function listed(items: readonly string[]): string {
  const shown = items.slice(0, mostListed).map(printable);
  if (items.length > mostListed) shown.push(`... ${items.length} in all`);
  return shown.join(", ");
}

/** How errors and profiles call an HDU: `"HDU 1 (SCI)"`, on one line whatever is in its name. */
export function hduLabel({ index, name }: { readonly index: number; readonly name: string }): string {
  return name === "" ? `HDU ${index}` : `HDU ${index} (${printable(name)})`;
}
