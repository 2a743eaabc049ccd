import { afterEach, describe, expect, it } from "vitest";
import { type ListOptions, list } from "../../src/list/index.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { all } from "./files.js";

const open: RangeServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** A server of these pages. */
async function serve(pages: Readonly<Record<string, string>>): Promise<RangeServer> {
  const server = await startRangeServer({
    route: (_, path) => (pages[path] === undefined ? { status: 404 } : { status: 200, body: pages[path] }),
  });
  open.push(server);
  return server;
}

async function names(server: RangeServer, path: string, options?: ListOptions): Promise<string[]> {
  const entries = await all(list(server.url + path, { retries: 0, ...options }));
  return entries.map(({ href }) => href.replace(server.url, ""));
}

const page = (rows: string): string =>
  `<!DOCTYPE html>\n<html><head><title>Index of /</title></head><body><pre>${rows}</pre></body></html>`;
const links = (...hrefs: string[]): string => page(hrefs.map((href) => `<a href="${href}">x</a>`).join("\n"));

describe("an index page", () => {
  it("of nginx", async () => {
    const server = await serve({
      "/d/": `<html>\r\n<head><title>Index of /d/</title></head>\r\n<body>\r\n<h1>Index of /d/</h1><hr><pre><a href="../">../</a>\r\n<a href="sub%20dir/">sub dir/</a>                      30-Nov-2026 21:03       -\r\n<a href="f%231.fits">f#1.fits</a>       01-Feb-2026 04:05               11520\r\n</pre><hr></body></html>`,
    });
    expect(await all(list(`${server.url}/d/`))).toEqual([
      { href: `${server.url}/d/sub%20dir/`, isFolder: true, modified: new Date("2026-11-30T21:03Z") },
      {
        href: `${server.url}/d/f%231.fits`,
        isFolder: false,
        size: 11520,
        modified: new Date("2026-02-01T04:05Z"),
      },
    ]);
    expect(server.requests.length).toBe(1);
  });

  it("of nginx in JSON", async () => {
    const server = await serve({
      "/d/": `[ { "name":"sub", "type":"directory", "mtime":"Mon, 30 Nov 2026 21:03:35 GMT" },
        { "name":"a b.fits", "type":"file", "mtime":"Mon, 30 Nov 2026 21:03:09 GMT", "size":11520 },
        { "name":"../x", "type":"file" } , { "name":"..", "type":"directory" }]`,
    });
    expect(await all(list(`${server.url}/d/`))).toEqual([
      { href: `${server.url}/d/sub/`, isFolder: true, modified: new Date("2026-11-30T21:03:35Z") },
      {
        href: `${server.url}/d/a%20b.fits`,
        isFolder: false,
        size: 11520,
        modified: new Date("2026-11-30T21:03:09Z"),
      },
    ]);
  });

  it("of Apache, plain and as a table", async () => {
    const server = await serve({
      "/d/": page(
        `<img src="/icons/blank.gif"> <a href="?C=N;O=D">Name</a> <a href="?C=M;O=A">Last modified</a><hr><img src="/icons/back.gif"> <a href="/">Parent Directory</a>  -\n<a href="f0.fits">f0.fits</a>    2026-11-30 21:03   11K  \n<a href="g.fits">g.fits</a>    2026-11-30 21:03  1.5G  \n<a href="s.txt">s.txt</a>    2026-11-30 21:03  512 `,
      ),
      "/t/": `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"><html><table><tr><td valign="top"><a href="f0.fits"><img></a></td><td><a href="f0.fits">f0.fits</a></td><td align="right">2026-11-30 21:03  </td><td align="right"> 11K</td></tr></table></html>`,
    });
    const modified = new Date("2026-11-30T21:03Z");
    expect(await all(list(`${server.url}/d/`))).toEqual([
      { href: `${server.url}/d/f0.fits`, isFolder: false, sizeAbout: 11264, modified },
      { href: `${server.url}/d/g.fits`, isFolder: false, sizeAbout: 1.5 * 1024 ** 3, modified },
      { href: `${server.url}/d/s.txt`, isFolder: false, size: 512, modified },
    ]);
    expect((await all(list(`${server.url}/t/`))).map(({ sizeAbout }) => sizeAbout)).toEqual([11264]);
  });

  it("of lighttpd", async () => {
    const server = await serve({
      "/d/": `<!DOCTYPE html>\n<html><tr><td class="n"><a href="a.fits">a.fits</a></td><td class="m">2026-Nov-30 20:43:19</td><td class="s">1.0K</td></tr></html>`,
    });
    expect(await all(list(`${server.url}/d/`))).toEqual([
      {
        href: `${server.url}/d/a.fits`,
        isFolder: false,
        sizeAbout: 1024,
        modified: new Date("2026-11-30T20:43:19Z"),
      },
    ]);
  });

  it("counts only links directly below it, once", async () => {
    const server = await serve({
      "/d/": links(
        ...[
          "a.fits",
          "./a.fits",
          "/d/b.fits",
          "../c.fits",
          "..",
          ".",
          "/",
          "e/f.fits",
          "%2e%2e/g.fits",
          "h%2Fi.fits",
        ],
        ...[
          "http://elsewhere.example/d/j.fits",
          "//elsewhere.example/d/k.fits",
          "?x",
          "l.fits?x",
          "#m",
          "javascript:n",
        ],
        ...["o%00.fits", "p&amp;q&#32;.fits", "", "/d", "%", "(r)/", "s\u001b[31m"],
      ),
    });
    expect(await names(server, "/d/")).toEqual([
      "/d/a.fits",
      "/d/b.fits",
      "/d/p&q.fits".replace("q", "q%20"),
      "/d/%",
      "/d/(r)/",
      "/d/s%1B[31m",
    ]);
  });

  it("leads to its folders, by patterns and at all depths", async () => {
    const server = await serve({
      "/d/": links("n1/", "n2/", "x.txt"),
      "/d/n1/": links("../", "a.fits", "deep/"),
      "/d/n1/deep/": links("b.fits"),
      "/d/n2/": links("c.fits"),
    });
    expect(await names(server, "/d/*/*.fits")).toEqual(["/d/n1/a.fits", "/d/n2/c.fits"]);
    expect(server.requests.splice(0).length).toBe(3);
    expect(await names(server, "/d/", { recursive: true })).toEqual([
      "/d/n1/a.fits",
      "/d/n1/deep/b.fits",
      "/d/n2/c.fits",
      "/d/x.txt",
    ]);
    expect(server.requests.splice(0).length).toBe(4);
    expect(await names(server, "/d/**/b.fits")).toEqual(["/d/n1/deep/b.fits"]);
    expect(await names(server, "/d/x")).toEqual(["/d/x.txt"]);
    expect(await names(server, "/d/n1")).toEqual(["/d/n1/a.fits", "/d/n1/deep/"]);
  });
});

describe("what cannot be listed", () => {
  it("says so", async () => {
    const server = await serve({ "/login/": "Please log in", "/empty/": "", "/list.json/": '["a"]' });
    await expect(names(server, "/login/")).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect(names(server, "/empty/")).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect(names(server, "/list.json/")).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect(names(server, "/none/")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(names(server, "/d/?C=M")).rejects.toMatchObject({ code: "BAD_SOURCE" });
    await expect(all(list("https://me:HUSH@a.example/d/"))).rejects.toThrow(
      /^https:\/\/a\.example\/d\/: (?!.*HUSH)/,
    );
    await expect(all(list("https://a.example/", { schemes: ["s3"] }))).rejects.toMatchObject({
      code: "BAD_SOURCE",
    });
  });

  it("has no end: folders in folders in folders", async () => {
    const server = await startRangeServer({ route: () => ({ status: 200, body: links("again/") }) });
    open.push(server);
    await expect(names(server, "/", { recursive: true })).rejects.toThrow(/more than 64 folders deep/);
    expect(server.requests.length).toBeLessThan(70);
  });

  it("stops at an abort", async () => {
    const server = await startRangeServer({
      latency: 10_000,
      route: () => ({ status: 200, body: links("a") }),
    });
    open.push(server);
    await expect(names(server, "/", { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});
