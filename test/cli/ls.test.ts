import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "../servers/content.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
let server: S3Server;
let env: Record<string, string>;
beforeAll(async () => {
  cwd = workFolder("cli-ls");
  mkdirSync(join(cwd, "d", "sub"), { recursive: true });
  writeFileSync(join(cwd, "d", "a.fits"), new Uint8Array(2880));
  writeFileSync(join(cwd, "d", "sub", "b.fits"), "");
  for (const name of ["d/a.fits", "d/sub"]) utimesSync(join(cwd, name), 1e9, 1e9);
  const objects = {
    "n/1.fits": noise(5),
    "n/2.fits": noise(12345),
    "n/\u001b[2Jx\ny": noise(1),
    "m/3.fits": noise(1),
  };
  server = await startS3Server({ buckets: { b: { objects, public: true, pageKeys: 2 } } });
  env = { AWS_ENDPOINT_URL: server.url };
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

test("sizes, times and addresses of a folder, short or long", async () => {
  const short = await fitslice(["ls", "d"], { cwd });
  expect([short.code, short.stderr]).toEqual([0, ""]);
  expect(short.text).toBe(" 2.88 kB  2001-09-09 01:46  d/a.fits\n  folder  2001-09-09 01:46  d/sub/\n");
  const long = await fitslice(["ls", "d/*", "--long", "--limit", "1"], { cwd });
  expect(long.text).toBe("           2880  2001-09-09 01:46:40  d/a.fits\n");
});

test("names alone at all depths, which can be given back as a list", async () => {
  const { text } = await fitslice(["ls", "d", "--recursive", "--names"], { cwd });
  expect(text).toBe("d/a.fits\nd/sub/b.fits\n");
});

test("a bucket as JSON, page after page, with names that would steer a terminal as they are", async () => {
  server.requests.length = 0;
  const { json } = await fitslice(["ls", "s3://b/n/", "--json", "--anonymous"], { env });
  const modified = "2026-01-02T03:04:05.000Z";
  expect(json()).toEqual({
    entries: [
      { href: "s3://b/n/\u001b[2Jx\ny", folder: false, size: 1, modified },
      { href: "s3://b/n/1.fits", folder: false, size: 5, modified },
      { href: "s3://b/n/2.fits", folder: false, size: 12345, modified },
    ],
  });
  expect(server.requests.length).toBe(2);
  const { text } = await fitslice(["ls", "s3://b/n/", "--names", "--anonymous"], { env });
  expect(text).toBe("s3://b/n/\\x1b[2Jx\\x0ay\ns3://b/n/1.fits\ns3://b/n/2.fits\n");
});

test("what is not there, and what cannot be listed, in one line", async () => {
  const run = async (...args: string[]): Promise<[number | null, string]> => {
    const { code, stderr } = await fitslice(["ls", ...args], { cwd, env });
    return [code, stderr];
  };
  expect(await run("s3://b/n/*.txt", "--anonymous")).toEqual([
    1,
    "fitslice: s3://b/n/*.txt: nothing matches\n",
  ]);
  expect(await run("s3://b/none/", "--anonymous")).toEqual([
    1,
    "fitslice: s3://b/none/: nothing there begins so; check its spelling\n",
  ]);
  expect(await run("s3://none/", "--anonymous")).toEqual([
    1,
    'fitslice: s3://none/: no bucket "none" at this endpoint; check its name\n',
  ]);
  expect(await run("nowhere")).toEqual([
    1,
    "fitslice: nowhere: nothing there begins so; check its spelling\n",
  ]);
  expect(await run("mast:HST/product/")).toEqual([
    1,
    expect.stringMatching(
      /^fitslice: mast:HST\/product\/: cannot be listed; give one of: file, http, https, s3, .*\n$/,
    ),
  ]);
});
