import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { resolveSource } from "../../src/source/resolve.js";
import type { ByteSource, RequestRecord } from "../../src/source/source.js";
import { noise } from "../servers/content.js";

const data = noise(1000);
const folder = mkdtempSync(join(tmpdir(), "fitslice-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, data);
  return path;
}

const store = {
  async getRange(key: string, range: { offset: number; length: number } | { suffixLength: number }) {
    if (key !== "/a/b.fits" || !("offset" in range)) return undefined;
    return data.slice(range.offset, range.offset + range.length);
  },
};

const kinds: [string, () => Promise<ByteSource>][] = [
  ["path", () => resolveSource(write("plain.fits"))],
  ["path with colon, hash, percent and space", () => resolveSource(write("a:b #%20é.fits"))],
  ["file: URL", () => resolveSource(pathToFileURL(write("odd #%20é.fits")))],
  ["file: string", () => resolveSource(pathToFileURL(write("odd #%20é.fits")).href)],
  ["Uint8Array", () => resolveSource(data)],
  ["view", () => resolveSource(new Uint8Array([1, 2, ...data, 3]).subarray(2, 1002))],
  ["ArrayBuffer", () => resolveSource(data.buffer)],
  ["Blob", () => resolveSource(new Blob([data]))],
  ["data: URL", () => resolveSource(`data:;base64,${Buffer.from(data).toString("base64")}`)],
  ["zarrita store", () => resolveSource(store, { key: "a/b.fits" })],
];

describe.each(kinds)("%s", (kind, open) => {
  it("gives exactly the bytes asked for, fewer at the end, none past it", async () => {
    const source = await open();
    expect(await source.getRange({ offset: 10, length: 20 })).toEqual(data.slice(10, 30));
    expect(await source.getRange({ offset: 990, length: 20 })).toEqual(data.slice(990));
    expect(await source.getRange({ offset: 1000, length: 20 })).toHaveLength(0);
    expect(await source.getRange({ offset: 5000, length: 20 })).toHaveLength(0);
    expect(await source.getRange({ offset: 5, length: 0 })).toHaveLength(0);
    if (kind !== "zarrita store") expect(source.size).toBe(1000);
    await source.close?.();
  });

  it("refuses ranges that are none, and does nothing for an aborted signal", async () => {
    const source = await open();
    const bad = { code: "BAD_ARGUMENT" };
    await expect(source.getRange({ offset: -1, length: 5 })).rejects.toMatchObject(bad);
    await expect(source.getRange({ offset: 0.5, length: 5 })).rejects.toMatchObject(bad);
    await expect(source.getRange({ offset: 0, length: Number.NaN })).rejects.toMatchObject(bad);
    const reason = new Error("enough");
    await expect(
      source.getRange({ offset: 0, length: 5 }, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    await source.close?.();
  });
});

describe("file", () => {
  it("reads straight into the caller's memory, several reads at a time, and reports them", async () => {
    const source = await resolveSource(write("a.fits"));
    const records: RequestRecord[] = [];
    const reads = Array.from({ length: 50 }, async (_, i) => {
      const into = new Uint8Array(20);
      const bytes = await source.getRange(
        { offset: i * 20, length: 20 },
        { into, record: (r) => records.push(r) },
      );
      expect(bytes).toBe(into);
      expect(into).toEqual(data.slice(i * 20, i * 20 + 20));
    });
    await Promise.all(reads);
    expect(records).toHaveLength(50);
    expect(records[0]).toMatchObject({ length: 20, requested: 20, status: 0, url: source.href });
    await source.close?.();
  });

  it.each([
    ["no/such/file.fits", "NOT_FOUND"],
    [`${folder}/plain.fits/inside`, "NOT_FOUND"],
    [folder, "BAD_SOURCE"],
    ["/dev/null", "BAD_SOURCE"],
    ["file://elsewhere/a.fits", "BAD_SOURCE"],
    ["gopher://a/b.fits", "BAD_SOURCE"],
    ["https://", "BAD_SOURCE"],
  ])("%s is %s", async (path, code) => {
    write("plain.fits");
    await expect(resolveSource(path)).rejects.toMatchObject({ name: "FitsError", code });
  });

  it("is SOURCE_CHANGED once its size or its time of modification has changed", async () => {
    for (const change of [
      (path: string) => appendFileSync(path, "more"),
      (path: string) => writeFileSync(path, data.subarray(0, 500)),
      (path: string) => utimesSync(path, 1, 1),
    ]) {
      const path = write("changing.fits");
      const source = await resolveSource(path);
      await source.getRange({ offset: 0, length: 10 });
      change(path);
      await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({
        code: "SOURCE_CHANGED",
      });
      await source.close?.();
    }
  });

  it("says so when it was closed", async () => {
    const source = await resolveSource(write("a.fits"));
    await source.close?.();
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("resolveSource", () => {
  it("refuses retries and timeouts that are none", async () => {
    for (const options of [{ timeout: 0 }, { timeout: Number.NaN }, { timeout: 1e12 }, { retries: -1 }]) {
      await expect(resolveSource("http://127.0.0.1/", options)).rejects.toMatchObject({
        code: "BAD_ARGUMENT",
      });
    }
  });

  it("takes anything with getRange(range), be it without href and size", async () => {
    class Bytes {
      #bytes = data;
      async getRange({ offset, length }: { offset: number; length: number }) {
        return this.#bytes.slice(offset, offset + length);
      }
    }
    const source = await resolveSource(new Bytes());
    expect(source.href).toBe("object:");
    expect(source.size).toBeUndefined();
    expect(await source.getRange({ offset: 3, length: 5 })).toEqual(data.slice(3, 8));
    await source.close?.();
  });

  it("takes a source as it is, and wants to know the key of a store", async () => {
    const source = await resolveSource(data);
    expect(await resolveSource(source)).toBe(source);
    const keyless = { code: "BAD_SOURCE", message: expect.stringMatching(/key/) };
    const whole = { ...store, get: async () => undefined };
    await expect(resolveSource(whole)).rejects.toMatchObject(keyless);
    const unnamed = await resolveSource(store);
    await expect(unnamed.getRange({ offset: 0, length: 1 })).rejects.toMatchObject(keyless);
    const none = await resolveSource(store, { key: "/none" });
    await expect(none.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ code: "NOT_FOUND" });
    for (const odd of [undefined, null, 5, {}]) {
      await expect(resolveSource(odd as never)).rejects.toMatchObject({ code: "BAD_SOURCE" });
    }
  });
});
