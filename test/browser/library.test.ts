/**
 * The built library in Chromium and in Firefox: the same tests in both.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type ImageHdu, open } from "../../src/index.js";
import { exampleFile, examplePixel } from "../fixtures/example.js";
import { compressedFile, testImage } from "../image/tiles/make.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";
import { type Browser, browsers, type Page } from "./browsers.js";
import { type PageLibrary, type Site, startSite } from "./site.js";

declare const fitslice: PageLibrary;
/** A read that is under way in the page between two calls of a test. */
declare const held: { image: ImageHdu; controller: AbortController; read: Promise<unknown> };

interface TiledCase {
  readonly file: string;
  readonly hdu: number;
  readonly shape: readonly number[];
  readonly sections: readonly { selection: string; shape: readonly number[]; sha256: string }[];
}

const fixture = (path: string): Uint8Array => readFileSync(new URL(`../${path}`, import.meta.url));
const tiledCases = JSON.parse(
  new TextDecoder().decode(fixture("fixtures/tiled/cases.json")),
) as readonly TiledCase[];
const tables = ["t0.fits", "t1.fits.fz", "t4.fits.fz", "t6.fits"];
const sizes = { rice: 2100, gzip: 1500, gzip2: 1500, hcompress: 1100 } as const;
const large = [...Object.keys(sizes), "plio"];
const damaged = ["rice-damaged", "gzip2-damaged"];
const wrappings = ["gz", "bz2", "zst", "Z"];

describe.each(browsers)("in $name (skipped where there is none)", ({ executablePath, launch }) => {
  let browser: Browser;
  let site: Site;
  let archive: RangeServer;
  let hidden: RangeServer;
  let closed: RangeServer;
  let s3: S3Server;
  let page: Page;
  const files = new Map<string, Uint8Array>();

  beforeAll(async () => {
    if (!executablePath) return;
    const example = await exampleFile();
    files.set("/hst.fits", example).set("/hst.fits.gz", gzipSync(example));
    for (const { file } of tiledCases) files.set(`/${file}`, fixture(`fixtures/tiled/${file}`));
    for (const name of tables) files.set(`/${name}`, fixture(`fixtures/table/${name}`));
    for (const name of wrappings)
      files.set(`/image.fits.${name}`, fixture(`browser/fixtures/image.fits.${name}`));
    await addLarge(files);
    site = await startSite(files);
    archive = await startRangeServer({ files, cors: true });
    hidden = await startRangeServer({ files, cors: [] });
    closed = await startRangeServer({ files });
    s3 = await startS3Server({
      buckets: { archive: { objects: { "hst.fits": example } } },
      accounts: [{ accessKeyId: "key", secretAccessKey: "secret" }],
      cors: true,
    });
    browser = await launch();
    page = await browser.newPage();
    await goto("/");
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    site?.close();
    await Promise.all([archive, hidden, closed, s3].map((server) => server?.close()));
  });

  async function goto(path: string): Promise<void> {
    await page.goto(`${site.url}${path}`);
    await page.waitForFunction(() => "fitslice" in globalThis);
  }

  /** A test that runs where this browser is. */
  const it = test.skipIf(!executablePath);

  it("reads a section of another origin: right pixels, two round trips", async () => {
    const got = await page.evaluate(async (url) => {
      const profile = fitslice.createProfile();
      const fits = await fitslice.open(url, { profile, blockSize: 11520 });
      const { data, shape } = await (await fits.image("SCI")).section("100:150, 200:260");
      const { roundTrips, bytes } = profile.summary();
      await fits.close();
      return { shape, data: Array.from(data, Number), roundTrips, bytes };
    }, `${archive.url}/hst.fits`);
    const right = Array.from({ length: 3000 }, (_, i) =>
      examplePixel(100 + Math.floor(i / 60), 200 + (i % 60)),
    );
    expect(got).toMatchObject({ shape: [50, 60], data: right, roundTrips: 2 });
    expect(got.bytes).toBeLessThan(11520 + 50 * 1600);
  });

  it("asks a server of another origin for no leave, however many rows are read", async () => {
    archive.requests.length = 0;
    const read = await page.evaluate(async (url) => {
      const fits = await fitslice.open(url, { blockSize: 11520 });
      const image = await fits.image("SCI");
      const { shape } = await image.section("::5, :", { optimize: "bytes" });
      await fits.close();
      return shape[0]!;
    }, `${archive.url}/hst.fits`);
    expect(read).toBeGreaterThan(20);
    expect(archive.requests.length).toBeGreaterThan(read - 3);
    // Several ranges in one header are no simple request: the browser would ask first, at each file.
    expect(archive.requests.map(({ method }) => method)).not.toContain("OPTIONS");
  });

  it("keeps what it reads for the page that comes next, within the limit", async () => {
    const read = async (
      url: string,
    ): Promise<{ data: number[]; requests: number; bytes: number; held: number[] }> => {
      await goto("/");
      return page.evaluate(async (url) => {
        const profile = fitslice.createProfile();
        const cache = fitslice.lastingCache({ folder: "mine", limit: 16 * 2 ** 20 });
        const fits = await fitslice.open(url, { profile, cache });
        const { data } = await (await fits.image("SCI")).section("100:150, 200:260");
        const { requests, bytes } = profile.summary();
        await fits.close();
        const info = await cache.info();
        return {
          data: Array.from(data, Number),
          requests,
          bytes,
          held: [info.entries, info.bytes, info.limit!],
        };
      }, url);
    };
    const url = `${archive.url}/hst.fits`;
    const first = await read(url);
    const again = await read(url);
    expect(again.data).toEqual(first.data);
    expect(first.requests).toBeGreaterThan(1);
    expect([again.requests, again.bytes]).toEqual([1, 1]);
    const [entries, bytes, limit] = again.held as [number, number, number];
    expect([entries > 2, bytes > first.data.length * 4, bytes < limit, limit]).toEqual([
      true,
      true,
      true,
      2 ** 24,
    ]);
    expect((await read(`${hidden.url}/hst.fits`)).held).toEqual(again.held); // without an ETag nothing is kept
    const left = await page.evaluate(async () => {
      const cache = fitslice.lastingCache({ folder: "mine" });
      await cache.clear();
      return [(await cache.info()).entries, (await caches.keys()).length];
    });
    expect(left).toEqual([0, 0]);
  });

  it.each(tiledCases)("decodes $file to the pixels that astropy says", async ({ file, hdu, sections }) => {
    const selections = sections.map(({ selection }) => selection);
    const got = await page.evaluate(
      async (url, hdu, selections) => {
        const fits = await fitslice.open(url);
        const image = await fits.image(hdu);
        const found = [];
        for (const selection of selections) {
          const { data, shape } = await image.section(selection);
          found.push({ selection, shape: [...shape], sha256: await fitslice.digest(data) });
        }
        await fits.close();
        return found;
      },
      `${archive.url}/${file}`,
      hdu,
      selections,
    );
    expect(got).toEqual(sections);
  });

  it.each(wrappings)("reads a file that is compressed as a whole: .%s", async (wrapping) => {
    const { hdu, sections } = tiledCases.find(({ file }) => file.startsWith("008-"))!;
    const got = await page.evaluate(
      async (url, hdu) => {
        const fits = await fitslice.open(url);
        const { data } = await (await fits.image(hdu)).section("...");
        await fits.close();
        return fitslice.digest(data);
      },
      `${archive.url}/image.fits.${wrapping}`,
      hdu,
    );
    expect(got).toBe(sections.find(({ selection }) => selection === "...")!.sha256);
  });

  it.each(tables)("reads the cells of %s as Node does", async (name) => {
    /** All cells of HDU 1, as text. Runs in the page as well. */
    async function cells(library: Pick<PageLibrary, "open">, input: string | Uint8Array): Promise<string> {
      const fits = await library.open(input);
      const { columns } = await (await fits.table(1)).select();
      await fits.close();
      const text = (_: string, value: unknown): unknown =>
        typeof value === "bigint" || typeof value === "number"
          ? `${typeof value} ${value}`
          : ArrayBuffer.isView(value)
            ? Array.from(value as unknown as ArrayLike<unknown>)
            : value;
      return JSON.stringify(
        columns.map((column) => [column.column.name, Array.from(column)]),
        text,
      );
    }
    const here = await cells({ open }, files.get(`/${name}`)!);
    expect(here.length).toBeGreaterThan(100);
    const there = await page.evaluate(`(${cells})(fitslice, ${JSON.stringify(`${archive.url}/${name}`)})`);
    expect(there).toBe(here);
  });

  it("selects rows of a table by a condition", async () => {
    const got = await page.evaluate(async (url) => {
      const fits = await fitslice.open(url);
      const catalog = await fits.table("CATALOG");
      const bright = await catalog.select({
        columns: ["id", "mag"],
        where: "mag < 16.3 and class == 'STAR'",
      });
      await fits.close();
      return [...bright.column("id")].map(String);
    }, `${archive.url}/hst.fits`);
    expect(got).toEqual([0, 52, 100, 152].map((row) => String(9007199254740993n + BigInt(row))));
  });

  it("reads a File and a Blob of the user's", async () => {
    const got = await page.evaluate(async (url) => {
      const bytes = await (await fetch(url)).arrayBuffer();
      const all = [];
      for (const input of [new File([bytes], "hst.fits"), new Blob([bytes])]) {
        const fits = await fitslice.open(input);
        const { data } = await (await fits.image("SCI")).section("7:8, 5:9");
        all.push({ pixels: Array.from(data, Number), whole: fits.size === bytes.byteLength });
        await fits.close();
      }
      return all;
    }, `${archive.url}/hst.fits`);
    const right = { pixels: [5, 6, 7, 8].map((x) => examplePixel(7, x)), whole: true };
    expect(got).toEqual([right, right]);
  });

  it("signs requests to S3", async () => {
    const names = await page.evaluate(async (endpoint) => {
      const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
      const fits = await fitslice.open("s3://archive/hst.fits", { s3: { endpoint, credentials } });
      return (await fits.hdus()).map((hdu) => hdu.name);
    }, s3.url);
    expect(names).toEqual(["PRIMARY", "SCI", "WHT", "CATALOG"]);
  });

  it("takes a relative address in a page", async () => {
    const pixels = await page.evaluate(async () => {
      const fits = await fitslice.open("hst.fits");
      const { data } = await (await fits.image("SCI")).section("7:8, 5:9");
      await fits.close();
      return Array.from(data, Number);
    });
    expect(pixels).toEqual([5, 6, 7, 8].map((x) => examplePixel(7, x)));
  });

  it("reads where the server shows no header to the page, to the end of the file", async () => {
    const read = (section: string): Promise<number[] | string> =>
      page.evaluate(
        async (url, section) => {
          try {
            const fits = await fitslice.open(url, { blockSize: 11520 });
            const { data } = await (await fits.image("SCI")).section(section);
            await fits.close();
            return Array.from(data, Number);
          } catch (error) {
            return `${(error as { code?: string }).code}: ${(error as Error).message}`;
          }
        },
        `${hidden.url}/hst.fits`,
        section,
      );
    expect(await read("7:8, 5:9")).toEqual([5, 6, 7, 8].map((x) => examplePixel(7, x)));
    const last = await page.evaluate(async (url) => {
      const fits = await fitslice.open(url, { blockSize: 11520 });
      const mag = (await fits.table("CATALOG")).column("mag");
      return mag.then(({ length }) => length).catch((error) => `${error.code}: ${error.message}`);
    }, `${hidden.url}/hst.fits`);
    expect(String(last)).toBe("200");
  });

  it("says that CORS may be what keeps the page from a server", async () => {
    const got = await page.evaluate(
      (url) => fitslice.open(url, { retries: 0 }).catch(({ code, message }) => `${code}: ${message}`),
      `${closed.url}/hst.fits`,
    );
    expect(got).toMatch(/^NETWORK: .*CORS/);
  });

  it("says that a file is not there", async () => {
    const got = await page.evaluate(
      (url) => fitslice.open(url).catch((error) => error.code),
      `${archive.url}/none.fits`,
    );
    expect(got).toBe("NOT_FOUND");
  });

  it("gives up a read that is aborted, with its reason, and ends its requests", async () => {
    await page.evaluate(async (url) => {
      const fits = await fitslice.open(url, { blockSize: 11520, timeout: 60_000 });
      held.image = await fits.image("SCI");
    }, `${archive.url}/hst.fits`);
    archive.requests.length = 0;
    // Every request of the read stops halfway: only its signal can end the read.
    archive.nextFaults.push(...Array.from({ length: 40 }, () => "stall" as const));
    await page.evaluate(() => {
      held.controller = new AbortController();
      held.read = held.image
        .section("...", { signal: held.controller.signal })
        .catch((error) => error.message);
    });
    await vi.waitFor(() => expect(archive.requests.some(({ sent }) => sent > 0)).toBe(true), 10_000);
    const got = await page.evaluate(() => {
      held.controller.abort(new Error("enough"));
      return held.read;
    });
    expect(got).toBe("enough");
    await vi.waitFor(() => expect(archive.requests.every(({ end }) => end !== undefined)).toBe(true), 10_000);
    archive.nextFaults.length = 0;
  });

  /** A read of the whole image of a file: a digest of the pixels or an error, and how much of it workers did. */
  async function readLarge(
    name: string,
    workers: number,
  ): Promise<{ got: string; started: number; messages: number }> {
    return page.evaluate(
      async (name, workers) => {
        const before = { ...fitslice.workers };
        const bytes = new Uint8Array(await (await fetch(name)).arrayBuffer());
        const fits = await fitslice.open(bytes, { workers });
        const got = await (await fits.image(1)).section().then(
          async ({ data }) => `${data.length} ${await fitslice.digest(data)}`,
          (error) => `${error.code}: ${error.message}`,
        );
        await fits.close();
        const { started, messages } = fitslice.workers;
        return { got, started: started - before.started, messages: messages - before.messages };
      },
      name,
      workers,
    );
  }

  it.each(large)("lets workers decode a large image to the pixels that Node reads (%s)", async (name) => {
    const fits = await open(files.get(`/${name}`)!, { workers: 0 });
    const { data } = await (await fits.image(1)).section();
    await fits.close();
    const right = `${data.length} ${createHash("sha256").update(data).digest("hex")}`;
    const [here, there] = [await readLarge(name, 0), await readLarge(name, 2)];
    expect(here).toEqual({ got: right, started: 0, messages: 0 });
    expect(there.got).toBe(right);
    expect(there.started).toBe(2);
    // Each worker says first that it is ready.
    expect(there.messages).toBeGreaterThan(2);
  });

  it.each(damaged)("names the damaged tile that a worker met (%s)", async (name) => {
    const [here, there] = [await readLarge(name, 0), await readLarge(name, 2)];
    expect(here.got).toMatch(/^BAD_DATA: HDU 1 \(COMPRESSED_IMAGE\), tile \d+ \(/);
    expect(there.got).toBe(here.got);
    expect(there.started).toBe(2);
  });

  it("decodes in the page, without WebAssembly, where its policy forbids both", async () => {
    const usual = [];
    for (const name of large) usual.push((await readLarge(name, 0)).got);
    await goto("/strict");
    const forbidden = await page.evaluate(() =>
      WebAssembly.instantiate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(() => "", String),
    );
    expect(forbidden).toMatch(/Content.Security.Policy|CSP/i);
    for (const [i, name] of large.entries()) {
      for (const workers of [0, 2]) {
        expect(await readLarge(name, workers)).toMatchObject({ got: usual[i], messages: 0 });
      }
    }
  }, 120_000);
});

/** Images so large that workers are started for them, some of them damaged. */
async function addLarge(files: Map<string, Uint8Array>): Promise<void> {
  for (const [algorithm, size] of Object.entries(sizes)) {
    const image = testImage("float32", [size, size]);
    files.set(`/${algorithm}`, await compressedFile(image, { algorithm: algorithm as keyof typeof sizes }));
  }
  files.set("/plio", await compressedFile(testImage("int16", [3000, 3000]), { algorithm: "plio" }));
  for (const name of ["rice", "gzip2"]) {
    const damaged = files.get(`/${name}`)!.slice();
    const heap = heapOffset(damaged);
    damaged.fill(0xff, heap + 20, heap + 300);
    files.set(`/${name}-damaged`, damaged);
  }
}

/** Where the compressed tiles of HDU 1 begin, behind the rows of their descriptors. */
function heapOffset(bytes: Uint8Array): number {
  const text = new TextDecoder("latin1").decode(bytes.subarray(2880, 2880 * 20));
  const number = (keyword: string): number => Number(text.match(new RegExp(`${keyword} *= +(\\d+)`))![1]);
  const headerEnd = 2880 + Math.ceil((text.search(/END {77}/) + 80) / 2880) * 2880;
  return headerEnd + number("NAXIS1") * number("NAXIS2");
}
