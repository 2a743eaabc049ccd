/**
 * What tells two versions of an object apart: answers over HTTP are held against those before.
 */
import type { TransportResponse } from "../platform/types.js";
import { changed, type Named, unknownVersion, WrongAnswer } from "./http-errors.js";
import type { Pin } from "./options.js";

/** What tells two versions of an object apart. */
export interface Version {
  readonly size?: number | undefined;
  /** Whether parts of the object tell its size: a server may tell the size only beyond the end. */
  readonly partsTellSize?: boolean | undefined;
  /** Without the W/ of a weak one: two answers with different ones are of different objects. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** What to know the object by: a strong ETag (the same one: the same bytes; RFC 9110, 8.8.1), else lastModified. */
  readonly tag?: string | undefined;
}

/** What is known of an object from the answers so far. */
export interface Known {
  /** What must stay the same. */
  readonly pin: Pin;
  readonly version: Version;
  /** The object has bytes up to here at least. */
  readonly seen: number;
  /** A range was answered with a range. */
  readonly rangesWork: boolean;
}

type Head = Pick<TransportResponse, "status" | "headers" | "filtered">;

/**
 * What is known of the object's version when this answer is believed. Throws `WrongAnswer` when it contradicts the
 * answers before, or leaves out what tells versions apart. Headers are compared here, not by If-Match: a browser would
 * have to ask for leave to send that.
 *
 * @param size the size of the whole object, as far as the answer tells
 * @param sizeAsked whether the size is what was asked for
 */
export function agreedVersion(
  { pin, version: before, seen, rangesWork }: Known,
  response: Head,
  size: number | undefined,
  { named, sizeAsked }: { named: Named; sizeAsked: boolean },
): Version {
  const { status, headers } = response;
  const { etag: tag, "last-modified": lastModified } = headers;
  const etag = tag?.replace("W/", "");
  const weak = tag?.[0] !== '"';
  // Where ranges work, an answer 200 to a question for a range comes from a proxy, not from a new version of the file.
  const passing = status === 200 && rangesWork;
  const same = (what: string, was: unknown, is: unknown): void => {
    if (was === undefined || is === undefined || was === is) return;
    throw new WrongAnswer(changed(named, what, was, is), { passing });
  };
  if (pin !== "none") same("size", before.size, size);
  if (pin !== "none" && size !== undefined && size < seen) same("size", `${seen} or more`, size);
  if (pin === "etag") {
    same("ETag", before.etag, etag);
    if (weak || before.etag === undefined) same("modification time", before.lastModified, lastModified);
  }
  // A server that sends no validator and no size with its parts cannot vouch for the size: the size is believed.
  const firstSize = sizeAsked && before.etag === undefined && before.lastModified === undefined;
  if (
    status !== 416 &&
    rangesWork &&
    !firstSize &&
    !isVouched(pin, before, { size, etag, lastModified }, response)
  )
    throw new WrongAnswer(unknownVersion(named, status));
  return {
    size: pin === "none" ? (size ?? before.size) : (before.size ?? size),
    partsTellSize: before.partsTellSize === true || (status === 206 && size !== undefined),
    etag: before.etag ?? etag,
    lastModified: before.lastModified ?? lastModified,
    tag: before.tag ?? (pin !== "etag" ? undefined : weak ? lastModified : tag),
  };
}

/** Whether an answer says of which version it is as the answers before did. */
function isVouched(
  pin: Pin,
  before: Version,
  { size, etag, lastModified }: Version,
  { status, filtered }: Head,
): boolean {
  if (pin === "none") return true;
  if (pin === "etag" && before.etag !== undefined)
    return (
      etag !== undefined || (filtered && before.lastModified !== undefined && lastModified !== undefined)
    );
  if (pin === "etag" && before.lastModified !== undefined) return lastModified !== undefined;
  // Nothing but its size tells this object from others.
  if (status === 200) return size !== undefined && before.size !== undefined;
  return size !== undefined || before.partsTellSize !== true || filtered;
}
