/** `fitslice view`: whom it serves, and whom it refuses. */
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, chromium } from "../browser/browsers.js";
import { startRangeServer } from "../servers/range-server.js";
import { bytesAt, folder, image, type Sent, send, view, viewing } from "./viewing.js";

/** Sends bytes as they are, and answers with all that comes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

describe("the guard of fitslice view", () => {
  const refused: [string, (token: string, host: string) => Sent, number, RegExp][] = [
    ["no token", () => ({ path: "/" }), 403, /lacks its token/],
    ["another token", (token) => ({ path: `/${"x".repeat(token.length)}/` }), 403, /lacks its token/],
    ["the token in capitals", (token) => ({ path: `/${token.toUpperCase()}x/` }), 403, /lacks its token/],
    ["the token and more", (token) => ({ path: `/${token}x/` }), 403, /lacks its token/],
    ["the token behind another part", (token) => ({ path: `/file/${token}/` }), 403, /lacks its token/],
    ["the token behind a slash", (token) => ({ path: `//${token}/` }), 403, /lacks its token/],
    [
      "the token in headers",
      (token) => ({ path: "/", headers: { Authorization: `Bearer ${token}`, Cookie: `token=${token}` } }),
      403,
      /lacks its token/,
    ],
    [
      "the token in the address of the page that asks",
      (token, host) => ({ path: "/file/m31.fits", headers: { Referer: `http://${host}/${token}/` } }),
      403,
      /lacks its token/,
    ],
    ["part of the token", (token) => ({ path: `/${token.slice(1)}/` }), 403, /lacks its token/],
    ["the file without a token", () => ({ path: "/file/m31.fits" }), 403, /lacks its token/],
    ["the token elsewhere", (token) => ({ path: `/?token=${token}` }), 403, /lacks its token/],
    ["another host", () => ({ headers: { Host: "evil.example" } }), 403, /127\.0\.0\.1 and localhost only/],
    ["its address under another port", () => ({ headers: { Host: "127.0.0.1:1" } }), 403, /localhost only/],
    [
      "its address as part of a name",
      (_, host) => ({ headers: { Host: `127.0.0.1.evil.example:${host.split(":")[1]}` } }),
      403,
      /localhost only/,
    ],
    [
      "its address with a dot behind",
      (_, host) => ({ headers: { Host: host.replace(":", ".:") } }),
      403,
      /localhost only/,
    ],
    [
      "localhost with a dot",
      (_, host) => ({ headers: { Host: `localhost.:${host.split(":")[1]}` } }),
      403,
      /localhost only/,
    ],
    ["its address without a port", () => ({ headers: { Host: "127.0.0.1" } }), 403, /localhost only/],
    ["its address with a user", (_, host) => ({ headers: { Host: `evil.example@${host}` } }), 400, /^/],
    [
      "another name of loopback",
      (_, host) => ({ headers: { Host: `127.1:${host.split(":")[1]}` } }),
      403,
      /localhost only/,
    ],
    [
      "all addresses",
      (_, host) => ({ headers: { Host: `0.0.0.0:${host.split(":")[1]}` } }),
      403,
      /localhost only/,
    ],
    [
      "loopback of IPv6",
      (_, host) => ({ headers: { Host: `[::1]:${host.split(":")[1]}` } }),
      403,
      /localhost only/,
    ],
    [
      "a name below localhost",
      (_, host) => ({ headers: { Host: `evil.localhost:${host.split(":")[1]}` } }),
      403,
      /localhost only/,
    ],
    [
      "another host, whatever a proxy is said to have been asked",
      (_, host) => ({
        headers: { Host: "evil.example", "X-Forwarded-Host": host, Forwarded: `host=${host}` },
      }),
      403,
      /localhost only/,
    ],
    [
      "another host in the first line of the request",
      (token, host) => ({
        path: `http://evil.example/${token}/`,
        headers: { Host: "evil.example", "X-Host": host },
      }),
      403,
      /localhost only/,
    ],
    [
      "another host in the first line alone",
      (token) => ({ path: `http://evil.example/${token}/file/m31.fits` }),
      403,
      /localhost only/,
    ],
    [
      "a page of another host",
      () => ({ headers: { Origin: "http://evil.example" } }),
      403,
      /its own pages only/,
    ],
    ["a page without a host", () => ({ headers: { Origin: "null" } }), 403, /its own pages only/],
    [
      "a page of another port",
      () => ({ headers: { Origin: "http://127.0.0.1:1" } }),
      403,
      /its own pages only/,
    ],
    [
      "a page under TLS",
      (_, host) => ({ headers: { Origin: `https://${host}` } }),
      403,
      /its own pages only/,
    ],
    [
      "a page of another scheme",
      () => ({ headers: { Origin: "chrome-extension://abcdef" } }),
      403,
      /its own pages only/,
    ],
    [
      "a page of a name below its own",
      (_, host) => ({ headers: { Origin: `http://${host}.evil.example` } }),
      403,
      /its own pages only/,
    ],
    ["PATCH", () => ({ method: "PATCH" }), 405, /GET or HEAD/],
    ["TRACE", () => ({ method: "TRACE" }), 405, /GET or HEAD/],
    ["PROPFIND", () => ({ method: "PROPFIND" }), 405, /GET or HEAD/],
    [
      "a method that is asked for beside another",
      () => ({ method: "POST", headers: { "X-HTTP-Method-Override": "GET" } }),
      405,
      /GET or HEAD/,
    ],
    ["POST", () => ({ method: "POST" }), 405, /GET or HEAD/],
    ["PUT", () => ({ method: "PUT" }), 405, /GET or HEAD/],
    ["DELETE", () => ({ method: "DELETE" }), 405, /GET or HEAD/],
    [
      "OPTIONS of another host",
      () => ({ method: "OPTIONS", headers: { Origin: "http://evil.example" } }),
      405,
      /HEAD/,
    ],
    ["a path that leads up", (token) => ({ path: `/${token}/../../package.json` }), 403, /token/],
    [
      "one that leads up, encoded",
      (token) => ({ path: `/${token}/file/%2e%2e/secret.fits` }),
      404,
      /no such file/,
    ],
    [
      "one with encoded slashes",
      (token) => ({ path: `/${token}/..%2f..%2fpackage.json` }),
      404,
      /no such file/,
    ],
    [
      "one that is encoded twice",
      (token) => ({ path: `/${token}/file/%252e%252e%252fsecret.fits` }),
      404,
      /no such file/,
    ],
    [
      "one with dots beside encoded ones",
      (token) => ({ path: `/${token}/file/.%2e/secret.fits` }),
      404,
      /no such file/,
    ],
    ["one with backslashes", (token) => ({ path: `/${token}/file/..\\secret.fits` }), 400, /^/],
    [
      "one with encoded backslashes",
      (token) => ({ path: `/${token}/file/..%5csecret.fits` }),
      404,
      /no such file/,
    ],
    [
      "one of UTF-8 that is too long",
      (token) => ({ path: `/${token}/file/%c0%ae%c0%ae/secret.fits` }),
      404,
      /no such file/,
    ],
    ["one with parameters", (token) => ({ path: `/${token}/file/..;/secret.fits` }), 404, /no such file/],
    ["an address as a path", (token) => ({ path: `/${token}/file:///etc/passwd` }), 404, /no such file/],
    [
      "an address behind the path of a file",
      (token) => ({ path: `/${token}/file/http://127.0.0.1:1/x.fits` }),
      404,
      /no such file/,
    ],
    ["a folder of files", (token) => ({ path: `/${token}/file/` }), 404, /no such file/],
    ["what all objects have", (token) => ({ path: `/${token}/constructor` }), 404, /no such file/],
    ["a file beside the file", (token) => ({ path: `/${token}/file/secret.fits` }), 404, /no such file/],
    ["an absolute path", (token) => ({ path: `/${token}/file/${folder}/secret.fits` }), 404, /no such file/],
    ["NUL", (token) => ({ path: `/${token}/file/m31.fits%00` }), 404, /no such file/],
    ["what is no UTF-8", (token) => ({ path: `/${token}/%ff` }), 404, /no such file/],
    ["the page's folder", (token) => ({ path: `/${token}/chunks` }), 404, /no such file/],
  ];
  it.each(refused)("refuses %s", async (_, make, status, message) => {
    const { host, pathname } = new URL(viewing.base);
    const answer = await send(viewing.base, make(pathname.slice(1, -1), host));
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(message);
    expect(answer.text.trim().split("\n")).toHaveLength(1);
    expect(answer.text).not.toContain(pathname);
  });

  it("refuses what is no request, or says two things", async () => {
    const { port, pathname } = new URL(viewing.base);
    const own = `Host: 127.0.0.1:${port}`;
    for (const lines of [
      [`GET ${pathname} HTTP/1.1`],
      [`GET ${pathname} HTTP/1.0`],
      [`GET ${pathname} HTTP/1.1`, own, "Host: evil.example"],
      [`GET ${pathname} HTTP/1.1`, "Host: evil.example", own],
      [`GET ${pathname} HTTP/1.1`, own, "Content-Length: 1", "Transfer-Encoding: chunked"],
      [`CONNECT evil.example:80 HTTP/1.1`, own],
      [`GET http://127.0.0.1:${port}/../../etc/passwd HTTP/1.1`, own],
    ] as const) {
      const answer = await raw(Number(port), `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
      expect(`${lines.join(" | ")} -> ${answer.slice(0, 12)}`).toMatch(/-> (HTTP\/1\.1 40[03])?$/);
      expect(answer).not.toContain("<!doctype");
    }
  });

  it("looks at each request of a connection, and not at the first one alone", async () => {
    const { port, pathname } = new URL(viewing.base);
    const own = `Host: 127.0.0.1:${port}`;
    const answers = await raw(
      Number(port),
      [
        ...[`GET ${pathname}page.css HTTP/1.1`, own, ""],
        ...[`GET ${pathname}file/m31.fits HTTP/1.1`, `Host: evil.example:${port}`, "Range: bytes=0-79", ""],
        ...["GET /file/m31.fits HTTP/1.1", own, "Connection: close", "", ""],
      ].join("\r\n"),
    );
    expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      "200",
      "403",
      "403",
    ]);
    expect(answers).not.toContain("SIMPLE");
  });

  it("holds no copies of a file for ranges that lie one on the other", async () => {
    const Range = `bytes=${new Array(512).fill("0-").join(",")}`;
    const [status, bytes] = await bytesAt(`${viewing.base}file/m31.fits`, { Range });
    expect([status, bytes.length < 1000]).toEqual([416, true]);
  });

  it("answers at loopback alone", async () => {
    const { port } = new URL(viewing.base);
    const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const addresses = others.filter(({ internal, scopeid }) => !internal && !scopeid);
    for (const { address, family } of addresses) {
      const host = family === "IPv6" ? `[${address}]` : address;
      await expect(fetch(`http://${host}:${port}/`)).rejects.toThrow();
    }
    await expect(fetch(`http://[::1]:${port}/`)).rejects.toThrow();
  });

  it("serves a link to a file as that file, and nothing else that lies in its folder", async () => {
    mkdirSync(join(folder, "linked"), { recursive: true });
    symlinkSync(join(folder, "m31.fits"), join(folder, "linked", "link.fits"));
    symlinkSync("/etc", join(folder, "linked", "etc"));
    const { base } = await view(["linked/link.fits", "--no-open"]);
    const [status, bytes] = await bytesAt(`${base}file/link.fits`, { Range: "bytes=0-2879" });
    expect([status, bytes.equals(image.subarray(0, 2880))]).toEqual([206, true]);
    for (const path of ["file/etc/passwd", "file/m31.fits", "etc/passwd"])
      expect((await bytesAt(`${base}${path}`))[0]).toBe(404);
  });

  it("answers to localhost, too, and to its own pages", async () => {
    const { port } = new URL(viewing.base);
    for (const headers of [
      { Host: `localhost:${port}` },
      { Origin: `http://127.0.0.1:${port}` },
      { Host: `localhost:${port}`, Origin: `http://localhost:${port}` },
    ])
      expect((await send(viewing.base, { headers })).status).toBe(200);
  });

  it("gives the browser a ticket that is good once", async () => {
    const seen = join(folder, "seen");
    const browser = join(folder, "browser.sh");
    writeFileSync(browser, `#!/bin/sh\necho "$1" >> '${seen}'\n`);
    chmodSync(browser, 0o755);
    const { address, base } = await view(["m31.fits"], { env: { BROWSER: browser } });
    for (let i = 0; i < 100 && !existsSync(seen); i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const ticket = readFileSync(seen, "utf8").trim();
    expect(ticket).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}$/);
    expect(base).not.toContain(new URL(ticket).pathname);
    const first = await fetch(ticket, { redirect: "manual" });
    expect(first.status).toBe(302);
    expect(new URL(first.headers.get("Location")!, ticket).href).toBe(address);
    expect((await fetch(ticket, { redirect: "manual" })).status).toBe(403);
  });
});

describe.skipIf(!chromium.executablePath)(
  "the guard of fitslice view in Chromium (skipped where it is not installed)",
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch();
    }, 60_000);
    afterAll(() => browser?.close());

    it("gives nothing to a page of another origin, though it knows the address", async () => {
      const other = await startRangeServer({
        missing: () => ({ status: 200, headers: { "content-type": "text/html" }, body: "<!doctype html>" }),
      });
      try {
        const page = await browser.newPage();
        await page.goto(`${other.url}/`);
        const got = await page.evaluate(async (base) => {
          const script = (): Promise<string> =>
            new Promise((resolve) => {
              const element = document.createElement("script");
              element.onload = () => resolve("loaded");
              element.onerror = () => resolve("refused");
              element.src = `${base}page.js`;
              document.head.append(element);
            });
          const modes = ["cors", "no-cors"] as const;
          const fetched = modes.map((mode) =>
            fetch(`${base}file/m31.fits`, { mode }).then(
              ({ type }) => type,
              () => "refused",
            ),
          );
          return Promise.all([...fetched, script()]);
        }, viewing.base);
        expect(got).toEqual(["refused", "refused", "refused"]);
      } finally {
        await other.close();
      }
    }, 60_000);
  },
);
