/** `fitslice serve` of prefixes: which address a path means, and which it never does. */
import { describe, expect, it } from "vitest";
import { ownServerOnly, remoteRoot } from "../../src/cli/serve/remote-roots.js";
import { exampleFile } from "../fixtures/example.js";
import { startRangeServer } from "../servers/range-server.js";
import { startS3Server } from "../servers/s3-server.js";
import { fitslice, start } from "./run.js";

describe("the file of a path below a prefix", () => {
  it("is the first part that is named as FITS files are", () => {
    const look = remoteRoot("s3://bucket/pre/");
    expect(look(["m31", "i.fits.fz", "SCI", "data", "0.0"])).toEqual({
      href: "s3://bucket/pre/m31/i.fits.fz",
      name: "m31/i.fits.fz",
      parts: 2,
    });
    expect(look(["m31", "notes.txt", "zarr.json"])).toBeUndefined();
    expect(look(["a?versionId=1.fits", "zarr.json"])).toBeUndefined();
    expect(remoteRoot("https://host/data")(["a b?#.fits"])?.href).toBe("https://host/data/a%20b%3F%23.fits");
  });

  it("is the root itself, where that is a file", () => {
    const look = remoteRoot("https://host/data/a.fits");
    expect(look(["a.fits", "zarr.json"])?.href).toBe("https://host/data/a.fits");
    expect(look(["b.fits", "zarr.json"])).toBeUndefined();
    expect(remoteRoot("s3://my.fits")(["b.fits"])?.href).toBe("s3://my.fits/b.fits");
  });

  it("is refused of addresses that are no prefix", () => {
    for (const root of ["ws://host/", "https://host/a?key=1", "data://x/"])
      expect(() => remoteRoot(root)).toThrow(/cannot serve/);
  });

  it("is asked of its own server alone", async () => {
    const fetchOwn = ownServerOnly("https://host/data")!;
    for (const url of ["http://169.254.169.254/", "https://other/data/a.fits", "http://host/data/a.fits"])
      expect(() => fetchOwn(url)).toThrow(/redirects to/);
    expect(ownServerOnly("s3://bucket/")).toBeUndefined();
  });
});

/** Serves these roots while `use` asks. */
async function serving(
  roots: readonly string[],
  env: Record<string, string>,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const child = start(["serve", ...roots, "--port", "0"], { env });
  try {
    const line = await new Promise<Buffer>((resolve) => child.stdout!.once("data", resolve));
    await use(`${String(line).trim()}zarr/`);
  } finally {
    child.kill("SIGKILL");
  }
}

describe("fitslice serve of prefixes", () => {
  it("serves a bucket's and a server's files, and follows no redirect to another host", async () => {
    const bytes = await exampleFile();
    const s3 = await startS3Server({
      buckets: { b: { public: true, objects: { "pre/a.fits": bytes, "b.fits": bytes } } },
    });
    const hidden = await startRangeServer({ files: { "/secret.fits": bytes } });
    const http = await startRangeServer({
      files: { "/data/c.fits": bytes, "/outside.fits": bytes },
      route: (_, path) =>
        path === "/data/away.fits"
          ? { status: 302, headers: { location: `${hidden.url}/secret.fits` } }
          : { path },
    });
    try {
      await serving(["s3://b/pre", `${http.url}/data/`], { AWS_ENDPOINT_URL: s3.url }, async (url) => {
        for (const name of ["a.fits", "c.fits"]) {
          const response = await fetch(`${url}${name}/WHT/data/c/0/0`);
          expect(
            new Int16Array(await response.arrayBuffer()).every((value) => value === 1000),
            name,
          ).toBe(true);
          const headers = { "If-None-Match": response.headers.get("ETag")! };
          expect((await fetch(`${url}${name}/WHT/data/c/0/0`, { headers })).status).toBe(304);
        }
        for (const path of ["b.fits/zarr.json", "none.fits/zarr.json", "..%2foutside.fits/zarr.json"])
          expect((await fetch(url + path)).status, path).toBe(404);
        const away = await fetch(`${url}away.fits/zarr.json`);
        expect(away.status).toBe(502);
        expect(await away.text()).toMatch(/^FORBIDDEN: [^\n]*redirects to [^\n]*\n$/);
        expect(hidden.requests.length).toBe(0);
      });
    } finally {
      await Promise.all([s3.close(), http.close(), hidden.close()]);
    }
  });

  it("refuses a root that is no prefix in one line", async () => {
    const { code, stderr } = await fitslice(["serve", "ws://host/"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^fitslice: cannot serve ws:[^\n]+\n$/);
  });
});
