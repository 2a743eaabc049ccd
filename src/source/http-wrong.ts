/**
 * What is wrong with an answer over HTTP, in words.
 */
import { FitsError } from "../errors.js";
import type { RequestRecord } from "./source.js";

/** The error for `wrongAnswer(what, said)` to the request of `entry`. */
export function wrong(what: string, said: unknown, href: string, entry: RequestRecord): FitsError {
  const { offset, requested, length } = entry;
  switch (what) {
    case "short":
      return new FitsError(
        "SHORT_READ",
        `${href}: the answer ended at byte ${offset + length} instead of ${said}; try again`,
      );
    case "range":
    case "more": {
      const asked = `asked for bytes ${offset}-${offset + requested - 1}`;
      const sent = what === "more" ? "more bytes than it said" : (said ?? "no Content-Range");
      return new FitsError(
        "BAD_RANGE",
        `${href}: ${asked}, the server sent ${sent}; a proxy or the server is at fault`,
      );
    }
    case "ignored":
      return rangeIgnored(href);
    default: {
      const [was, is] = said as [unknown, unknown];
      return new FitsError(
        "SOURCE_CHANGED",
        `${href} changed while it was read: its ${what} was ${was} and is ${is}; open it again`,
      );
    }
  }
}

/** The error for a server that sends large objects whole, whatever it is asked. */
export function rangeIgnored(href: string): FitsError {
  return new FitsError(
    "RANGE_IGNORED",
    `${href}: the server ignores range requests and the object is too large to read whole; download it, or use another server`,
  );
}

/** The error for an answer that is compressed on its way, `said` being its Content-Encoding. */
export function recoded(href: string, said: string): FitsError {
  return new FitsError(
    "BAD_RANGE",
    `${href}: the server compresses what it sends (Content-Encoding: ${said}) although it was asked not to, so its bytes cannot be told apart; have that switched off for FITS files`,
  );
}
