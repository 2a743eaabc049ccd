import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { httpSource } from "../../src/source/http.js";
import type { RequestRecord } from "../../src/source/source.js";
import { certificateFor } from "../servers/certificate.js";
import { type Daemon, hasDaemon, startProxy } from "../servers/daemons.js";
import { data, testServers } from "../source/http-source.js";

const { serve, end } = testServers();
const variables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);
const clear = (): void => {
  for (const name of variables) delete process.env[name];
};
afterEach(clear);

const range = { offset: 10, length: 20 };
const bytes = data.slice(10, 30);

/** An https: server with a certificate of its own. */
async function secureServer(): Promise<string> {
  const { key, cert, remove } = certificateFor("IP:127.0.0.1");
  remove();
  const server = createServer({ key, cert }, (_, response) => {
    response.writeHead(206, { "content-range": `bytes 10-29/${data.length}` }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  end({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/a.fits`;
}

describe.each(["squid", "tinyproxy"] as const)("%s (skipped where it is not installed)", (name) => {
  describe.skipIf(!hasDaemon(name))("as Debian packages it", () => {
    let proxy: Daemon;
    beforeAll(async () => {
      proxy = await startProxy(name, "me", "HUSH");
    }, 60_000);
    afterAll(() => proxy?.close());
    const at = (who: string): string => proxy.url.replace("//", `//${who}@`);

    it("takes plain requests, and shows its credentials to nobody", async () => {
      const { url, requests } = await serve();
      process.env["HTTP_PROXY"] = at("me:HUSH");
      const records: RequestRecord[] = [];
      const options = { headers: true, record: (entry: RequestRecord) => void records.push(entry) };
      const source = httpSource(`${url}/a.fits`);
      for (let i = 0; i < 2; i++) expect(await source.getRange(range, options)).toEqual(bytes);
      expect(requests[0]?.headers["via"]).toBeDefined();
      expect(requests[0]?.headers["proxy-authorization"]).toBeUndefined();
      expect(JSON.stringify(records)).not.toContain("HUSH");
    });

    it("tunnels to https:", async () => {
      const url = await secureServer();
      const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"; // the certificate is this test's own
      process.env["HTTPS_PROXY"] = at("me:HUSH");
      try {
        expect(await httpSource(url).getRange(range)).toEqual(bytes);
        process.env["HTTPS_PROXY"] = at("me:HUSHWRONG");
        await expect(httpSource(url).getRange(range)).rejects.toMatchObject({ code: "BAD_CREDENTIALS" });
      } finally {
        if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
        else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
      }
    });

    it("shows the certificate of the server, which is to be trusted", async () => {
      const url = await secureServer();
      process.env["HTTPS_PROXY"] = at("me:HUSH");
      const message = expect.stringMatching(
        /^127\.0\.0\.1:\d+: [ -~]*SELF_SIGNED_CERT[ -~]*NODE_EXTRA_CA_CERTS/,
      );
      await expect(httpSource(url).getRange(range)).rejects.toMatchObject({ code: "NETWORK", message });
    });

    it("is passed by for what NO_PROXY names", async () => {
      const { url, requests } = await serve();
      process.env["ALL_PROXY"] = at("me:HUSH");
      process.env["NO_PROXY"] = "other.example,127.0.0.1";
      expect(await httpSource(`${url}/a.fits`).getRange(range)).toEqual(bytes);
      expect(requests[0]?.headers["via"]).toBeUndefined();
    });

    it("that refuses credentials ends a read with one line without them", async () => {
      const { url, requests } = await serve();
      process.env["HTTP_PROXY"] = at("me:HUSHWRONG");
      const error: unknown = await httpSource(`${url}/a.fits`)
        .getRange(range)
        .catch((e) => e);
      expect(error).toMatchObject({ name: "FitsError", code: "BAD_CREDENTIALS" });
      expect(String(error)).not.toContain("HUSH");
      expect(requests).toEqual([]);
    });
  });
});
