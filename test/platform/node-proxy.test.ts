import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { httpSource } from "../../src/source/http.js";
import { data, testServers } from "../source/http-source.js";

const { serve, end } = testServers();
const names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method"];
const clear = (): void => {
  for (const name of Object.keys(process.env))
    if (names.includes(name.toLowerCase())) delete process.env[name];
};
afterEach(clear);

/** A forward proxy that notes what it is asked; it opens no tunnels. */
async function startProxy(): Promise<{ url: string; asked: string[]; heard: IncomingMessage["headers"][] }> {
  const asked: string[] = [];
  const heard: IncomingMessage["headers"][] = [];
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    heard.push(incoming.headers);
    const { "proxy-authorization": _, "proxy-connection": __, ...headers } = incoming.headers;
    const sent = request(incoming.url!, { headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    sent.end();
  });
  server.on("connect", (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    heard.push(incoming.headers);
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  end({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, heard };
}

describe("a proxy that the environment names", () => {
  it("is asked for plain HTTP, with its own credentials", async () => {
    clear();
    const { url, requests } = await serve();
    const proxy = await startProxy();
    process.env["HTTP_PROXY"] = proxy.url.replace("//", "//me:HUSH@");
    const source = httpSource(`${url}/a.fits`);
    for (const offset of [10, 50])
      expect(await source.getRange({ offset, length: 20 })).toEqual(data.slice(offset, offset + 20));
    expect(proxy.asked).toEqual(Array(2).fill(`GET ${url}/a.fits`));
    expect(proxy.heard[0]?.["proxy-authorization"]).toBe(`Basic ${btoa("me:HUSH")}`);
    expect(requests.map(({ offset }) => offset)).toEqual([10, 50]);
  });

  it("is not asked for what NO_PROXY names", async () => {
    clear();
    const { url } = await serve();
    const proxy = await startProxy();
    process.env["http_proxy"] = proxy.url;
    process.env["no_proxy"] = "example.org,127.0.0.1";
    expect(await httpSource(`${url}/a.fits`).getRange({ offset: 0, length: 5 })).toEqual(data.slice(0, 5));
    expect(proxy.asked).toEqual([]);
  });

  it("is asked for a tunnel to https, and its refusal is told", async () => {
    clear();
    const proxy = await startProxy();
    process.env["HTTPS_PROXY"] = proxy.url;
    const read = httpSource("https://archive.invalid/a.fits").getRange({ offset: 0, length: 5 });
    await expect(read).rejects.toMatchObject({
      code: "BAD_CREDENTIALS",
      message: expect.stringMatching(/the proxy wants credentials \(407\)/),
    });
    expect(proxy.asked).toEqual(["CONNECT archive.invalid:443"]);
  });

  it("must be one that is understood; a CGI script's HTTP_PROXY is a stranger's", async () => {
    clear();
    const { url } = await serve();
    const read = (): Promise<Uint8Array> => httpSource(`${url}/a.fits`).getRange({ offset: 0, length: 5 });
    process.env["ALL_PROXY"] = "socks5://me:HUSH@127.0.0.1:1";
    const refused = { code: "UNSUPPORTED", message: expect.not.stringContaining("HUSH") };
    await expect(read()).rejects.toMatchObject(refused);
    clear();
    process.env["HTTP_PROXY"] = "http://127.0.0.1:1";
    process.env["REQUEST_METHOD"] = "GET";
    expect(await read()).toEqual(data.slice(0, 5));
  });

  it("is named where it does not answer, without its password: the file's address is not at fault", async () => {
    clear();
    process.env["ALL_PROXY"] = "http://me:HUSH@127.0.0.1:1";
    for (const scheme of ["http", "https"]) {
      const read = httpSource(`${scheme}://archive.invalid/a.fits`).getRange({ offset: 0, length: 5 });
      const error = await read.catch((error: unknown) => error);
      expect(error).toMatchObject({
        code: "NETWORK",
        message: expect.stringMatching(/ the proxy 127\.0\.0\.1:1 .*ECONNREFUSED.* check HTTPS_PROXY/),
      });
      expect(String(error)).not.toContain("HUSH");
    }
  });
});
