/**
 * The body of an answer with many ranges, `multipart/byteranges` (RFC 9110, 14.6; RFC 2046, 5.1): parts, each with a
 * Content-Range, between lines of a boundary. Read as its bytes come, in memory that does not depend on the server.
 */
import { type ContentRange, contentRange } from "./http-response.js";

/** Who takes the parts of a body. */
export interface PartTaker {
  /** A part begins. False: it is none that was asked for. */
  begin(range: ContentRange): boolean;
  /** Its next bytes. */
  take(bytes: Uint8Array): void;
  /** It ended where its Content-Range says. */
  end(): void;
}

/** A body that is not what its header promises: nothing after that place is to be believed. */
export class Malformed extends Error {}

/** The lines before a part: the boundary, Content-Type, Content-Range and little else. */
const longestHead = 4096;

/** The boundary that a Content-Type gives; undefined where it is none of `multipart/byteranges`. */
export function boundaryOf(contentType = ""): string | undefined {
  if (!/^\s*multipart\/byteranges\s*;/i.test(contentType)) return undefined;
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200})(?![^\s;]))/i.exec(contentType) ?? [];
  return quoted ?? plain;
}

/** A reader of one body. */
export interface PartReader {
  /** The next bytes. Throws `Malformed`, and what `taker` throws. */
  push(chunk: Uint8Array): void;
  /** The line that ends the body has come. */
  readonly ended: boolean;
}

export function partReader(boundary: string, taker: PartTaker): PartReader {
  const line = `--${boundary}`;
  /** What has come of the lines before the next part, a character for each byte. */
  let head = "";
  /** Bytes that the part still lacks; undefined between parts. */
  let lacking: number | undefined;
  let isFirst = true;
  let ended = false;

  /** Adds to the head; answers with how many of `bytes` belong to it. */
  function readHead(bytes: Uint8Array): number {
    const before = head.length;
    head += latin1(bytes.subarray(0, Math.min(endOfLines(bytes), longestHead - before)));
    const start = head.startsWith("\r\n") ? 2 : 0;
    if (head.startsWith(`${line}--`, start)) {
      endPart();
      ended = true;
      return bytes.length;
    }
    const end = head.indexOf("\r\n\r\n", start);
    if (end < 0) {
      const isLine =
        head.startsWith(line, start) || head === "\r" || `${line}--`.startsWith(head.slice(start));
      if (head.length >= longestHead || !isLine) throw new Malformed("no line of the boundary");
      return head.length - before;
    }
    const [first = "", ...fields] = head.slice(start, end).split("\r\n");
    if (first.trimEnd() !== line) throw new Malformed("no line of the boundary");
    const places = fields.filter((field) => /^content-range:/i.test(field));
    const range = places.length === 1 ? contentRange(places[0]!.slice(14)) : undefined;
    endPart();
    if (!range || !taker.begin(range)) throw new Malformed("a part that was not asked for");
    lacking = range.end - range.start;
    head = "";
    return end + 4 - before;
  }

  /** The boundary has come where the part before it was to end. */
  function endPart(): void {
    if (!isFirst) taker.end();
    isFirst = false;
  }

  return {
    get ended() {
      return ended;
    },
    push(chunk) {
      for (let at = 0; at < chunk.length && !ended; ) {
        if (lacking === undefined) {
          at += readHead(chunk.subarray(at));
          continue;
        }
        const bytes = chunk.subarray(at, at + lacking);
        taker.take(bytes);
        at += bytes.length;
        lacking -= bytes.length;
        if (lacking === 0) lacking = undefined;
      }
    },
  };
}

/** The place behind the first empty line, or at the end of `bytes`. */
function endOfLines(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1))
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  return bytes.length;
}

const decoder = new TextDecoder("latin1");

/** A character for each byte. */
function latin1(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
