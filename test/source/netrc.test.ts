import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { netrc } from "../../src/platform/node-netrc.js";
import type { RequestRecord } from "../../src/source/source.js";
import { clients, data, httpSource, testServers } from "./http-source.js";

const { serve } = testServers();
const before = process.env["NETRC"];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fitslice-netrc-"));
  process.env["NETRC"] = join(folder, "netrc");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env["NETRC"];
  else process.env["NETRC"] = before;
});
const write = (text: string): void => writeFileSync(process.env["NETRC"]!, text);
const range = { offset: 10, length: 20 };

describe(".netrc", () => {
  it("is read as curl reads it: one line or many, quotes, comments, macros; default does not count", async () => {
    write(`# machine commented login no password no
machine one.example login me password secret
machine two.example
  login "a b" # who
  password "q\\"uo\\\\te"
  account x
macdef init
machine macro.example login no password no

machine three.example password first login last
machine lacking.example login me
default login anybody password anything
`);
    expect(await netrc("one.example")).toEqual({ login: "me", password: "secret" });
    expect(await netrc("TWO.example")).toEqual({ login: "a b", password: 'q"uo\\te' });
    expect(await netrc("three.example")).toEqual({ login: "last", password: "first" });
    for (const host of [
      "commented",
      "macro.example",
      "lacking.example",
      "example",
      "sub.one.example",
      "login",
    ])
      expect(await netrc(host)).toBeUndefined();
    process.env["NETRC"] = join(folder, "missing");
    expect(await netrc("one.example")).toBeUndefined();
  });
});

describe.each(clients)("credentials of .netrc, over %s", (_, client) => {
  const right = `Basic ${btoa("me:HUSH")}`;
  const guarded = {
    route: ({ headers }: { headers: { authorization?: string } }, path: string) =>
      headers.authorization === right ? { path } : { status: 401, body: `no: ${headers.authorization}` },
  } as never;

  it("are sent to a host that asks for them, from then on, and shown nowhere", async () => {
    write("machine 127.0.0.1 login me password HUSH\n");
    const { url, requests } = await serve(guarded);
    const source = httpSource(`${url}/a.fits`, client);
    const records: RequestRecord[] = [];
    const options = { headers: true, record: (entry: RequestRecord) => void records.push(entry) };
    for (let i = 0; i < 2; i++) expect(await source.getRange(range, options)).toEqual(data.slice(10, 30));
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined, right, right]);
    expect(JSON.stringify(records)).not.toMatch(/HUSH|bWU6/);
  });

  it("that are refused end in one line without them", async () => {
    write("machine 127.0.0.1 login me password HUSHWRONG\n");
    const { url, requests } = await serve(guarded);
    const error: unknown = await httpSource(`${url}/a.fits`, client)
      .getRange(range)
      .catch((e) => e);
    expect(error).toMatchObject({ code: "BAD_CREDENTIALS" });
    expect(String(error)).not.toMatch(/HUSH/);
    expect(requests).toHaveLength(2);
  });

  it("stay with their host: not at another name, nor behind a redirect, nor in place of the user's own", async () => {
    write("machine localhost login me password HUSH\n");
    const there = await serve(guarded);
    const here = await serve({ files: { "/a.fits": { redirect: `${there.url}/a.fits` } } });
    const at = (url: string): string => url.replace("127.0.0.1", "localhost");
    for (const [url, headers] of [
      [there.url, {}],
      [at(here.url), {}],
      [at(there.url), { authorization: "Bearer mine" }],
    ] as const)
      await expect(httpSource(`${url}/a.fits`, { ...client, headers }).getRange(range)).rejects.toMatchObject(
        {
          code: "BAD_CREDENTIALS",
        },
      );
    expect(there.requests.map(({ headers }) => headers.authorization)).not.toContain(right);
  });

  it("are not sent in the clear to another machine", async () => {
    write("machine archive.example login me password HUSH\n");
    const { url, requests } = await serve(guarded);
    const fetchThere = (_: string, init: RequestInit): Promise<Response> => fetch(`${url}/a.fits`, init);
    const plain = httpSource("http://archive.example/a.fits", { fetch: fetchThere });
    await expect(plain.getRange(range)).rejects.toMatchObject({ code: "BAD_CREDENTIALS" });
    expect(requests).toHaveLength(1);
    const safe = httpSource("https://archive.example/a.fits", { fetch: fetchThere });
    requests.length = 0;
    await safe.getRange(range).catch(() => {});
    expect(requests[1]?.headers.authorization).toBe(right);
  });
});
