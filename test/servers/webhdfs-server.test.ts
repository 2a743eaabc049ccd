import { afterEach, describe, expect, it } from "vitest";
import { noise } from "./content.js";
import { startWebHdfs, type WebHdfsOptions, type WebHdfsServer } from "./webhdfs-server.js";

const data = noise(1000);
const open: WebHdfsServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(options: Partial<WebHdfsOptions> = {}): Promise<WebHdfsServer> {
  const server = await startWebHdfs({ files: { "/d/a b.fits": data }, ...options });
  open.push(server);
  return server;
}

const ask = ({ url }: WebHdfsServer, query: string, path = "/d/a%20b.fits"): Promise<Response> =>
  fetch(`${url}/webhdfs/v1${path}?${query}`, { redirect: "manual" });

interface Exception {
  RemoteException: { exception: string; message: string };
}

describe("the server of WebHDFS", () => {
  it("tells length and time of change, which a new file changes", async () => {
    const server = await serve();
    const status = async (): Promise<{ length: number; modificationTime: number; type: string }> =>
      ((await (await ask(server, "op=GETFILESTATUS")).json()) as { FileStatus: never }).FileStatus;
    const first = await status();
    expect(first).toMatchObject({ length: 1000, type: "FILE" });
    server.set("/d/a b.fits", data.slice(1));
    expect(await status()).toMatchObject({ length: 999, modificationTime: first.modificationTime + 1 });
  });

  it("sends reads to another host, with all parameters, which answers 200 with the part alone", async () => {
    const server = await serve({ tokens: { HUSH: "lab" } });
    const sent = await ask(server, "op=OPEN&offset=10&length=20&delegation=HUSH");
    const location = sent.headers.get("location")!;
    expect([sent.status, new URL(location).hostname]).toEqual([307, "localhost"]);
    expect(location).toContain("delegation=HUSH");
    const part = await fetch(location);
    expect([part.status, part.headers.get("content-range"), part.headers.get("etag")]).toEqual([
      200,
      null,
      null,
    ]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(data.slice(10, 30));
  });

  it.each<[what: string, query: string, path: string, status: number, exception: string]>([
    ["a missing file", "op=OPEN", "/none", 404, "FileNotFoundException"],
    ["another user", "op=OPEN&user.name=eve", "/d/a%20b.fits", 403, "AccessControlException"],
    [
      "an offset behind the end",
      "op=OPEN&user.name=ann&offset=1001&length=1",
      "/d/a%20b.fits",
      403,
      "IOException",
    ],
    ["another question", "op=LIST&user.name=ann", "/d/a%20b.fits", 400, "IllegalArgumentException"],
    ["a token that nobody knows", "op=OPEN&delegation=x", "/d/a%20b.fits", 403, "InvalidToken"],
  ])("refuses %s with an exception", async (_, query, path, status, exception) => {
    const server = await serve({ readers: { "/d/a b.fits": "ann" } });
    const answer = await ask(server, query, path);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as Exception).RemoteException.exception).toBe(exception);
  });

  it("wants a token where it knows some, by Kerberos' name", async () => {
    const server = await serve({ tokens: { HUSH: "lab" } });
    const answer = await ask(server, "op=GETFILESTATUS&user.name=lab");
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Negotiate"]);
    expect((await ask(server, "op=GETFILESTATUS&delegation=HUSH")).status).toBe(200);
  });

  it("fails at the name node, or at the data node, when told to", async () => {
    const server = await serve();
    server.nextNameFaults.push({ status: 503, body: "later" });
    expect((await ask(server, "op=GETFILESTATUS")).status).toBe(503);
    expect((await ask(server, "op=GETFILESTATUS")).status).toBe(200);
    const sent = await serve({ dataNode: "http://nowhere.invalid:1" });
    expect((await ask(sent, "op=OPEN&offset=0&length=1")).headers.get("location")).toMatch(
      /^http:\/\/nowhere\.invalid:1\/webhdfs\/v1\/d\/a%20b\.fits\?/,
    );
  });
});
