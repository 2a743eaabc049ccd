/**
 * Names of objects, asked of servers on loopback that answer as Sesame does, and as it should not.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { FitsError } from "../../src/errors.js";
import { resolveName } from "../../src/wcs/resolve.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server; what it was asked for is in `asked`. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ host: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { host: `http://127.0.0.1:${(server.address() as AddressInfo).port}/nph-sesame`, asked };
}

const andromeda = `# m31\t#Q22523722
#=S=Simbad (via url):    1     0ms
%@ 1575544
%I.0 M  31
%C.0 AGN
%J 10.68470833 +41.26875000 = 00:42:44.33 +41:16:07.5
%V v -300.000000 [4.000000] D 2018ApJ...868...69F
#====Done (2026-Nov-30,13:00:00z)====
`;
const nothing = `# qwertz\t#Q1
#=S=Simbad (via url):    0     0ms
#!Nothing found *** Could not find
#====Done (2026-Nov-30,13:00:00z)====
`;
const text = (body: string) => (_: IncomingMessage, response: ServerResponse) => {
  response.setHeader("content-type", "text/plain");
  response.end(body);
};
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(code, headers).end("x");

async function failure(work: Promise<unknown>): Promise<FitsError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FitsError);
  expect((error as FitsError).message).not.toContain("\n");
  return error as FitsError;
}

describe("resolveName", () => {
  test("gives the position and the main name, by one request that holds the name and no more", async () => {
    const { host, asked } = await serve(text(andromeda));
    expect(await resolveName(" m31 ", { hosts: [host] })).toEqual({
      lon: 10.68470833,
      lat: 41.26875,
      name: "M 31",
    });
    expect(asked).toEqual(["/nph-sesame/SNV?m31"]);
  });

  test("encodes names", async () => {
    const { host, asked } = await serve(text(andromeda));
    await resolveName("NGC 1&x=2#+α", { hosts: [`${host}/`] });
    expect(asked).toEqual(["/nph-sesame/SNV?NGC%201%26x%3D2%23%2B%CE%B1"]);
  });

  test("says NOT_FOUND of a name that nobody knows, and asks no second host", async () => {
    const first = await serve(text(nothing));
    const second = await serve(text(andromeda));
    const error = await failure(resolveName("qwertz", { hosts: [first.host, second.host] }));
    expect(error.code).toBe("NOT_FOUND");
    expect(error.message).toMatch(/^no object is known by the name 'qwertz' \(Sesame at 127/);
    expect(second.asked).toEqual([]);
  });

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ["a status of 503", status(503)],
    ["no answer", (request) => request.socket.destroy()],
    ["silence", () => {}],
    ["a page of another kind", text("<html><body>Please log in</body></html>")],
    ["a redirect to another host", status(302, { location: "http://localhost:1/" })],
    ["a redirect to no address", status(302, { location: "http://[" })],
    ["redirects without end", status(302, { location: "?again" })],
    [
      "an answer without end",
      (_, response) => {
        const more = (): void => {
          while (response.write("# more of this\n".repeat(1000)));
        };
        response.on("drain", more);
        more();
      },
    ],
  ])("asks the second host after %s from the first", async (_, answer) => {
    const first = await serve(answer);
    const second = await serve(text(andromeda));
    const hosts = [first.host, second.host];
    const { lon } = await resolveName("m31", { hosts, timeout: 300 });
    expect(lon).toBe(10.68470833);
    const error = await failure(resolveName("m31", { hosts: [first.host], timeout: 300 }));
    expect(error.message).toMatch(/^cannot look up 'm31': 127\.0\.0\.1:\d+ /);
    expect(["HTTP", "NETWORK", "TIMEOUT"]).toContain(error.code);
  });

  test("names all hosts that failed", async () => {
    const first = await serve(status(500));
    const second = await serve(status(404));
    const error = await failure(resolveName("m31", { hosts: [first.host, second.host] }));
    expect(error.message).toMatch(/answered with status 500; 127.*answered with status 404$/);
    expect(error.code).toBe("HTTP");
  });

  test("follows a redirect within the host", async () => {
    const { host, asked } = await serve((request, response) => {
      if (request.url!.includes("moved")) text(andromeda)(request, response);
      else status(301, { location: "/moved?m31" })(request, response);
    });
    expect((await resolveName("m31", { hosts: [host] })).lat).toBe(41.26875);
    expect(asked).toEqual(["/nph-sesame/SNV?m31", "/moved?m31"]);
  });

  test("uses the fetch it is given", async () => {
    const urls: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      urls.push(url);
      return new Response(andromeda);
    };
    expect((await resolveName("m31", { fetch })).name).toBe("M 31");
    expect(urls).toEqual(["https://cds.unistra.fr/cgi-bin/nph-sesame/SNV?m31"]);
  });

  test("stops when it is told to, with the reason", async () => {
    const { host } = await serve(() => {});
    const reason = new Error("enough");
    const controller = new AbortController();
    const work = resolveName("m31", { hosts: [host, host], signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(work).rejects.toBe(reason);
    await expect(resolveName("m31", { hosts: [host], signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  test.each(["", "  ", "a\nb", "x".repeat(300)])("refuses the name %j without asking", async (name) => {
    const { host, asked } = await serve(text(andromeda));
    expect((await failure(resolveName(name, { hosts: [host] }))).code).toBe("BAD_ARGUMENT");
    expect(asked).toEqual([]);
  });

  test("refuses hosts that are no addresses", async () => {
    for (const hosts of [[], ["cds"], ["file:///etc"]])
      expect((await failure(resolveName("m31", { hosts }))).code).toBe("BAD_ARGUMENT");
  });

  test("takes no position that is none", async () => {
    for (const line of ["%J 400 10", "%J 10 100", "%J x y", "%J", "%J 1e5 2"]) {
      const { host } = await serve(text(`# x\n${line}\n`));
      expect((await failure(resolveName("x", { hosts: [host] }))).code).toBe("NOT_FOUND");
    }
  });
});
