import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ndarray } from "../../../src/array.js";
import { open } from "../../../src/open.js";
import { createProfile } from "../../../src/read/profile.js";
import { lastingCache } from "../../../src/source/lasting/cache.js";
import type { ResolveOptions, SourceOptions } from "../../../src/source/options.js";
import { resolveSource } from "../../../src/source/resolve.js";
import type { RequestRecord } from "../../../src/source/source.js";
import { fitsBytes, imageHdu } from "../../../src/write/index.js";
import { noise, type RangeServer, type RangeServerOptions } from "../../servers/range-server.js";
import { startS3Server } from "../../servers/s3-server.js";
import { data, testServers } from "../http-source.js";

const { serve, serveBy, end } = testServers();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fitslice-lasting-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** All files of the cache. */
const filesIn = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
const entriesIn = (): string[] => filesIn().filter((path) => /[0-9a-f]{64}$/.test(path));

interface Given extends ResolveOptions {
  readonly maxAge?: number;
  readonly at?: string;
}

interface Answer {
  readonly bytes: Uint8Array;
  readonly moved: number[];
  readonly warnings: readonly string[];
}

/** Reads ranges as a process of its own would: with a cache that is opened anew. */
async function readAnew(
  url: string,
  ranges: readonly (readonly [offset: number, length: number])[],
  { maxAge, at = folder, ...options }: Given = {},
): Promise<Answer[]> {
  const source = await resolveSource(url, { cache: lastingCache({ folder: at, maxAge }), ...options });
  const answers: Answer[] = [];
  try {
    for (const [offset, length] of ranges) {
      const records: RequestRecord[] = [];
      const record = (request: RequestRecord): void => void records.push(request);
      const bytes = await source.getRange({ offset, length }, { record });
      answers.push({
        bytes: bytes.slice(),
        moved: records.map(({ length }) => length),
        warnings: source.warnings ?? [],
      });
    }
    return answers;
  } finally {
    await source.close?.();
  }
}

const part = (offset: number, length: number, of: Uint8Array = data): Uint8Array =>
  of.slice(offset, offset + length);

describe("a second process", () => {
  test("asks for one byte, and has the rest from the disk", async () => {
    const server = await serve();
    const url = `${server.url}/a.fits`;
    const [first] = await readAnew(url, [[100, 50_000]]);
    expect([first!.bytes, first!.moved]).toEqual([part(100, 50_000), [50_000]]);
    const [again, inside] = await readAnew(url, [
      [100, 50_000],
      [7000, 12],
    ]);
    expect([again!.bytes, again!.moved]).toEqual([part(100, 50_000), [1]]);
    expect([inside!.bytes, inside!.moved]).toEqual([part(7000, 12), []]);
    expect(server.requests.map(({ offset, length }) => [offset, length])).toEqual([
      [100, 50_000],
      [0, 1],
    ]);
  });

  test("asks for what is missing, and nothing else", async () => {
    const big = noise(400_000);
    const server = await serve({ files: { "/a.fits": big } });
    const url = `${server.url}/a.fits`;
    await readAnew(url, [
      [1000, 1000],
      [5000, 1000],
      [140_000, 10_000],
    ]);
    const [all] = await readAnew(url, [[500, 199_500]]);
    expect(all!.bytes).toEqual(part(500, 199_500, big));
    expect(all!.moved.sort((a, b) => a - b)).toEqual([1, 500, 3000, 50_000, 134_000]);
    const [third] = await readAnew(url, [[500, 199_500]]);
    expect([third!.bytes, third!.moved]).toEqual([part(500, 199_500, big), [1]]);
  });

  test("knows where the object ends", async () => {
    const server = await serve();
    const url = `${server.url}/a.fits`;
    await readAnew(url, [[90_000, 50_000]]);
    const [last, behind] = await readAnew(url, [
      [90_000, 50_000],
      [data.length, 10],
    ]);
    expect([last!.bytes, last!.moved]).toEqual([part(90_000, 50_000), [1]]);
    expect([behind!.bytes, behind!.moved]).toEqual([new Uint8Array(0), []]);
  });

  test("asks nothing for a while, where it was told to, unless it has credentials", async () => {
    const server = await serve();
    const url = `${server.url}/a.fits`;
    await readAnew(url, [[0, 1000]]);
    const [trusting] = await readAnew(url, [[0, 1000]], { maxAge: 60 });
    expect([trusting!.bytes, trusting!.moved]).toEqual([part(0, 1000), []]);
    const headers = { Authorization: "Bearer of-bad-news" };
    await readAnew(url, [[0, 1000]], { headers });
    const [known] = await readAnew(url, [[0, 1000]], { headers, maxAge: 60 });
    expect([known!.bytes, known!.moved]).toEqual([part(0, 1000), [1]]);
  });

  test("reads sections and their headers with one request, whatever the first run learned of the server", async () => {
    const pixels = Int32Array.from({ length: 900 * 900 }, (_, i) => i);
    const file = await fitsBytes([imageHdu({ data: ndarray(pixels, [900, 900]) })]);
    const server = await serve({ files: { "/a.fits": file }, latency: 5 });
    const url = `${server.url}/a.fits`;
    const run = async (options: object = {}): Promise<{ data: unknown; requests: number; bytes: number }> => {
      const profile = createProfile();
      const fits = await open(url, { cache: lastingCache({ folder }), profile, ...options });
      const image = await fits.image(0);
      const { data } = await image.section("100:800:50, 300:310");
      await fits.close();
      const { requests, bytes } = profile.summary();
      return { data, requests, bytes };
    };
    const first = await run({ optimize: "bytes" });
    const second = await run({ optimize: "requests" });
    expect(second.data).toEqual(first.data);
    expect(first.requests).toBeGreaterThan(10);
    expect([second.requests, second.bytes]).toEqual([1, 1]);
  });
});

describe("an object that has changed", () => {
  test("is read anew, all of it", async () => {
    const server = await serve();
    const url = `${server.url}/a.fits`;
    await readAnew(url, [[0, 60_000]]);
    const other = noise(data.length, 99);
    server.set("/a.fits", other);
    const [now] = await readAnew(url, [[0, 60_000]]);
    expect([now!.bytes, now!.moved]).toEqual([part(0, 60_000, other), [1, 60_000]]);
    const [again] = await readAnew(url, [[0, 60_000]]);
    expect([again!.bytes, again!.moved]).toEqual([part(0, 60_000, other), [1]]);
  });

  test("is told of where parts of it were handed out without a question, and right when it is opened again", async () => {
    const server = await serve();
    const url = `${server.url}/a.fits`;
    await readAnew(url, [[0, 60_000]]);
    const other = noise(data.length, 99);
    server.set("/a.fits", other);
    const ranges = [
      [0, 60_000],
      [50_000, 20_000],
    ] as const;
    const source = await resolveSource(url, { cache: lastingCache({ folder, maxAge: 60 }) });
    const read = (offset: number, length: number): Promise<Uint8Array> => source.getRange({ offset, length });
    expect(await read(0, 60_000)).toEqual(part(0, 60_000));
    await expect(read(50_000, 20_000)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    await expect(read(0, 10)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    await source.close?.();
    const now = await readAnew(url, ranges, { maxAge: 60 });
    expect(now.map(({ bytes }) => bytes)).toEqual(
      ranges.map(([offset, length]) => part(offset, length, other)),
    );
  });

  test("is remembered by its new ETag, however short that is", async () => {
    let etag = `"${"long".repeat(50)}"`;
    const url = await serveBy(({ headers: { range } }, response) => {
      const [, first, last] = /bytes=(\d+)-(\d+)/.exec(range!)!.map(Number) as [number, number, number];
      response.writeHead(206, { ETag: etag, "Content-Range": `bytes ${first}-${last}/${data.length}` });
      response.end(data.subarray(first, last + 1));
    });
    await readAnew(url, [[0, 1000]]);
    etag = '"b"';
    await readAnew(url, [[0, 1000]]);
    const [again] = await readAnew(url, [[0, 1000]]);
    expect([again!.bytes, again!.moved]).toEqual([part(0, 1000), [1]]);
  });

  test("is read anew in one go where nothing was handed out yet", async () => {
    const server = await serve();
    const url = `${server.url}/a.fits`;
    await readAnew(url, [[1000, 1000]]);
    const other = noise(data.length, 99);
    server.set("/a.fits", other);
    const [mixed] = await readAnew(url, [[0, 3000]], { maxAge: 60 });
    expect(mixed!.bytes).toEqual(part(0, 3000, other));
  });
});

describe("what cannot be told from another version is not kept:", () => {
  const lastModified = (age: number): RangeServerOptions => ({
    validators: false,
    headers: { "Last-Modified": new Date(Date.now() - age).toUTCString() },
  });
  test.each([
    ["no ETag and no Last-Modified", { validators: false }, {}, 0],
    ["changed a second ago", lastModified(1000), {}, 0],
    ["changed an hour ago", lastModified(3_600_000), {}, 2],
    ["a weak ETag", { validators: false, headers: { ETag: 'W/"1"' } }, {}, 0],
    ["only the size is to stay", {}, { pin: "size" }, 0],
  ] as [string, RangeServerOptions, SourceOptions, number][])("%s", async (_, served, options, entries) => {
    const server = await serve(served);
    await readAnew(`${server.url}/a.fits`, [[0, 1000]], options);
    expect(entriesIn().length).toBe(entries);
    const [again] = await readAnew(`${server.url}/a.fits`, [[0, 1000]], options);
    expect([again!.bytes, again!.moved]).toEqual([part(0, 1000), [entries > 0 ? 1 : 1000]]);
  });

  test("a file on disk is there already", async () => {
    const path = join(folder, "a.fits");
    writeFileSync(path, data);
    const at = join(folder, "cache");
    const [answer] = await readAnew(path, [[0, 1000]], { at });
    expect(answer!.bytes).toEqual(part(0, 1000));
    expect(readdirSync(folder)).toEqual(["a.fits"]);
  });
});

describe("entries that are not what they say", () => {
  let server: RangeServer;
  let url: string;
  beforeEach(async () => {
    server = await serve();
    url = `${server.url}/a.fits`;
    await readAnew(url, [[0, 50_000]]);
  });

  const rot: [string, (path: string) => void][] = [
    ["with a byte changed", (path) => writeFileSync(path, flipped(readFileSync(path), -1))],
    ["with its table changed", (path) => writeFileSync(path, flipped(readFileSync(path), 77))],
    ["cut off", (path) => truncateSync(path, statSync(path).size - 1)],
    ["empty", (path) => truncateSync(path, 0)],
    ["of somebody else", (path) => writeFileSync(path, noise(200_000))],
    ["huge", (path) => truncateSync(path, 1e9)],
  ];
  test.each(rot)("%s: they are fetched again, and right afterwards", async (_, spoil) => {
    for (const path of entriesIn()) spoil(path);
    const [now] = await readAnew(url, [[0, 50_000]]);
    expect(now!.bytes).toEqual(part(0, 50_000));
    expect(now!.moved.at(-1)).toBe(50_000);
    expect(now!.warnings).toEqual([]);
    const [again] = await readAnew(url, [[0, 50_000]]);
    expect([again!.bytes, again!.moved]).toEqual([part(0, 50_000), [1]]);
  });

  test("under each other's names are noticed", async () => {
    const [one, two] = entriesIn() as [string, string];
    const [first, second] = [readFileSync(one), readFileSync(two)];
    writeFileSync(one, second);
    writeFileSync(two, first);
    const [now] = await readAnew(url, [[0, 50_000]]);
    expect([now!.bytes, now!.moved]).toEqual([part(0, 50_000), [50_000]]);
  });

  test("are gone: nothing is missed", async () => {
    for (const path of entriesIn()) rmSync(path);
    const [now] = await readAnew(url, [[0, 50_000]]);
    expect([now!.bytes, now!.moved]).toEqual([part(0, 50_000), [50_000]]);
  });
});

describe("a cache that cannot be used is left alone, with one warning:", () => {
  test("a file in place of the folder", async () => {
    const server = await serve();
    const at = join(folder, "file");
    writeFileSync(at, "");
    const answers = await readAnew(
      `${server.url}/a.fits`,
      [
        [0, 1000],
        [0, 1000],
      ],
      { at },
    );
    expect(answers.map(({ bytes }) => bytes)).toEqual([part(0, 1000), part(0, 1000)]);
    expect(answers.map(({ warnings }) => warnings.length)).toEqual([1, 1]);
    expect(answers[0]!.warnings[0]).toMatch(/^the cache .*file is not used: EEXIST/);
  });

  test("a folder of other files, of which nothing is touched", async () => {
    const server = await serve();
    writeFileSync(join(folder, "thesis.tex"), "");
    const mode = statSync(folder).mode;
    const [answer] = await readAnew(`${server.url}/a.fits`, [[0, 1000]]);
    expect(answer!.bytes).toEqual(part(0, 1000));
    expect(answer!.warnings).toEqual([
      `the cache ${folder} is not used: ${folder} holds other files, and is no cache; name an empty folder`,
    ]);
    expect([readdirSync(folder), statSync(folder).mode]).toEqual([["thesis.tex"], mode]);
  });

  test("a folder that takes no more files: what it holds is still read", async () => {
    const server = await serve();
    const url = `${server.url}/a.fits`;
    await readAnew(url, [[0, 1000]]);
    const sets = readdirSync(folder).find((name) => name.startsWith("sets-"))!;
    rmSync(join(folder, sets, "new"), { recursive: true });
    writeFileSync(join(folder, sets, "new"), "");
    const source = await resolveSource(url, { cache: lastingCache({ folder }) });
    const records: RequestRecord[] = [];
    const record = (request: RequestRecord): void => void records.push(request);
    expect(await source.getRange({ offset: 0, length: 1000 }, { record })).toEqual(part(0, 1000));
    expect(await source.getRange({ offset: 0, length: 2000 }, { record })).toEqual(part(0, 2000));
    await source.close?.();
    expect(records.map(({ length }) => length)).toEqual([1, 1000]);
    expect(source.warnings).toEqual([
      expect.stringMatching(/^the cache .* is not written any more: ENOTDIR/),
    ]);
  });
});

describe("private files", () => {
  const who = (request: { headers: { authorization?: string | undefined } }): string | undefined =>
    request.headers.authorization?.replace("Bearer ", "");

  test("are not served to anybody else, though everything else about them is the same", async () => {
    // One address, one ETag, and another file for each user.
    const files = { ann: noise(5000, 1), bob: noise(5000, 2) };
    const server = await serve({
      files: { "/ann": files.ann, "/bob": files.bob },
      validators: false,
      headers: { ETag: '"same"' },
      route: (request) => {
        const user = who(request);
        return user === "ann" || user === "bob" ? { path: `/${user}` } : { status: 403 };
      },
    });
    const url = `${server.url}/mine.fits`;
    const as = (user: string): Given => ({ headers: { Authorization: `Bearer ${user}` }, maxAge: 60 });
    for (let i = 0; i < 2; i++) {
      expect((await readAnew(url, [[0, 5000]], as("ann")))[0]!.bytes).toEqual(files.ann);
      expect((await readAnew(url, [[0, 5000]], as("bob")))[0]!.bytes).toEqual(files.bob);
      for (const options of [as("eve"), { maxAge: 60 }])
        await expect(readAnew(url, [[0, 5000]], options)).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
  });

  test("leave no secret in the cache: no name, no key, no signature, no address", async () => {
    const secrets = [
      "tok3n-of-ann",
      "s1gnature",
      "passw0rd",
      "an-access-key",
      "a-secret-key",
      "127.0.0.1",
      "a.fits",
    ];
    const server = await serve({ files: { "/a.fits": new Uint8Array(4000) } });
    const s3 = await startS3Server({
      buckets: { b: { objects: { "a.fits": new Uint8Array(4000) } } },
      accounts: [{ accessKeyId: "an-access-key", secretAccessKey: "a-secret-key" }],
    });
    end(s3);
    const credentials = { accessKeyId: "an-access-key", secretAccessKey: "a-secret-key" };
    const reads: [string, Given][] = [
      [`${server.url}/a.fits`, { headers: { Authorization: "Bearer tok3n-of-ann" } }],
      [`${server.url}/a.fits?X-Amz-Credential=an-access-key%2Fx&X-Amz-Signature=s1gnature`, {}],
      [`${server.url.replace("//", "//ann:passw0rd@")}/a.fits`, {}],
      ["s3://b/a.fits", { s3: { endpoint: s3.url, region: "us-east-1", credentials } }],
    ];
    for (const [url, options] of reads) await readAnew(url, [[0, 4000]], options);
    const [again] = await readAnew("s3://b/a.fits", [[0, 4000]], reads[3]![1]);
    expect(again!.moved).toEqual([1]);
    expect(entriesIn().length).toBe(8);
    const all = filesIn().map((path) => path.slice(folder.length) + readFileSync(path, "latin1"));
    for (const secret of secrets) expect(all.filter((text) => text.includes(secret))).toEqual([]);
    if (process.platform !== "win32") {
      for (const path of filesIn()) expect(statSync(path).mode & 0o077).toBe(0);
      expect(statSync(folder).mode & 0o077).toBe(0);
    }
  });
});

test.each([
  ["cache", { cache: {} }],
  ["cache", { cache: "folder" }],
])("no %s is refused: %j", async (_, options) => {
  const opening = resolveSource("https://a.example/a.fits", options as never);
  await expect(opening).rejects.toMatchObject({
    code: "BAD_ARGUMENT",
    message: "cache must be one that lastingCache() made",
  });
});

test.each([
  { folder: "" },
  { folder: 7 },
  { limit: 1000 },
  { limit: Number.NaN },
  { maxAge: -1 },
  { maxAge: "1" },
])("a cache with %j is refused", (options) => {
  expect(() => lastingCache(options as never)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
});

test("an abort, and a close, end a read at once", async () => {
  const server = await serve({ latency: 5000 });
  const source = await resolveSource(`${server.url}/a.fits`, { cache: lastingCache({ folder }) });
  const stop = new AbortController();
  const reading = source.getRange({ offset: 0, length: 10 }, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await expect(reading).rejects.toThrow("enough");
  const other = source.getRange({ offset: 0, length: 10 });
  await source.close?.();
  await expect(other).rejects.toMatchObject({ code: "CLOSED" });
  await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({ code: "CLOSED" });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[(at + bytes.length) % bytes.length]! ^= 1;
  return changed;
}
