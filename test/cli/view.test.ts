/** `fitslice view`: what it serves. Whom it serves is in view-guard.test.ts. */
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ndarray } from "../../src/array.js";
import { rangesIn } from "../../src/cli/view/ranges.js";
import { open } from "../../src/open.js";
import { findOverview } from "../../src/overview/index.js";
import { createProfile } from "../../src/read/profile.js";
import { sesameHosts } from "../../src/wcs/sesame.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { type Browser, chromium } from "../browser/browsers.js";
import { hasSwift, type SwiftServer, startSwift } from "../servers/swift.js";
import { fitslice } from "./run.js";
import { bytesAt, folder, image, pixels, send, view, viewing } from "./viewing.js";

describe("fitslice view", () => {
  it("prints the address of the page, with a token, the file and the HDU", () => {
    expect(viewing.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}\/#src=file\/m31\.fits&hdu=1$/);
    expect(viewing.told()).toBe("viewing; Ctrl-C ends\n");
  });

  it("serves the page and its scripts, under a policy without eval", async () => {
    const [status, html, headers] = await bytesAt(viewing.base);
    expect([status, headers.get("Content-Type")]).toEqual([200, "text/html; charset=utf-8"]);
    const [, script] = /src="([\w./-]+\.js)"/.exec(String(html))!;
    const [found, code, own] = await bytesAt(new URL(script!, viewing.base).href);
    expect([found, own.get("Content-Type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect(code.equals(readFileSync(join("dist/viewer/page", script!)))).toBe(true);
    const policy = headers.get("Content-Security-Policy")!;
    expect(policy).toMatch(/default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'/);
    expect(policy).not.toMatch(/'unsafe-eval'|\*/);
    for (const host of sesameHosts) expect(policy).toContain(new URL(host).origin);
    for (const [name, value] of Object.entries({
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cache-Control": "no-store",
      "Cross-Origin-Resource-Policy": "same-origin",
    }))
      expect(own.get(name), name).toBe(value);
  });

  it.each<[string, string, number, number, number]>([
    ["a range", "bytes=100-299", 206, 100, 300],
    ["one that goes beyond the end", "bytes=5280000-9999999", 206, 5_280_000, Number.POSITIVE_INFINITY],
    ["one without an end", "bytes=2000-", 206, 2000, Number.POSITIVE_INFINITY],
    ["the last bytes", "bytes=-100", 206, -100, Number.POSITIVE_INFINITY],
    ["what is no range", "bytes=9-2", 200, 0, Number.POSITIVE_INFINITY],
    ["other units", "rows=1-2", 200, 0, Number.POSITIVE_INFINITY],
  ])("answers to %s", async (_, range, expected, from, to) => {
    const [status, bytes, headers] = await bytesAt(`${viewing.base}file/m31.fits`, { Range: range });
    const part = image.subarray(from, Math.min(to, image.length));
    expect([status, bytes.equals(part), headers.get("Content-Length")]).toEqual([
      expected,
      true,
      String(part.length),
    ]);
    const start = image.length - part.length;
    const first = from < 0 || to > image.length ? start : from;
    const told = status === 206 ? `bytes ${first}-${first + part.length - 1}/${image.length}` : null;
    expect(headers.get("Content-Range")).toBe(told);
    expect(headers.get("ETag")).toMatch(/^"[\da-f.]+-[\da-f.]+"$/);
  });

  it("answers 416 to a range beyond the end, HEAD without bytes, and the whole where If-Range is not the version", async () => {
    const file = `${viewing.base}file/m31.fits`;
    const [status, , headers] = await bytesAt(file, { Range: "bytes=99999999-" });
    expect([status, headers.get("Content-Range")]).toEqual([416, `bytes */${image.length}`]);
    const head = await fetch(file, { method: "HEAD" });
    expect([head.status, head.headers.get("Content-Length")]).toEqual([200, String(image.length)]);
    const etag = head.headers.get("ETag")!;
    const [held] = await bytesAt(file, { Range: "bytes=0-9", "If-Range": etag });
    const [other] = await bytesAt(file, { Range: "bytes=0-9", "If-Range": '"old"' });
    expect([held, other]).toEqual([206, 200]);
  });

  it("answers many ranges at once, as the library asks for them", async () => {
    await using fits = await open(`${viewing.base}file/m31.fits`);
    const profile = createProfile();
    const sections = Array.from({ length: 40 }, (_, i) => `${i * 30}, 5:7`);
    const sci = await fits.image("SCI");
    const all = await sci.sections(sections, { profile, optimize: "bytes" });
    const expected = Array.from({ length: 40 }, (_, i) => [pixels[i * 33_000 + 5], pixels[i * 33_000 + 6]]);
    expect(all.map(({ data }) => [...data])).toEqual(expected);
    const header = "bytes=0-79,2880-2959,-80";
    const [status, body, headers] = await bytesAt(`${viewing.base}file/m31.fits`, { Range: header });
    const [, boundary] = /^multipart\/byteranges; boundary=(\w+)$/.exec(headers.get("Content-Type")!)!;
    const parts = body.toString("latin1").split(`\r\n--${boundary}`);
    expect([status, parts.length, parts.at(-1)]).toEqual([206, 5, "--\r\n"]);
    const [, head, bytes] = /^([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(parts[2]!)!;
    expect(head).toContain(`Content-Range: bytes 2880-2959/${image.length}`);
    expect(bytes).toBe(image.toString("latin1", 2880, 2960));
  });

  it("serves the overview beside the file, which the page finds, and knows for the file's", async () => {
    const address = `${viewing.base}file/m31.fits`;
    await using fits = await open(address);
    const overview = await findOverview(fits, address);
    expect(overview!.levels.map(({ factor }) => factor)).toEqual([8]);
    await overview!.close();
    const lonely = await view(["secret.fits", "--no-open"]);
    const other = `${lonely.base}file/secret.fits`;
    await using alone = await open(other);
    expect(await findOverview(alone, other)).toBeUndefined();
    expect(lonely.told()).toBe("viewing; Ctrl-C ends\n");
  });

  it("passes on a file that is compressed as a whole as it is", async () => {
    writeFileSync(
      join(folder, "small.fits.gz"),
      gzipSync(await fitsBytes([imageHdu({ data: ndarray(new Float32Array(4), [2, 2]) })])),
    );
    const { address, base } = await view(["small.fits.gz", "--no-open"]);
    expect(address).toMatch(/#src=file\/small\.fits\.gz$/);
    const [, bytes, headers] = await bytesAt(`${base}file/small.fits.gz`);
    expect(bytes.equals(readFileSync(join(folder, "small.fits.gz")))).toBe(true);
    expect(headers.get("Content-Encoding")).toBeNull();
  });

  it("lists several files, whatever their names, and serves each", async () => {
    const odd = `<b>&'"#?%20 é.fits`;
    mkdirSync(join(folder, "other"), { recursive: true });
    for (const name of [odd, "other/m31.fits"]) writeFileSync(join(folder, name), image);
    const { address, base } = await view(["m31.fits", "other/m31.fits", odd, "--no-open"]);
    expect(address).toBe(`${base}files`);
    const text = String((await bytesAt(address))[1]);
    expect(text).not.toContain("<b>");
    const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, href]) =>
      href!.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
    );
    expect(links).toHaveLength(3);
    const sources = links.map((href) => new URLSearchParams(new URL(href, base).hash.slice(1)).get("src")!);
    expect(sources.slice(0, 2)).toEqual(["file/m31.fits", "file/2/m31.fits"]);
    for (const source of sources) {
      const [status, bytes] = await bytesAt(new URL(source, base).href, { Range: "bytes=0-2879" });
      expect([status, bytes.equals(image.subarray(0, 2880))]).toEqual([206, true]);
    }
  });

  it("tells another version of a file that has changed", async () => {
    writeFileSync(join(folder, "new.fits"), image);
    const { base } = await view(["new.fits", "--no-open"]);
    const etag = async (): Promise<[number, string | null]> => {
      const [status, , headers] = await bytesAt(`${base}file/new.fits`, { Range: "bytes=0-9" });
      return [status, headers.get("ETag")];
    };
    const [, before] = await etag();
    utimesSync(join(folder, "new.fits"), 1000, 1000);
    expect((await etag())[0]).toBe(502);
    const [status, after] = await etag();
    expect(status).toBe(206);
    expect(after).not.toBe(before);
  });

  it("says in one line what cannot be viewed, before it listens", async () => {
    const cases: [string[], RegExp][] = [
      [["none.fits"], /^fitslice: none\.fits: no such file; check the path\n$/],
      [["m31.fits[ERR]"], /^fitslice: .*no HDU "ERR"/],
      [["m31.fits[1:2,1:2]"], /^fitslice: this command reads no pixels/],
      [
        ["m31.fits", "--port", new URL(viewing.base).port],
        /^fitslice: cannot listen at 127\.0\.0\.1:\d+: another program/,
      ],
    ];
    for (const [args, message] of cases) {
      const { code, stderr, text } = await fitslice(["view", ...args, "--no-open"], { cwd: folder });
      expect(code, args.join(" ")).toBeGreaterThan(0);
      expect(stderr).toMatch(message);
      expect([stderr.trim().split("\n").length, text]).toEqual([1, ""]);
    }
  });
  it("says where there is no screen that the address is to be opened", async () => {
    const { told, child } = await view(["m31.fits"]);
    expect(told()).toMatch(
      process.platform === "linux" ? /^no screen here: open the address in a browser/ : /viewing/,
    );
    child.kill("SIGKILL");
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends cleanly at %s, while the page reads", async (signal) => {
    const { base, child } = await view(["m31.fits", "--no-open"]);
    const response = await fetch(`${base}file/m31.fits`);
    const ended = new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    await response.body?.cancel().catch(() => undefined);
  });
});

describe.skipIf(!chromium.executablePath)(
  "fitslice view in Chromium (skipped where it is not installed)",
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch();
    }, 60_000);
    afterAll(() => browser?.close());

    it("shows the file under the policy, by ranges, and keeps the token in its address alone", async () => {
      const page = await browser.newPage();
      const problems: string[] = [];
      const asked: string[] = [];
      page.on("pageerror", (error) => void problems.push(String(error)));
      page.on("console", (message) => {
        if (["error", "warn"].includes(message.type())) problems.push(message.text());
      });
      page.on("request", (request) => void asked.push(request.url()));
      await page.evaluateOnNewDocument(() => {
        const told = ((globalThis as unknown as { told: string[] }).told = []) as string[];
        addEventListener("securitypolicyviolation", ({ violatedDirective }) => {
          told.push(violatedDirective);
        });
        for (const type of ["firstlight", "error"]) addEventListener(type, () => void told.push(type), true);
      });
      await page.goto(viewing.address);
      await page.waitForFunction(() => (globalThis as unknown as { told: string[] }).told.length > 0);
      const { told, hdu, bytes } = await page.evaluate(async () => {
        const viewer = document.querySelector("fits-viewer")!;
        await viewer.idle;
        return {
          told: (globalThis as unknown as { told: string[] }).told,
          hdu: viewer.view.hdu,
          bytes: viewer.profile.bytes,
        };
      });
      expect([told, problems, hdu]).toEqual([["firstlight"], [], 1]);
      expect(bytes).toBeGreaterThan(0);
      expect(asked.filter((address) => address.includes("/file/m31.fits")).length).toBeGreaterThan(1);
      expect(asked.filter((address) => !/^data:/.test(address) && !address.startsWith(viewing.base))).toEqual(
        [],
      );
    }, 60_000);
  },
);

describe("the header Range", () => {
  it.each<[string | null, ReturnType<typeof rangesIn>]>([
    [null, []],
    ["bytes=0-0", [{ start: 0, end: 1 }]],
    [" Bytes = 5- , -3,7-9", [{ start: 5 }, { start: -3 }, { start: 7, end: 10 }]],
    ["bytes=", []],
    ["bytes=-", []],
    ["bytes=1-2,x", []],
    ["bytes=99999999999999999999-", []],
    [`bytes=${new Array(513).fill("0-1").join(",")}`, []],
  ])("%s", (header, ranges) => expect(rangesIn(header)).toEqual(ranges));
});

describe.skipIf(!hasSwift())(
  "fitslice view of a private bucket (skipped where Debian's swift-* packages are not installed)",
  () => {
    let swift: SwiftServer;
    beforeAll(async () => {
      swift = await startSwift();
      await swift.createBucket("private");
      await swift.put("private", "m31.fits", new Uint8Array(image));
      await swift.put("private", "m31.ovr.fits", new Uint8Array(readFileSync(join(folder, "m31.ovr.fits"))));
    }, 120_000);
    afterAll(() => swift?.close());

    const keys = (): Record<string, string> => ({
      AWS_ACCESS_KEY_ID: swift.owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: swift.owner.secretAccessKey,
      AWS_REGION: swift.region,
    });

    it("reads ranges with the user's keys, finds the overview, and lets nobody else in", async () => {
      const { address, base, told } = await view(
        ["s3://private/m31.fits[SCI]", "--endpoint", swift.url, "--no-open"],
        {
          env: keys(),
        },
      );
      expect(address).toMatch(/#src=file\/m31\.fits&hdu=1$/);
      const file = `${base}file/m31.fits`;
      const [status, bytes, headers] = await bytesAt(file, { Range: "bytes=3000-4999" });
      expect([status, bytes.equals(image.subarray(3000, 5000))]).toEqual([206, true]);
      expect(headers.get("ETag")).toMatch(/^"[\da-f]{32}"$/);
      expect(headers.get("Content-Range")).toBe(`bytes 3000-4999/${image.length}`);
      expect((await bytesAt(file))[1].equals(image)).toBe(true);
      await using fits = await open(file);
      const overview = await findOverview(fits, file);
      expect(overview!.levels).toHaveLength(1);
      await overview!.close();
      const { origin, pathname } = new URL(base);
      expect((await fetch(`${origin}/file/m31.fits`)).status).toBe(403);
      for (const headers of [{ Host: "evil.example" }, { Origin: "http://evil.example" }])
        expect((await send(base, { path: `${pathname}file/m31.fits`, headers })).status).toBe(403);
      expect((await send(base, { path: `${pathname}file/%2e%2e/other.fits` })).status).toBe(404);
      expect((await send(base, { path: `${pathname}file/m31.fits`, method: "PUT" })).status).toBe(405);
      expect(told()).toBe("viewing; Ctrl-C ends\n");
    });

    it("says in one line that a stranger may not read", async () => {
      const env = {
        ...keys(),
        AWS_ACCESS_KEY_ID: swift.stranger.accessKeyId,
        AWS_SECRET_ACCESS_KEY: swift.stranger.secretAccessKey,
      };
      const args = ["view", "s3://private/m31.fits", "--endpoint", swift.url, "--no-open"];
      const { code, stderr } = await fitslice(args, { env });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^fitslice: [^\n]*may not read[^\n]*\n$/)]);
    });

    it("tells in one line that the object was replaced, and reads the new one then", async () => {
      await swift.put("private", "new.fits", new Uint8Array(image));
      const args = ["s3://private/new.fits", "--endpoint", swift.url, "--no-open"];
      const { base, told } = await view(args, { env: keys() });
      const first = (): ReturnType<typeof bytesAt> => bytesAt(`${base}file/new.fits`, { Range: "bytes=0-9" });
      expect((await first())[0]).toBe(206);
      await swift.put("private", "new.fits", new Uint8Array(image.subarray(0, 2880)));
      const [status, text] = await first();
      expect([status, String(text)]).toEqual([
        502,
        expect.stringMatching(/^[^\n]*changed while it was read[^\n]*\n$/),
      ]);
      expect(String(text) + told()).not.toMatch(/owner|secret/);
      expect((await first())[0]).toBe(206);
    });
  },
);
