/**
 * What can go wrong with a server, on purpose.
 */
import type { ServerResponse } from "node:http";
import { seeded } from "./content.js";

/**
 * - `500`, `503` (with Retry-After), `429` (likewise), `408`: the status;
 * - `refuse`: the connection is reset before an answer; `reset`: after a part of the body;
 * - `short`: the body ends early, against its Content-Length; `less`: Content-Length and body are shorter than
 *   Content-Range says; `more`: they are longer;
 * - `silent`: no answer; `stall`: silence after a part of the body;
 * - `clean`: no Content-Length, and an end after a part of the body as if that were all; `page`: a page of HTML with the
 *   Content-Range that was asked for; `page200`: the page, status 200, of unknown length; `416`: the status, without the
 *   size of the object;
 * - `trickle`: a byte each `trickle` milliseconds;
 * - `bare`: the right bytes without ETag and Last-Modified;
 * - `200`: the whole object in place of the range; `range`: another range, and honest about it; `shift`: the bytes
 *   asked for, with the Content-Range of others;
 * - `etag`: another ETag; `size`: another total size;
 * - `garbage`: no HTTP.
 */
export type Fault = (typeof allFaults)[number];

export const allFaults = [
  "500",
  "503",
  "429",
  "408",
  "refuse",
  "reset",
  "short",
  "less",
  "more",
  "silent",
  "stall",
  "clean",
  "page",
  "page200",
  "416",
  "trickle",
  "bare",
  "200",
  "range",
  "shift",
  "etag",
  "size",
  "garbage",
] as const;

export interface FaultOptions {
  /** Share of requests that fail, 0 to 1. */
  readonly rate: number;
  readonly seed?: number;
  /** Default: all. */
  readonly kinds?: readonly Fault[];
  /** Seconds in Retry-After. Default 0. */
  readonly retryAfter?: number | string;
  /** Milliseconds between two bytes of a trickle. Default 20. */
  readonly trickle?: number;
  /** The first requests, so many, meet no fault by chance. Default 0. */
  readonly spared?: number;
}

/** Which fault the next request meets: those queued first, then by chance. */
export function faultSource(options: FaultOptions | undefined, queue: Fault[]): () => Fault | undefined {
  const random = seeded(options?.seed ?? 1);
  const kinds = options?.kinds ?? allFaults;
  let spared = options?.spared ?? 0;
  return () => {
    const queued = queue.shift();
    if (queued) return queued;
    if (spared-- > 0) return undefined;
    if (!options || random() >= options.rate) return undefined;
    return kinds[Math.floor(random() * kinds.length)];
  };
}

/** What a proxy says that wants a user to log in first. */
export const loginPage = "<!doctype html><title>Log in</title><p>Your session has expired.";

/** Faults that leave no answer to go on with. True when `fault` was one of them. */
export function failAtOnce(
  fault: Fault | undefined,
  response: ServerResponse,
  retryAfter: number | string,
): boolean {
  switch (fault) {
    case "500":
    case "408":
      response.writeHead(Number(fault), { "content-type": "text/plain" }).end("try again");
      return true;
    case "503":
    case "429":
      response.writeHead(Number(fault), { "retry-after": String(retryAfter) }).end("slow down");
      return true;
    case "416":
      response.writeHead(416).end();
      return true;
    case "page200":
      response.writeHead(200, { "content-type": "text/html", "transfer-encoding": "chunked" }).end(loginPage);
      return true;
    case "refuse":
      response.socket?.resetAndDestroy();
      return true;
    case "garbage":
      response.socket?.end("\u0000\u0001 this is not HTTP at all\r\n\r\n\r\n");
      return true;
    case "silent":
      return true;
    default:
      return false;
  }
}
