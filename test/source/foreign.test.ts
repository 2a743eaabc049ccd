/** Objects and stores that are not ours: what they answer with is believed as far as it can be. */
import { describe, expect, it } from "vitest";
import { resolveSource } from "../../src/source/resolve.js";
import type { ByteRange } from "../../src/source/source.js";
import { noise } from "../servers/content.js";

const data = noise(10_000);
const all = { offset: 0, length: 20_000 };
type Get = (range: ByteRange) => Uint8Array | Promise<Uint8Array>;

/** The same behavior as a store, as an object with `getRange`, and as one that calls itself a source. */
const kinds: [string, (get: Get, more?: object) => ReturnType<typeof resolveSource>][] = [
  ["store", (get) => resolveSource({ getRange: (_: string, r: never) => get(r) } as never, { key: "a" })],
  ["object", (get, more) => resolveSource({ getRange: get, ...more } as never)],
  ["source", (get, more) => resolveSource({ href: "x:", getRange: get, ...more } as never)],
];

const cut = ({ offset, length }: ByteRange): Uint8Array<ArrayBuffer> => data.slice(offset, offset + length);

describe.each(kinds)("a %s", (_, make) => {
  it("may use its memory again, and pins none", async () => {
    const memory = new Uint8Array(1_000_000);
    const source = await make((range) => {
      memory.set(cut(range));
      return memory.subarray(0, range.length);
    });
    const first = await source.getRange({ offset: 0, length: 10 });
    const second = await source.getRange({ offset: 500, length: 10 });
    expect([first, second]).toEqual([data.slice(0, 10), data.slice(500, 510)]);
    expect(first.buffer.byteLength).toBe(10);
  });

  it("may give Node's Buffers, and fills the caller's memory", async () => {
    const source = await make((range) => Buffer.from(cut(range)));
    const into = new Uint8Array(10);
    const bytes = await source.getRange({ offset: 3, length: 10 }, { into });
    expect(bytes.buffer).toBe(into.buffer);
    expect(into).toEqual(data.slice(3, 13));
  });

  it("may not give memory that it has transferred: that is not the end", async () => {
    const source = await make((range) => {
      const bytes = cut(range);
      structuredClone(bytes, { transfer: [bytes.buffer] });
      return bytes;
    });
    const code = { code: "BAD_SOURCE" };
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject(code);
    await expect(source.getRange({ offset: 500, length: 10 })).rejects.toMatchObject(code);
  });

  it("may give less at a time: only nothing is the end", async () => {
    const asked: ByteRange[] = [];
    const source = await make((range) => {
      asked.push(range);
      return cut({ ...range, length: Math.min(range.length, 4000) });
    });
    expect(source.size).toBeUndefined();
    expect(await source.getRange(all)).toEqual(data);
    expect(source.size).toBe(10_000);
    expect(asked.map(({ offset }) => offset)).toEqual([0, 4000, 4001, 8001, 10_000]);
  });

  it("is at its end where a server says 416, twice, and not where a text has that number in it", async () => {
    const failing = (error: unknown, times = Infinity): Get => {
      let left = times;
      return (range) => {
        if (range.offset < 10_000 || left-- <= 0) return cut(range);
        throw error;
      };
    };
    for (const error of [
      Object.assign(new Error("no"), { status: 416 }),
      Object.assign(new Error("no"), { response: { status: 416 } }),
      new Error("Unexpected response status 416 Range Not Satisfiable"),
    ]) {
      const source = await make(failing(error));
      expect(await source.getRange(all)).toEqual(data);
      expect(source.size).toBe(10_000);
    }
    const other = new Error("GET https://host/visit/416/x.fits: ECONNRESET");
    await expect((await make(failing(other))).getRange(all)).rejects.toBe(other);
    for (const none of [undefined, null, "text", 7, { message: "no" }])
      await expect((await make(failing(none))).getRange(all)).rejects.toMatchObject({ code: "NETWORK" });
    let times = 0;
    const stray = await make((range) => {
      if (range.offset > 0 && times++ === 0) throw Object.assign(new Error("no"), { status: 416 });
      return cut(range);
    });
    expect(await stray.getRange({ offset: 100, length: 10 })).toEqual(data.slice(100, 110));
  });

  it("that ignores ranges is refused once that can be told, and may be small", async () => {
    const source = await make(() => data);
    await expect(source.getRange({ offset: 5, length: 10 })).rejects.toMatchObject({ code: "BAD_RANGE" });
    expect(await source.getRange(all)).toEqual(data);
    expect(source.size).toBe(10_000);
    await expect(source.getRange({ offset: 500, length: 20_000 })).rejects.toMatchObject({
      code: "BAD_RANGE",
    });
  });

  it("answers no read after close", async () => {
    const source = await make(() => new Promise(() => {}));
    const reading = source.getRange({ offset: 0, length: 10 });
    await source.close?.();
    await expect(reading).rejects.toMatchObject({ code: "CLOSED" });
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({ code: "CLOSED" });
  });

  it.each([undefined, null, "text", [1, 2], new ArrayBuffer(5)])(
    "that answers with %o is refused",
    async (odd) => {
      const source = await make(() => odd as never);
      await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({
        name: "FitsError",
        code: expect.stringMatching(/BAD_SOURCE|NOT_FOUND/),
      });
    },
  );
});

describe.each(kinds.slice(1))("%s with a size", (_, make) => {
  it("is short where nothing comes before its end", async () => {
    const source = await make((range) => cut(range), { size: 15_000 });
    await expect(source.getRange(all)).rejects.toMatchObject({ code: "SHORT_READ" });
    expect(await source.getRange({ offset: 0, length: 10_000 })).toEqual(data);
  });

  it.each([5n, null, Number.NaN, -1, 1.5, "5"])("of %o is refused, and the size told", async (size) => {
    const source = await make(cut, { size });
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({
      code: "BAD_SOURCE",
      message: expect.stringContaining(`the size of the object is ${typeof size} ${String(size)}`),
    });
  });
});
