/**
 * Responses: headers that all have, strong ETags, parts of held answers, streams.
 */
import { sha256 } from "#platform";
import { printable } from "../errors.js";
import type { CutBody } from "./cut.js";
import type { Refusal } from "./refusal.js";

/** What pages of any origin may read. */
const open = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "ETag, Content-Range, Content-Length, Accept-Ranges, Location",
  "X-Content-Type-Options": "nosniff",
};

/** An answer in text or markup that is made anew each time. */
export function textAnswer(
  text: string,
  type = "text/plain; charset=utf-8",
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(text, {
    status,
    headers: { ...open, "Content-Type": type, "Cache-Control": "no-store", ...headers },
  });
}

/** An error as DALI has it: one line of text that begins with the kind of error. */
export function refusalAnswer({ status, word, message }: Refusal): Response {
  const headers: Record<string, string> = status === 503 ? { "Retry-After": "1" } : {};
  return textAnswer(`${word}: ${printable(message)}\n`, "text/plain; charset=utf-8", { status, headers });
}

/** 204: nothing of the file overlaps (SODA 1.0, section 5.1). */
export function nothing(): Response {
  return new Response(null, { status: 204, headers: { ...open, "Cache-Control": "no-cache" } });
}

export function seeOther(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { ...open, Location: location, "Cache-Control": "no-store" },
  });
}

/** What a browser asks before it sends more than a simple request. */
export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...open,
      "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE, OPTIONS",
      "Access-Control-Allow-Headers": "Range, If-None-Match, If-Range, Content-Type",
      "Access-Control-Max-Age": "86400",
    },
  });
}

/** A strong ETag of all that an answer depends on. */
export async function etagOf(...parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = (await sha256(bytes)).subarray(0, 16);
  return `"${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

/** Whether the client holds this version already. */
export function isHeld(request: Request, etag: string): boolean {
  const header = request.headers.get("If-None-Match") ?? "";
  return header !== "" && header.split(",").some((each) => ["*", etag, `W/${etag}`].includes(each.trim()));
}

export function notModified(etag: string): Response {
  return new Response(null, { status: 304, headers: { ...open, ETag: etag, "Cache-Control": "no-cache" } });
}

/** An answer with pixels or rows. A range of bytes that are held is cut from them; `end` is called when all has gone out. */
export function bodyAnswer(
  request: Request,
  { type, extension, body }: CutBody,
  etag: string | undefined,
  end: () => void = () => undefined,
): Response {
  const headers: Record<string, string> = {
    ...open,
    "Content-Type": type,
    "Cache-Control": "no-cache",
    "Content-Disposition": `inline; filename="cutout.${extension}"`,
    ...(etag !== undefined && { ETag: etag }),
  };
  if (!(body instanceof Uint8Array)) {
    if (request.method === "HEAD") {
      end();
      return new Response(null, { headers });
    }
    return new Response(streamOf(body, end), { headers });
  }
  end();
  headers["Accept-Ranges"] = "bytes";
  const range = rangeIn(request, etag, body.length);
  if (range === "outside") {
    headers["Content-Range"] = `bytes */${body.length}`;
    return new Response(null, { status: 416, headers });
  }
  const part = range ? body.subarray(range.start, range.end) : body;
  headers["Content-Length"] = String(part.length);
  if (range) headers["Content-Range"] = `bytes ${range.start}-${range.end - 1}/${body.length}`;
  return new Response(request.method === "HEAD" ? null : part, { status: range ? 206 : 200, headers });
}

function rangeIn(
  request: Request,
  etag: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | "outside" | undefined {
  const header = request.headers.get("Range");
  const condition = request.headers.get("If-Range");
  if (header === null || request.method !== "GET" || (condition !== null && condition !== etag))
    return undefined;
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim()) ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "")
    return Number(last) === 0 ? "outside" : { start: Math.max(0, size - Number(last)), end: size };
  const [start, end] = [Number(first), last === "" ? size : Math.min(Number(last) + 1, size)];
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "outside" : { start, end };
}

/** A stream that reads on as fast as it is taken; `end` is called once, however the stream ends. */
export function streamOf(pieces: AsyncIterable<Uint8Array>, end: () => void): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await iterator.next();
          if (!next.done) return controller.enqueue(next.value);
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      async cancel() {
        end();
        await iterator.return?.();
      },
    },
    { highWaterMark: 1 },
  );
}

/** Text for XML, in elements and in attributes: characters that XML does not have become `?`. */
export function xml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Answers that were given lately, by their ETags, in at most so many bytes. */
export interface Kept {
  get(etag: string): CutBody | undefined;
  keep(etag: string, body: CutBody): void;
  readonly bytes: number;
}

export function keptAnswers(most: number): Kept {
  const answers = new Map<string, CutBody>();
  const sizeOf = ({ body }: CutBody): number => (body instanceof Uint8Array ? body.length + 1024 : 0);
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    get(etag) {
      const found = answers.get(etag);
      if (!found) return undefined;
      answers.delete(etag);
      answers.set(etag, found);
      return found;
    },
    keep(etag, answer) {
      if (!(answer.body instanceof Uint8Array) || sizeOf(answer) > most / 4 || answers.has(etag)) return;
      answers.set(etag, answer);
      bytes += sizeOf(answer);
      for (const [oldest, each] of answers) {
        if (bytes <= most) break;
        answers.delete(oldest);
        bytes -= sizeOf(each);
      }
    },
  };
}
