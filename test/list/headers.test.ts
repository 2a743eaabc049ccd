import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProfile, type RequestEvent } from "../../src/index.js";
import { type FileHeaders, type HeadersOptions, headersOf, list } from "../../src/list/index.js";
import { jobsDone } from "../../src/list/jobs.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { startS3Server } from "../servers/s3-server.js";
import { all, headerFile } from "./files.js";

const open: RangeServer[] = [];
const kept = { ...process.env };
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  process.env["AWS_CONFIG_FILE"] = process.env["AWS_SHARED_CREDENTIALS_FILE"] = "/nonexistent";
});
afterEach(async () => {
  process.env = { ...kept };
  for (const server of open.splice(0)) await server.close();
});

const one = headerFile(
  ["OBJECT  = 'M 31'", "EXPTIME =                  30.", "CD1_1   = 1E2", "CD2_2   = -2.5", "NUM     = 7"],
  ["EXTNAME = 'SCI'", "EXTVER  = 2", "NUM     = 123456789012345678901", "CPX     = (1.0, 2)"],
);

async function serve(count: number): Promise<{ server: RangeServer; options: HeadersOptions }> {
  const objects = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `n/${String(i).padStart(4, "0")}.fits`,
      headerFile([`NUM     = ${i}`]),
    ]),
  );
  const account = { accessKeyId: "AKID", secretAccessKey: "HUSH/secret" };
  const server = await startS3Server({
    buckets: { b: { objects } },
    accounts: [account],
    region: "eu-south-7",
  });
  open.push(server);
  const s3 = { endpoint: server.url, region: "eu-south-7", credentials: account };
  return { server, options: { keywords: ["NUM"], s3, retries: 0 } };
}

async function file(bytes: Uint8Array): Promise<string> {
  const server = await startRangeServer({ files: { "/a.fits": bytes } });
  open.push(server);
  return `${server.url}/a.fits`;
}

describe("keywords of a file", () => {
  it("are those asked for that are there, of one HDU or of all", async () => {
    const href = await file(one);
    const keywords = ["num", "CD*", "EXPTIME", "NOPE", "CPX", "NUM"];
    expect(await all(headersOf(href, { keywords }))).toEqual([
      {
        index: 0,
        href,
        hdus: [
          {
            hdu: 0,
            name: "PRIMARY",
            ver: 1,
            values: { NUM: 7, CD1_1: 100, CD2_2: -2.5, EXPTIME: 30 },
            floats: ["CD1_1", "EXPTIME"],
          },
        ],
      },
    ]);
    const [two] = await all(headersOf(href, { keywords, hdu: "all" }));
    expect(two!.hdus.map(({ hdu, name, ver }) => [hdu, name, ver])).toEqual([
      [0, "PRIMARY", 1],
      [1, "SCI", 2],
    ]);
    expect(two!.hdus[1]!.values).toEqual({ NUM: 123456789012345678901n, CPX: [1, 2] });
    const [named] = await all(headersOf(href, { keywords, hdu: "sci" }));
    expect(named!.hdus).toEqual([two!.hdus[1]]);
  });

  it("that are repeated, without a value, or of no name that an object should have", async () => {
    const cards = ["HISTORY one", "HISTORY two", "NONE    =", "A       = 1", "A       = 2", "__PROTO_= 3"];
    const href = await file(headerFile([...cards, "HIERARCH __proto__ = 4"]));
    const [read] = await all(headersOf(href, { keywords: ["HISTORY", "NONE", "A", "__PROTO__", "*"] }));
    expect(read!.hdus[0]!.values).toMatchObject({ HISTORY: "one\ntwo", NONE: null, A: 1, __PROTO_: 3 });
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });
});

describe("many files", () => {
  it("take one request each, and keys are got once for all", async () => {
    const { server, options } = await serve(50);
    let asked = 0;
    const credentials = async () => {
      asked++;
      return { accessKeyId: "AKID", secretAccessKey: "HUSH/secret" };
    };
    const entries = list("s3://b/n/*.fits", { s3: options.s3 });
    const found = await all(headersOf(entries, { ...options, s3: { ...options.s3, credentials } }));
    expect(found.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    for (const { index, href, hdus } of found)
      expect([href, hdus[0]!.values["NUM"]]).toEqual([
        `s3://b/n/${String(index).padStart(4, "0")}.fits`,
        index,
      ]);
    expect(server.requests.length).toBe(51);
    expect(asked).toBe(1);
  });

  it("may be named by a pattern, and are read so many at a time", async () => {
    const { options } = await serve(20);
    const events: RequestEvent[] = [];
    const profile = createProfile({ onRequest: (event) => events.push(event) });
    const found = await all(headersOf("s3://b/n/00*[02468].fits", { ...options, jobs: 3, profile }));
    expect(found.length).toBe(10);
    expect(events.filter(({ label }) => label === "listing").length).toBe(1);
    const reads = events.filter(({ label }) => label !== "listing");
    expect(reads.length).toBe(10);
    const most = reads.map(
      ({ start }) => reads.filter((other) => other.start <= start && other.end > start).length,
    );
    expect(Math.max(...most)).toBeLessThanOrEqual(3);
  });

  it("that cannot be read are told, and end nothing", async () => {
    const { server, options } = await serve(3);
    server.set("/b/n/0001.fits", new Uint8Array(Buffer.from("nothing of the kind")));
    const names = [
      "s3://b/n/0000.fits",
      "s3://b/n/0001.fits",
      "s3://b/n/none.fits",
      "gopher://x",
      "s3://b/n/0002.fits",
    ];
    const found = await all(headersOf(names, options));
    found.sort((a, b) => a.index - b.index);
    expect(found.map(({ error }) => error?.code)).toEqual([
      undefined,
      "NOT_FITS",
      "NOT_FOUND",
      "BAD_SOURCE",
      undefined,
    ]);
    expect(found.map(({ hdus }) => hdus.length)).toEqual([1, 0, 0, 0, 1]);
  });

  it("are not asked for any more when nobody wants more, or at an abort", async () => {
    const { server, options } = await serve(100);
    for await (const _ of headersOf("s3://b/n/*.fits", { ...options, jobs: 2 })) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests.length).toBeLessThan(10);
    const ending = new AbortController();
    const reason = new Error("enough");
    const read: FileHeaders[] = [];
    const reading = (async () => {
      for await (const one of headersOf("s3://b/n/*.fits", { ...options, jobs: 2, signal: ending.signal })) {
        read.push(one);
        if (read.length === 5) ending.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(read.length).toBeLessThan(10);
  });

  it("of options that make no sense are refused", async () => {
    for (const wrong of [{ keywords: [] }, { keywords: "OBJECT" }, { keywords: ["A"], jobs: 0 }])
      await expect(all(headersOf("x", wrong as never))).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    await expect(all(headersOf("s3://b/", { keywords: ["A"], schemes: ["https"] }))).rejects.toMatchObject({
      code: "BAD_SOURCE",
    });
  });

  it("of a header that has no end are an error of the file", async () => {
    const bomb = Buffer.alloc(64 << 20, "COMMENT bomb".padEnd(80));
    bomb.set(headerFile([]).subarray(0, 240));
    const href = await file(new Uint8Array(bomb));
    const [read] = await all(headersOf([href], { keywords: ["*"] }));
    expect(read!.error?.code).toMatch(/BAD_HEADER|NOT_FITS|TOO_LARGE|TRUNCATED/);
  });
});

describe("jobs", () => {
  async function* jobs(count: number, begun: number[]): AsyncGenerator<() => Promise<number>, undefined> {
    for (let i = 0; i < count; i++) {
      begun.push(i);
      yield async () => i;
    }
  }

  it("are begun no faster than results are taken", async () => {
    const begun: number[] = [];
    for await (const result of jobsDone(jobs(20, begun), 4)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(begun.length).toBeLessThanOrEqual(result + 1 + 2 * 4);
    }
    expect(begun.length).toBe(20);
  });

  it("end with the first failure of a job, or of the list of jobs", async () => {
    async function* failing(): AsyncGenerator<() => Promise<number>, undefined> {
      yield async () => 1;
      yield async () => {
        throw new Error("job");
      };
      await new Promise(() => undefined);
    }
    await expect(all(jobsDone(failing(), 2))).rejects.toThrow("job");
    async function* broken(): AsyncGenerator<() => Promise<number>, undefined> {
      yield async () => 1;
      throw new Error("list");
    }
    await expect(all(jobsDone(broken(), 2))).rejects.toThrow("list");
  });
});
