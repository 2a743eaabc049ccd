/**
 * What the headers of an HTTP answer mean for a reader of ranges.
 */
import { FitsError } from "../errors.js";

/** What a Content-Range header says: bytes `start` to `end` (half-open) of `size`, each where it is given. */
export interface ContentRange {
  readonly start?: number;
  readonly end?: number;
  readonly size?: number;
}

/** `bytes a-b/size`, `bytes a-b/*` or `bytes *\/size` (RFC 9110, 14.4); undefined for anything else. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = /^\s*bytes\s+(?:(\d+)-(\d+)|\*)\/(?:(\d+)|\*)\s*$/i.exec(header ?? "");
  if (!match) return undefined;
  const [start, last, size] = match
    .slice(1)
    .map((digits) => (digits === undefined ? undefined : Number(digits)));
  const end = last === undefined ? undefined : last + 1;
  if (start !== undefined && end !== undefined && end <= start) return undefined;
  if (size !== undefined && end !== undefined && end > size) return undefined;
  return {
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(size !== undefined && { size }),
  };
}

/** Content-Length, where it is given and counts the bytes of the object itself. */
export function contentLength(headers: Readonly<Record<string, string>>): number | undefined {
  const length = headers["content-length"];
  const encoding = headers["content-encoding"] ?? "identity";
  return length !== undefined && /^\d+$/.test(length) && encoding === "identity" ? Number(length) : undefined;
}

/** What tells two versions of an object apart. */
export interface Version {
  size?: number | undefined;
  /** A strong ETag: two answers with the same one are the same byte for byte (RFC 9110, 8.8.1). */
  etag?: string | undefined;
  lastModified?: string | undefined;
}

/**
 * Remembers in `pinned` what an answer tells of the object's version. Throws SOURCE_CHANGED when it contradicts what
 * was told before. Headers are compared here, not by If-Match: a browser would have to ask for leave to send that.
 */
export function pin(
  pinned: Version,
  headers: Readonly<Record<string, string>>,
  size: number | undefined,
  href: string,
): void {
  const etag = headers["etag"]?.startsWith('"') ? headers["etag"] : undefined;
  const lastModified = headers["last-modified"];
  const differ = (was: unknown, is: unknown): boolean => was !== undefined && is !== undefined && was !== is;
  const changed = differ(pinned.size, size)
    ? `its size was ${pinned.size} and is ${size}`
    : differ(pinned.etag, etag)
      ? `its ETag was ${pinned.etag} and is ${etag}`
      : !etag && !pinned.etag && differ(pinned.lastModified, lastModified)
        ? `it was last modified ${pinned.lastModified} and is ${lastModified}`
        : undefined;
  if (changed)
    throw new FitsError("SOURCE_CHANGED", `${href} changed while it was read: ${changed}; open it again`);
  pinned.size ??= size;
  pinned.etag ??= etag;
  pinned.lastModified ??= lastModified;
}

/** The error for a status that no retry will mend. */
export function statusError(status: number, href: string, signed: boolean): FitsError {
  if (status === 401) {
    const advice = signed
      ? "check the credentials given"
      : "give credentials: an Authorization header or user:password@ in the URL";
    return new FitsError("BAD_CREDENTIALS", `${href}: the server wants other credentials (401); ${advice}`);
  }
  if (status === 403) {
    const advice = signed
      ? "these credentials may not read it"
      : "it is not public: give credentials, or check the address";
    return new FitsError("FORBIDDEN", `${href}: the server refuses (403); ${advice}`);
  }
  if (status === 404 || status === 410) {
    return new FitsError("NOT_FOUND", `${href}: nothing there (${status}); check the address`);
  }
  return new FitsError("HTTP", `${href}: the server answered with status ${status}`);
}
