/**
 * `fitslice serve`: what it answers, what it refuses, and what zarr-python, xarray and astropy read of it. Those are skipped where
 * they are not installed.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, start } from "./run.js";

const python = "/usr/bin/python3";
const hasZarr = spawnSync(python, ["-c", "import zarr, xarray, fsspec, aiohttp, astropy"]).status === 0;
if (!hasZarr)
  console.warn("skipped: python3-zarr or python3-xarray is not installed, so neither reads what is served");

const folder = mkdtempSync(join(tmpdir(), "fitslice-serve-"));
const root = join(folder, "root");
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  mkdirSync(join(root, "sub folder"), { recursive: true });
  const bytes = await exampleFile();
  writeFileSync(join(root, "a.fits"), bytes);
  writeFileSync(join(root, "sub folder", "b.fits"), bytes);
  writeFileSync(join(folder, "outside.fits"), bytes);
  writeFileSync(join(root, "notes.txt"), "no FITS file");
  writeFileSync(
    join(root, "page.fits"),
    "<!DOCTYPE html><title>Login</title><p>Please log in.</p>".padEnd(2880),
  );
  symlinkSync(join(folder, "outside.fits"), join(root, "link.fits"));
  symlinkSync(folder, join(root, "up"));
  symlinkSync("a.fits", join(root, "inside.fits"));
  for (const kind of ["tiled", "table", "cutout"]) {
    mkdirSync(join(root, kind));
    for (const name of readdirSync(`test/fixtures/${kind}`).filter((name) => /\.(fits|fz|gz)$/.test(name)))
      await copyFile(`test/fixtures/${kind}/${name}`, join(root, kind, name));
  }
  server = start(["serve", root, "--port", "0", "--open-files", "2"]);
  url = await new Promise<string>((resolve) =>
    server.stdout!.once("data", (line: Buffer) => resolve(`${String(line).trim()}zarr/`)),
  );
});

afterAll(() => {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** All that the server answers to text that no client would send. */
function answerTo(text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => (answer += part));
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
  });
}

/** The status of a path that no client would send as it is. */
function statusOf(path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on("error", reject)
      .end();
  });
}

describe("fitslice serve", () => {
  it("listens on loopback, and serves files below its root", async () => {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/zarr\/$/);
    for (const name of ["a.fits", "sub%20folder/b.fits", "inside.fits"]) {
      const response = await fetch(`${url}${name}/zarr.json`);
      expect(response.status, name).toBe(200);
      const { attributes } = (await response.json()) as { attributes: Record<string, unknown> };
      const source = name === "inside.fits" ? "a.fits" : decodeURIComponent(name);
      expect(attributes).toEqual({ fits_source: source });
    }
  });

  it("answers with the bytes of a chunk, and 304 to whom holds them", async () => {
    const response = await fetch(`${url}a.fits/WHT/data/c/0/0`);
    expect(new Int16Array(await response.arrayBuffer()).every((value) => value === 1000)).toBe(true);
    const headers = { "If-None-Match": response.headers.get("ETag")! };
    expect((await fetch(`${url}a.fits/WHT/data/c/0/0`, { headers })).status).toBe(304);
  });

  it("cuts images into chunks of the shape that it is told, unless they are too large", async () => {
    const other = start([
      ...["serve", join(root, "a.fits"), "--port", "0"],
      ...["--values", "float32", "--chunk-shape", "200,64"],
    ]);
    try {
      const base = await new Promise<string>((resolve) =>
        other.stdout!.once("data", (line: Buffer) => resolve(String(line).trim())),
      );
      const about = await (await fetch(`${base}zarr/a.fits/SCI/data/zarr.json`)).json();
      expect(about).toMatchObject({ chunk_grid: { configuration: { chunk_shape: [200, 64] } } });
    } finally {
      other.kill("SIGKILL");
    }
    const { code, stderr } = await fitslice(["serve", root, "--chunk-shape", "5000,5000"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("at most 16777216 pixels")]);
  });

  it("serves nothing outside of its root", async () => {
    for (const path of [
      ...[
        "/zarr/../outside.fits/zarr.json",
        "/zarr/%2e%2e/outside.fits/zarr.json",
        "/zarr/..%2foutside.fits/zarr.json",
      ],
      ...["/zarr/link.fits/zarr.json", "/zarr/up/outside.fits/zarr.json", "/zarr/a.fits%00/zarr.json"],
      ...[
        "/zarr/up%2foutside.fits/zarr.json",
        "/zarr//a.fits/zarr.json",
        "/zarr/%ff/zarr.json",
        "/zarr/a.fits",
      ],
      ...[
        "/zarr/none.fits/zarr.json",
        "/a.fits/zarr.json",
        `/zarr${folder}/outside.fits/zarr.json`,
        "/zarr/sub%20folder",
      ],
      "/zarr/a.fits/SCI/data/c/0/0/../../../../../../../outside.fits/zarr.json",
    ])
      expect(await statusOf(path), path).toBe(404);
  });

  it("says what is wrong with a file, and not where it lies", async () => {
    const response = await fetch(`${url}notes.txt/zarr.json`);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toMatch(/^NOT_FITS: [^\n]+\n$/);
    const page = await fetch(new URL("/soda/sync?ID=page.fits", url));
    expect([page.status, await page.text()]).toEqual([500, expect.stringContaining("<title>Login</title>")]);
    expect(text).not.toContain(folder);
    const service = url.slice(0, -"zarr/".length);
    const refused = await fetch(`${service}header?id=${encodeURIComponent("sub folder/b.fits")}&hdu=77`);
    expect(await refused.text()).toMatch(/^UsageError: NO_SUCH_HDU: the file: no HDU 77; [^\n/]+\n$/);
  });

  it("gives no file again to whom names its version, among others or as a weak one", async () => {
    const file = url.replace("zarr/", "file/a.fits");
    const etag = (await fetch(file, { method: "HEAD" })).headers.get("ETag")!;
    const statusFor = async (held: string): Promise<number> =>
      (await fetch(file, { headers: { "If-None-Match": held } })).status;
    for (const held of [etag, `"other", ${etag}`, `W/${etag}`, "*"]) expect(await statusFor(held)).toBe(304);
    expect(await statusFor('"other"')).toBe(200);
  });

  it("notices that a file was replaced", async () => {
    const key = `${url}new.fits/WHT/data/c/0/0`;
    expect((await fetch(key)).status).toBe(410);
    const bytes = await exampleFile();
    writeFileSync(join(root, "new.fits"), bytes);
    const first = await fetch(key);
    writeFileSync(join(root, "new.fits"), bytes);
    const second = await fetch(key);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers.get("ETag")).not.toBe(first.headers.get("ETag"));
  });

  it("keeps answering where more files are asked for at once than it keeps open", async () => {
    const names = readdirSync(join(root, "tiled")).slice(0, 12);
    const all = await Promise.all(names.map((name) => fetch(`${url}tiled/${name}/.zmetadata`)));
    expect(all.map(({ status }) => status)).toEqual(names.map(() => 200));
  });

  it("refuses what is no request in a line that always arrives, however much comes behind", async () => {
    const flood = `GET /header?id=${"9".repeat(4_000_000)} HTTP/1.1\r\n\r\n`;
    for (let i = 0; i < 10; i++)
      expect(await answerTo(flood)).toMatch(
        /^HTTP\/1\.1 431 .*UsageError: address and headers are longer than 16 kB\n$/s,
      );
    expect(await answerTo("hello, is this FTP?\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 .*UsageError: /s);
    expect((await fetch(`${url}a.fits/zarr.json`)).status).toBe(200);
  });

  it("says in one line why it cannot start", async () => {
    const { code, stderr } = await fitslice(["serve", join(folder, "nowhere")]);
    expect([code, stderr]).toEqual([
      2,
      `fitslice: cannot serve ${folder}/nowhere: there is no such folder\n`,
    ]);
    const taken = await fitslice(["serve", root, "--port", new URL(url).port]);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toMatch(
      /^fitslice: cannot listen at 127\.0\.0\.1:\d+: another program listens there; [^\n]+\n$/,
    );
  });

  it("ends cleanly when it is told to", async () => {
    const other = start(["serve", root, "--port", "0"]);
    await new Promise((resolve) => other.stdout!.once("data", resolve));
    const ended = new Promise((resolve) => other.once("exit", (...how) => resolve(how)));
    other.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});

describe.skipIf(!hasZarr)("what is served, read by zarr-python and xarray", () => {
  it("is read by the example of docs/cli.md", () => {
    const [, code] = /^```python\n([\s\S]*?)^```/m.exec(readFileSync("docs/cli.md", "utf8")) ?? [];
    expect(code).toContain("http://127.0.0.1:8000/zarr/hst.fits");
    const local = code!.replace("http://127.0.0.1:8000/zarr/hst.fits", `${url}a.fits`);
    const { status, stderr } = spawnSync(python, ["-c", local], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("is what astropy reads: all images, and all columns of numbers", { timeout: 120_000 }, async () => {
    const paths = ["tiled", "table", "cutout"].flatMap((kind) =>
      readdirSync(join(root, kind)).map((name) => `${kind}/${name}`),
    );
    const child = spawn(python, ["test/zarr/read_served.py", url, root, "a.fits", ...paths]);
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect([code, output]).toEqual([0, "99 arrays equal\n"]);
  });
});
