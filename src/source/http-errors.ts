/**
 * What is wrong with an answer over HTTP, or with the lack of one, in words.
 */
import { FitsError } from "../errors.js";
import { type Hide, isOpen, quoted } from "./redact.js";
import { OutOfPatience } from "./retry.js";
import type { RequestRecord } from "./source.js";
import { inBrowser } from "./transport.js";

/** Thrown where an answer contradicts the question, or the answers before: nothing of it counts. */
export class WrongAnswer extends Error {
  readonly error: FitsError;
  /** Whether another try may meet a better answer. */
  readonly passing: boolean;
  /** Whether the size of the object would help, which a request without a range tells. */
  readonly askSize: boolean;

  constructor(
    error: FitsError,
    { passing = true, askSize = false }: { passing?: boolean; askSize?: boolean } = {},
  ) {
    super(error.message);
    this.error = error;
    this.passing = passing;
    this.askSize = askSize;
  }
}

/** Whom an error is about, and what must not be in it. */
export interface Named {
  readonly href: string;
  readonly hide: Hide;
}

type Asked = Pick<RequestRecord, "offset" | "requested">;

function asked({ offset, requested }: Asked): string {
  return `asked for bytes ${offset}-${offset + requested - 1}`;
}

/** The answer to another range than asked for; `said` is its Content-Range, or its status. */
export function otherRange({ href, hide }: Named, entry: Asked, said: string | undefined): FitsError {
  const sent = said === undefined ? "no Content-Range" : quoted(said, hide);
  return new FitsError(
    "BAD_RANGE",
    `${href}: ${asked(entry)}, the server sent ${sent}; a proxy or the server is at fault`,
  );
}

/** More bytes than the answer itself says. */
export function moreBytes({ href }: Named, entry: Asked): FitsError {
  return new FitsError(
    "BAD_RANGE",
    `${href}: ${asked(entry)}, the server sent more bytes than it said; a proxy or the server is at fault`,
  );
}

/** Fewer bytes than the answer itself says, though it ended as if it were complete. */
export function fewerBytes({ href }: Named, end: number, promised: number): FitsError {
  return new FitsError(
    "SHORT_READ",
    `${href}: the answer ended at byte ${end} instead of ${promised}; try again`,
  );
}

/** Another version of the object than before; `what` has changed. */
export function changed({ href, hide }: Named, what: string, was: unknown, is: unknown): FitsError {
  const change = `its ${what} was ${quoted(was, hide)} and is ${quoted(is, hide)}`;
  return new FitsError("SOURCE_CHANGED", `${href} changed while it was read: ${change}; open it again`);
}

/** An answer that does not say of which version it is, though those before did. */
export function unknownVersion({ href }: Named, status: number): FitsError {
  const answer = status === 200 ? "a whole page in place of a range" : "bytes";
  return new FitsError(
    "SOURCE_CHANGED",
    `${href}: the server sent ${answer} without what told the version before; open it again, or give { pin: "size" }`,
  );
}

/** A server that sends large objects whole, whatever it is asked. */
export function rangeIgnored(href: string): FitsError {
  return new FitsError(
    "RANGE_IGNORED",
    `${href}: the server ignores range requests and the object is too large to read whole; download it, or use another server`,
  );
}

/** An answer that is compressed on its way. */
export function recoded({ href, hide }: Named, encoding: string): FitsError {
  return new FitsError(
    "BAD_RANGE",
    `${href}: the server compresses what it sends (Content-Encoding: ${quoted(encoding, hide)}) unasked; have that switched off for FITS files`,
  );
}

/** A part whose place a browser hides. */
export function hiddenRange(href: string): FitsError {
  return new FitsError(
    "BAD_RANGE",
    `${href}: the server hides Content-Range from this page; it must send "Access-Control-Expose-Headers: Content-Range, ETag"`,
  );
}

/** A request that came to nothing, or to not enough. */
export interface Failed {
  readonly error: FitsError;
  /** Whether the same request may go well later, not before `after` milliseconds. */
  readonly passing: boolean;
  readonly after?: number | undefined;
  readonly askSize?: boolean | undefined;
}

/** What to make of what a request threw: by this library, by a client, or by a function of the user's. */
export function failureOf(
  cause: unknown,
  { href, hide }: Named,
  { answered, timeout }: { answered: boolean; timeout: number },
): Failed {
  if (cause instanceof FitsError) return { error: cause, passing: false };
  if (cause instanceof WrongAnswer) return cause;
  if (cause instanceof OutOfPatience) {
    const rate = Math.ceil(cause.bytesPerSecond);
    const what = rate === 0 ? "silence" : `no more than ${rate} bytes per second`;
    const advice = rate === 0 ? "allow a longer timeout" : "set minBytesPerSecond to 0";
    const text = `${href}: ${what} for ${timeout / 1000} s; try again, or ${advice}`;
    return { error: new FitsError("TIMEOUT", text), passing: true };
  }
  const { code, says } = describe(cause);
  const what = `${answered ? "the connection broke" : "no answer"} (${quoted(code ?? says, hide)})`;
  const advice = `check the address and the network${inBrowser ? ", and that the server allows this page (CORS)" : ""}`;
  const error = new FitsError(
    "NETWORK",
    `${href}: ${what}; ${advice}`,
    showable(cause, hide) ? { cause } : {},
  );
  // A name or port that never answered will not begin to within seconds.
  const hopeless = /ENOTFOUND|ECONNREFUSED|ERR_INVALID|CERT|TLS|SELF_SIGNED|UNABLE_TO/.test(code ?? "");
  return { error, passing: answered || !hopeless };
}

/** What a client says of its failure, which may be no Error at all. */
function describe(cause: unknown): { code?: string | undefined; says: string } {
  if (typeof cause !== "object" || cause === null)
    return { says: typeof cause === "string" ? cause : `the client failed with ${String(cause)}` };
  const { message, name, code, cause: inner } = cause as Partial<Error> & { code?: unknown };
  // Node's fetch tells why in the cause of its error.
  const why = code ?? (inner as { code?: unknown } | undefined)?.code;
  // What a client says of headers quotes their values.
  const says = message && !/header/i.test(message) ? message : (name ?? "the client failed");
  return { code: typeof why === "string" ? why : undefined, says };
}

/** Whether an error may be handed on as a cause: whoever logs it sees all that is in it. */
function showable(cause: unknown, hide: Hide): boolean {
  if (!(cause instanceof Error) || /header/i.test(cause.message)) return false;
  // Clients that put requests into their errors put headers there, too.
  const hasObjects = Object.values(cause).some((value) => typeof value === "object" && value !== null);
  const inner = cause.cause instanceof Error ? cause.cause.stack : cause.cause;
  return !hasObjects && isOpen(`${cause.message} ${cause.stack} ${String(inner)}`, hide);
}
