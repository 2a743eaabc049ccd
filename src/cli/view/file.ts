/**
 * One file of a viewer's server: its bytes by ranges, read where the file lies, by the library and with the user's credentials.
 */
import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  type ByteRange,
  type ByteSource,
  createReader,
  FitsError,
  type OpenOptions,
  type Plan,
  type Reader,
  read,
  resolveSource,
  together,
} from "fitslice";
import { refusal } from "./guard.js";
import { type AskedRange, rangesIn } from "./ranges.js";

/** Answers requests for a file. Rejects with what reading throws, and with the reason of the request's signal. */
export interface ServedFile {
  answer(request: Request): Promise<Response>;
  close(): Promise<void>;
}

interface Opened {
  readonly source: ByteSource;
  readonly reader: Reader;
  /** Of a file on a disk, which has no version of its own. */
  readonly etag: string | undefined;
}

/** The first bytes go out soon, the others in larger pieces, with one read ahead. */
const firstPiece = 1 << 20;
const piece = 4 << 20;
/** Most bytes of an answer with several ranges: they are held together. */
const mostTogether = 64 << 20;

/** The file at `address`, opened when it is first asked for, and again where it has changed. */
export function servedFile(address: string, options: OpenOptions): ServedFile {
  let opened: Promise<Opened> | undefined;

  async function forget(): Promise<void> {
    const before = opened;
    opened = undefined;
    await (await before?.catch(() => undefined))?.reader.close();
  }

  return {
    async answer(request) {
      opened ??= openFile(address, options);
      const own = opened;
      try {
        return await respond(await own, request);
      } catch (error) {
        // What has changed, or was not there, is looked at anew by the next request.
        const isOther = error instanceof FitsError && /^(SOURCE_CHANGED|NOT_FOUND|CLOSED)$/.test(error.code);
        if (isOther && opened === own) await forget();
        throw error;
      }
    },
    close: forget,
  };
}

async function openFile(address: string, options: OpenOptions): Promise<Opened> {
  const source = await resolveSource(address, options);
  const { signal: _, ...reading } = options;
  return { source, reader: createReader(source, reading), etag: await localTag(source) };
}

async function localTag({ href }: ByteSource): Promise<string | undefined> {
  if (!href.startsWith("file:")) return undefined;
  const { size, mtimeMs } = await stat(fileURLToPath(href));
  return `"${size.toString(16)}-${mtimeMs.toString(16)}"`;
}

async function respond(file: Opened, request: Request): Promise<Response> {
  const { source } = file;
  const asked = rangesIn(request.headers.get("Range"));
  // Only the answer to a read tells the size of a remote file, and its version.
  if (source.size === undefined && (asked[0]?.end === undefined || asked.length > 1))
    await bytesAt(file, { offset: 0, length: 1 }, request.signal);
  const condition = request.headers.get("If-Range");
  const isHeld = condition === null || condition === versionOf(file).ETag;
  const ranges = isHeld ? asked : [];
  if (ranges.length > 1) return severalRanges(file, ranges, request);
  const { start, end } = placed(ranges[0] ?? { start: 0 }, source.size);
  const length = end === undefined ? Number.POSITIVE_INFINITY : end - start;
  if (start > 0 && length <= 0) return outside(file);
  const isHead = request.method === "HEAD";
  const first = isHead
    ? new Uint8Array(0)
    : await bytesAt(file, { offset: start, length: Math.min(length, firstPiece) }, request.signal);
  if (ranges.length > 0 && !isHead && first.length === 0) return outside(file);
  const { size } = source;
  const stop = size === undefined ? end : Math.min(size, end ?? size);
  const headers = headersOf(file);
  if (stop !== undefined) headers.set("Content-Length", String(stop - start));
  if (ranges.length > 0 && stop !== undefined)
    headers.set("Content-Range", `bytes ${start}-${stop - 1}/${size ?? "*"}`);
  const status = headers.has("Content-Range") ? 206 : 200;
  if (isHead) return new Response(null, { status, headers });
  const isAll = stop !== undefined && first.length >= stop - start;
  return new Response(isAll ? (first as Uint8Array<ArrayBuffer>) : stream(file, first, start, stop), {
    status,
    headers,
  });
}

/** A range as bytes from `start` to before `end`; `end` is undefined where nobody knows. */
function placed(
  { start, end }: AskedRange,
  size: number | undefined,
): { start: number; end: number | undefined } {
  if (size === undefined) return { start: Math.max(0, start), end };
  // `-0` of `bytes=-0` asks for the last 0 bytes.
  const from = start < 0 || Object.is(start, -0) ? Math.max(0, size + start) : start;
  return { start: from, end: Math.min(size, end ?? size) };
}

function bytesAt({ reader }: Opened, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
  return reader.run(rangePlan(range), { signal });
}

function rangePlan(range: ByteRange): Plan<Uint8Array> {
  return () => read("what the page asks for", range, { keep: false });
}

/** The rest of an answer, as fast as it is taken. */
function stream(
  file: Opened,
  first: Uint8Array,
  start: number,
  end: number | undefined,
): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  const next = (offset: number): Promise<Uint8Array> => {
    const length = Math.min(piece, (end ?? Number.POSITIVE_INFINITY) - offset);
    const bytes =
      length > 0 ? bytesAt(file, { offset, length }, stop.signal) : Promise.resolve(new Uint8Array(0));
    // A failure is told when its turn comes, or never if the reader leaves before.
    bytes.catch(() => undefined);
    return bytes;
  };
  let at = start + first.length;
  let ahead = next(at);
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(first),
      async pull(controller) {
        const bytes = await ahead;
        if (bytes.length === 0) return controller.close();
        at += bytes.length;
        ahead = next(at);
        controller.enqueue(bytes);
      },
      cancel: (reason) => stop.abort(reason),
    },
    { highWaterMark: 1 },
  );
}

/** Many ranges in one answer: a page has six connections, the server has thirty-two. */
async function severalRanges(
  file: Opened,
  asked: readonly AskedRange[],
  request: Request,
): Promise<Response> {
  const { size } = file.source;
  const ranges = asked
    .map((range) => placed(range, size))
    .filter(({ start, end }) => end !== undefined && end > start) as { start: number; end: number }[];
  const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  if (ranges.length === 0) return outside(file);
  if (total > mostTogether)
    return refusal(416, `several ranges have ${mostTogether} bytes at most`, contentRange(size));
  const boundary = randomBytes(16).toString("hex");
  const headers = headersOf(file);
  headers.set("Content-Type", `multipart/byteranges; boundary=${boundary}`);
  if (request.method === "HEAD") return new Response(null, { status: 206, headers });
  const plans = ranges.map(({ start, end }) => rangePlan({ offset: start, length: end - start }));
  const parts = await file.reader.run(together(plans), { signal: request.signal });
  const chunks = parts.flatMap((bytes, i) => [Buffer.from(partHead(boundary, ranges[i]!, size)), bytes]);
  const body = Buffer.concat([...chunks, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  headers.set("Content-Length", String(body.length));
  return new Response(body, { status: 206, headers });
}

function partHead(boundary: string, { start, end }: { start: number; end: number }, size = 0): string {
  return [
    `\r\n--${boundary}`,
    "Content-Type: application/octet-stream",
    `Content-Range: bytes ${start}-${end - 1}/${size || "*"}`,
    "\r\n",
  ].join("\r\n");
}

function outside({ source: { size } }: Opened): Response {
  return refusal(416, "the file has no such bytes", contentRange(size));
}

function contentRange(size: number | undefined): Record<string, string> {
  return size === undefined ? {} : { "Content-Range": `bytes */${size}` };
}

function headersOf(file: Opened): Headers {
  return new Headers({
    "Content-Type": "application/octet-stream",
    "Accept-Ranges": "bytes",
    ...versionOf(file),
  });
}

/** The version as a server tells it: that of the file where it lies, so that an overview knows its file. */
function versionOf({ source: { tag }, etag }: Opened): Record<string, string> & { ETag?: string } {
  if (etag !== undefined) return { ETag: etag };
  if (tag === undefined) return {};
  return tag.startsWith('"') ? { ETag: tag } : { "Last-Modified": tag };
}
