import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryOf, Malformed, partReader } from "../../src/source/byteranges.js";
import type { ContentRange } from "../../src/source/http-response.js";

/** What a reader makes of a body that comes in chunks. */
function read(
  chunks: readonly Uint8Array[],
  boundary: string,
): { parts: [number, string][]; ended: boolean } {
  const parts: [number, string][] = [];
  let current: [number, string] = [0, ""];
  const reader = partReader(boundary, {
    begin({ start }: ContentRange) {
      current = [start, ""];
      return true;
    },
    take: (bytes) => void (current[1] += Buffer.from(bytes).toString("latin1")),
    end: () => void parts.push(current),
  });
  for (const chunk of chunks) reader.push(chunk);
  return { parts, ended: reader.ended };
}

/** Cuts bytes at these places. */
function cut(body: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (body.length + 1)).sort((a, b) => a - b), body.length];
  return edges.slice(1).map((end, i) => body.subarray(edges[i], end));
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("a body of many parts", () => {
  it("is read the same however it is cut into chunks, whatever its parts hold", () => {
    const content = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom("\r\n--b\r\n\r\n", "--b--", "\r\n--b--\r\n", "\r\n\r\n", "Content-Range: bytes 0-1/2"),
    );
    const part = fc.tuple(
      fc.nat(1e9),
      content.map((text) => `${text}.`.replace(/[^\0-\xff]/g, "?")),
    );
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(1000)),
        fc.boolean(),
        (parts, places, lead) => {
          const body = parts.map(
            ([at, text]) =>
              `\r\n--b\r\ncontent-range:bytes ${at}-${at + text.length - 1}/9999999999\r\nX: y\r\n\r\n${text}`,
          );
          const whole = `${body.join("")}\r\n--b--\r\n`.slice(lead ? 0 : 2);
          expect(read(cut(bytes(whole), places), "b")).toEqual({ parts, ended: true });
        },
      ),
    );
  });

  it("that is damaged gives parts as they were, or stops", () => {
    const texts = ["first part", "another one", "the third"];
    const body = bytes(
      `${texts
        .map(
          (text, i) =>
            `\r\n--b\r\nContent-Range: bytes ${i * 100}-${i * 100 + text.length - 1}/500\r\n\r\n${text}`,
        )
        .join("")}\r\n--b--\r\n`,
    );
    fc.assert(
      fc.property(
        fc.nat(body.length - 1),
        fc.nat(255),
        fc.nat(20),
        fc.array(fc.nat(300)),
        (at, byte, removed, places) => {
          const damaged = Buffer.concat([
            body.subarray(0, at),
            Buffer.from([byte]),
            body.subarray(at + removed),
          ]);
          try {
            // Each part is as long as its Content-Range says, and ends where a boundary is.
            for (const [, text] of read(cut(damaged, places), "b").parts)
              expect(text.length).toBeLessThan(500);
          } catch (error) {
            expect(error).toBeInstanceOf(Malformed);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("takes no more memory than its lines need, and no time without end", () => {
    const endless = Array.from({ length: 1000 }, () => bytes("x".repeat(64 * 1024)));
    expect(() => read([bytes("\r\n--b\r\nX: "), ...endless], "b")).toThrow(Malformed);
    expect(() => read(endless, "b")).toThrow(Malformed);
    expect(() => read([bytes("\r\n".repeat(5000))], "b")).toThrow(Malformed);
  });

  it("has the boundary that its header names", () => {
    expect(boundaryOf("multipart/byteranges; boundary=abc")).toBe("abc");
    expect(boundaryOf('Multipart/ByteRanges;charset=x; boundary="a b;c"; y=z')).toBe("a b;c");
    for (const none of [
      undefined,
      "",
      "text/html",
      "multipart/mixed; boundary=a",
      "multipart/byteranges",
      `multipart/byteranges; boundary=${"x".repeat(201)}`,
    ])
      expect(boundaryOf(none)).toBeUndefined();
  });
});
