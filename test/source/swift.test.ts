import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { S3Options } from "../../src/source/options.js";
import { resolveSource } from "../../src/source/resolve.js";
import type { RequestRecord } from "../../src/source/source.js";
import { noise } from "../servers/content.js";
import { hasSwift, type SwiftServer, startSwift } from "../servers/swift.js";

const data = noise(300_000);
const installed = hasSwift();

describe.skipIf(!installed)(
  "OpenStack Swift's S3 (skipped where Debian's swift-* packages are not installed)",
  () => {
    let swift: SwiftServer;
    beforeAll(async () => {
      swift = await startSwift();
      await swift.createBucket("images");
      await swift.put("images", "plain.fits", data);
      await swift.put("images", "a%20b%2B%C3%A9/%28c%29%21.fits", data);
      await swift.put("images", "empty", new Uint8Array(0));
    }, 120_000);
    afterAll(() => swift?.close());

    async function read(key: string, s3: S3Options, records: RequestRecord[] = []): Promise<Uint8Array> {
      const source = await resolveSource(`s3://images/${key}`, { s3: { endpoint: swift.url, ...s3 } });
      return source.getRange({ offset: 1000, length: 200_000 }, { record: (r) => records.push(r) });
    }

    it("reads signed ranges, and finds the region from its answer", async () => {
      const records: RequestRecord[] = [];
      const bytes = await read("plain.fits", { credentials: swift.owner }, records);
      expect(Buffer.compare(bytes, data.subarray(1000, 201_000))).toBe(0);
      expect(records.map(({ status }) => status)).toEqual([400, 206]);
      expect(JSON.stringify(records)).not.toMatch(/owner/);
    });

    it("reads with the region given, odd keys, to the end, and an empty object", async () => {
      const s3 = { credentials: swift.owner, region: swift.region, endpoint: swift.url };
      const records: RequestRecord[] = [];
      expect(Buffer.compare(await read("a b+é/(c)!.fits", s3, records), data.subarray(1000, 201_000))).toBe(
        0,
      );
      expect(records).toHaveLength(1);
      const source = await resolveSource("s3://images/plain.fits", { s3 });
      expect(await source.getRange({ offset: 299_990, length: 100 })).toEqual(data.slice(299_990));
      expect(source.size).toBe(300_000);
      const empty = await resolveSource("s3://images/empty", { s3 });
      expect(await empty.getRange({ offset: 0, length: 100 })).toHaveLength(0);
      expect(empty.size).toBe(0);
    });

    it("is SOURCE_CHANGED when the object is replaced", async () => {
      const s3 = { credentials: swift.owner, region: swift.region, endpoint: swift.url };
      await swift.put("images", "changing", data);
      const source = await resolveSource("s3://images/changing", { s3 });
      await source.getRange({ offset: 0, length: 10 });
      await swift.put("images", "changing", noise(300_000, 2));
      await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({
        code: "SOURCE_CHANGED",
      });
    });

    it.each<[string, string, (swift: SwiftServer) => S3Options, string, RegExp]>([
      [
        "a wrong secret",
        "plain.fits",
        ({ owner }) => ({ credentials: { ...owner, secretAccessKey: "no" } }),
        "BAD_CREDENTIALS",
        /secret key/,
      ],
      [
        "an unknown key id",
        "plain.fits",
        ({ owner }) => ({ credentials: { ...owner, accessKeyId: "lab:nobody" } }),
        "BAD_CREDENTIALS",
        /key id|secret key/,
      ],
      [
        "a user without leave",
        "plain.fits",
        ({ stranger }) => ({ credentials: stranger }),
        "FORBIDDEN",
        /may not read/,
      ],
      ["a missing key", "none.fits", ({ owner }) => ({ credentials: owner }), "NOT_FOUND", /no such key/],
    ])("%s: says what to do", async (_, key, s3, code, message) => {
      await expect(read(key, s3(swift))).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    });

    it("names a missing bucket, and an anonymous reader's error is typed", async () => {
      const s3 = { endpoint: swift.url, credentials: swift.owner };
      const none = await resolveSource("s3://none/a.fits", { s3 });
      await expect(none.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: expect.stringMatching(/no bucket/),
      });
      await expect(read("plain.fits", { anonymous: true })).rejects.toMatchObject({ name: "FitsError" });
    });
  },
);
