/**
 * What the service does not do, and why: the errors of DALI (section 5.2 of DALI 1.1), and the statuses of HTTP.
 */
import { FitsError, printable } from "../errors.js";

/** The words with which texts of errors begin (SODA 1.0, section 5.2). */
export type ErrorWord =
  | "UsageError"
  | "MultiValuedParamNotSupported"
  | "AuthorizationError"
  | "ServiceUnavailable"
  | "Error";

/** A request that is not answered as asked; a store of jobs throws these, too. The message is one line for the client. */
export class Refusal extends Error {
  /** Of HTTP. */
  readonly status: number;
  /** Begins the text of the answer, before a colon. */
  readonly word: ErrorWord;

  constructor(status: number, word: ErrorWord, message: string) {
    super(printable(message));
    this.status = status;
    this.word = word;
  }
}

/** A request that makes no sense: 400. */
export function usage(message: string): Refusal {
  return new Refusal(400, "UsageError", message);
}

export function notFound(message: string): Refusal {
  return new Refusal(404, "UsageError", message);
}

/** More than this service moves for a request: 413. */
export function tooMuch(message: string): Refusal {
  return new Refusal(413, "UsageError", message);
}

const ofRequest =
  /^(BAD_SELECTION|BAD_ARGUMENT|NO_SUCH_HDU|NO_SUCH_KEYWORD|NO_SUCH_COLUMN|WRONG_TYPE|UNSUPPORTED)$/;
const ofUpstream =
  /^(NOT_FOUND|FORBIDDEN|BAD_CREDENTIALS|EXPIRED|HTTP|NETWORK|SHORT_READ|RANGE_IGNORED|BAD_RANGE|SOURCE_CHANGED|CLOSED)$/;

/** Any error as a refusal: `tell` makes the text of the library's errors; what no one expected says no more than that. */
export function refusalOf(error: unknown, signal: AbortSignal, tell: (error: FitsError) => string): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof FitsError) {
    if (ofRequest.test(error.code)) return new Refusal(400, "UsageError", tell(error));
    if (error.code === "TOO_LARGE") return new Refusal(413, "UsageError", tell(error));
    if (error.code === "TIMEOUT") return new Refusal(504, "ServiceUnavailable", tell(error));
    return new Refusal(ofUpstream.test(error.code) ? 502 : 500, "Error", tell(error));
  }
  if (signal.aborted)
    return (signal.reason as { name?: string } | undefined)?.name === "TimeoutError"
      ? new Refusal(504, "ServiceUnavailable", "the request took longer than this service allows")
      : new Refusal(499, "Error", "the request was aborted");
  return new Refusal(500, "Error", "an unexpected error");
}
