/**
 * A profile as a HAR 1.2 file, which the network panels of browsers open.
 */
import { checkMembers, checkOptional } from "../argument.js";
import type { ProfileSummary, RequestEvent } from "./profile.js";

interface HarHeader {
  name: string;
  value: string;
}

/** A log in the HTTP Archive format 1.2. */
export interface Har {
  log: {
    version: string;
    creator: { name: string; version: string };
    pages: object[];
    entries: object[];
  };
}

/**
 * The HTTP requests of a profile in the HTTP Archive format 1.2 (reads of local files are entries without a status).
 * Holds no credentials: the profile has none.
 *
 * @param startedAt when the profile's first request was sent; default: its length before now
 */
export function toHar(summary: ProfileSummary, startedAt?: Date): Har {
  checkMembers(summary, ["events"], "a summary", "that of a profile");
  checkOptional({ startedAt }, "a Date", (value) => value instanceof Date);
  const seconds = summary.events.reduce((latest, { end }) => Math.max(latest, end), 0);
  const origin = startedAt?.getTime() ?? Date.now() - seconds * 1000;
  return {
    log: {
      version: "1.2",
      creator: { name: "fitslice", version: "1" },
      pages: [],
      entries: summary.events.map((event) => entry(event, origin)),
    },
  };
}

function entry(event: RequestEvent, origin: number): object {
  const wait = milliseconds(event.firstByte - event.start);
  const receive = milliseconds(event.end - event.firstByte);
  const parts = event.parts ?? [{ offset: event.offset, length: Math.max(event.requested, 1) }];
  const range = `bytes=${parts.map(({ offset, length }) => `${offset}-${offset + length - 1}`).join(",")}`;
  const requestHeaders = headers({ range, ...lowerCase(event.requestHeaders) });
  const responseHeaders = headers(lowerCase(event.responseHeaders));
  return {
    startedDateTime: new Date(origin + event.start * 1000).toISOString(),
    time: wait + receive,
    request: {
      method: "GET",
      url: event.url,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: requestHeaders,
      queryString: [],
      headersSize: -1,
      bodySize: 0,
    },
    response: {
      status: event.status,
      statusText: event.failure ?? "",
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: responseHeaders,
      content: {
        size: event.length,
        mimeType:
          responseHeaders.find(({ name }) => name === "content-type")?.value ?? "application/octet-stream",
      },
      redirectURL: responseHeaders.find(({ name }) => name === "location")?.value ?? "",
      headersSize: -1,
      bodySize: event.length,
    },
    cache: {},
    timings: { blocked: -1, dns: -1, connect: -1, send: 0, wait, receive, ssl: -1 },
    comment: event.failure === undefined ? event.label : `${event.label}: ${event.failure}`,
  };
}

function headers(values: Readonly<Record<string, string>>): HarHeader[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function lowerCase(values: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
}

/** To the microsecond. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}
