/**
 * Answers with many ranges, as servers of files give them (RFC 9110, 14.6), and as no server should.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ByteRange } from "../../src/source/source.js";

/** How an answer goes wrong; `right`, and what the RFC allows, are right. */
export type MultipartFault = (typeof allowedForms)[number] | (typeof multipartFaults)[number];

/** Forms that the RFC allows. */
export const allowedForms = ["right", "reversed", "joined", "quoted", "no-crlf", "drip"] as const;

/**
 * Answers that are wrong, or do not help: the whole object; the first range; one range from first to last; parts left out; a
 * Content-Range beside the one asked for; none, two of them; parts longer or shorter than they say; another size;
 * another boundary; an end without the last line; endless parts, lines; an error; a body that is compressed.
 */
export const multipartFaults = [
  "200",
  "first",
  "span",
  "missing",
  "shifted",
  "unplaced",
  "twice-placed",
  "longer",
  "shorter",
  "sizes",
  "boundary",
  "endless-boundary",
  "cut",
  "repeated",
  "endless-line",
  "page",
  "400",
  "416",
  "431",
  "500",
  "gzip",
] as const;

/** The ranges that a header asks for, if it is more than one. */
export function rangesOf(header: string | undefined): ByteRange[] | undefined {
  const list = /^bytes=(\d+-\d+(?:,\d+-\d+)+)$/.exec(header ?? "")?.[1];
  return list?.split(",").map((range) => {
    const [first, last] = range.split("-").map(Number) as [number, number];
    return { offset: first, length: last - first + 1 };
  });
}

const boundary = "THIS_STRING_SEPARATES";

/** Answers a request for many ranges of `data`. */
export async function answerMany(
  response: ServerResponse,
  data: Uint8Array,
  asked: readonly ByteRange[],
  fault: MultipartFault,
): Promise<void> {
  const size = data.length;
  const clip = ({ offset, length }: ByteRange): ByteRange => ({
    offset,
    length: Math.min(length, size - offset),
  });
  let ranges = asked.filter(({ offset }) => offset < size).map(clip);
  const first = ranges[0]!;
  const last = ranges.at(-1)!;
  const end = last.offset + last.length;
  const one = ({ offset, length }: ByteRange): void =>
    void response
      .writeHead(206, {
        "content-range": `bytes ${offset}-${offset + length - 1}/${size}`,
        "content-length": length,
      })
      .end(data.subarray(offset, offset + length));
  switch (fault) {
    case "200":
      return void response.writeHead(200, { "content-length": size }).end(data);
    case "400":
    case "431":
    case "500":
      return void response.writeHead(Number(fault)).end("no");
    case "416":
      return void response.writeHead(416, { "content-range": `bytes */${size}` }).end();
    case "first":
      return one(first);
    case "span":
      return one({ offset: first.offset, length: end - first.offset });
    case "page":
      return void response
        .writeHead(206, { "content-type": `multipart/byteranges; boundary=${boundary}` })
        .end("<html>please log in</html>");
  }
  if (fault === "reversed") ranges = ranges.toReversed();
  if (fault === "missing") ranges = ranges.filter((_, i) => i % 2 === 0);
  if (fault === "repeated") ranges = Array.from({ length: 500 }, () => first);
  if (fault === "joined") {
    const [, second, ...rest] = ranges as [ByteRange, ByteRange, ...ByteRange[]];
    ranges = [{ offset: first.offset, length: second.offset + second.length - first.offset }, ...rest];
  }
  const line = fault === "boundary" ? "ANOTHER" : boundary;
  const chunks: (string | Uint8Array)[] = [];
  for (const [i, { offset, length }] of ranges.entries()) {
    const place = (at: number, of = size): string =>
      `Content-Range: bytes ${at}-${at + length - 1}/${of}\r\n`;
    let fields = place(offset);
    if (fault === "shifted" && i > 0) fields = place(offset + 1);
    if (fault === "unplaced" && i > 0) fields = "";
    if (fault === "twice-placed") fields += place(offset + 1);
    if (fault === "sizes" && i > 0) fields = place(offset, size + 1);
    let body = data.subarray(offset, offset + length);
    if (fault === "longer" && i > 0) body = data.subarray(offset, offset + length + 1);
    if (fault === "shorter" && i > 0) body = data.subarray(offset, offset + length - 1);
    const lead = i === 0 && fault === "no-crlf" ? "" : "\r\n";
    chunks.push(`${lead}--${line}\r\nContent-Type: application/fits\r\n${fields}\r\n`, body);
  }
  if (fault !== "cut") chunks.push(`\r\n--${line}--\r\n`);
  const type = fault === "quoted" ? `"${boundary}"; charset=x` : boundary;
  response.writeHead(206, {
    "content-type": `multipart/byteranges; boundary=${fault === "endless-boundary" ? "x".repeat(5000) : type}`,
    ...(fault === "gzip" && { "content-encoding": "gzip" }),
  });
  if (fault === "endless-line") {
    response.write(`\r\n--${line}\r\nX: `);
    while (!response.destroyed && response.write("y".repeat(10_000))) await new Promise(setImmediate);
    return void response.end();
  }
  const body = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk as string)));
  if (fault !== "drip") return void response.end(body);
  for (let at = 0; at < body.length; at += 7) response.write(body.subarray(at, at + 7));
  response.end();
}

/** The one range that a request asks for, or all of the object. */
export function answerOne(request: IncomingMessage, response: ServerResponse, data: Uint8Array): void {
  const [, first, last] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? []).map(Number);
  if (first === undefined) return void response.writeHead(200, { "content-length": data.length }).end(data);
  const end = Math.min(last! + 1, data.length);
  response
    .writeHead(206, {
      "content-range": `bytes ${first}-${end - 1}/${data.length}`,
      "content-length": end - first,
    })
    .end(data.subarray(first, end));
}
