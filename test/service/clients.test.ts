/**
 * What the clients and validators of the Virtual Observatory say of `fitslice serve`, and nginx as a cache before it. Those that are not
 * installed are skipped.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start } from "../cli/run.js";
import { examplesOf } from "../docs/examples.js";
import { exampleFile } from "../fixtures/example.js";
import { freePort } from "../servers/free-port.js";
import { cubeFile } from "./files.js";

const python = "/usr/bin/python3";
const nginx = "/usr/sbin/nginx";
const hasPyvo = spawnSync(python, ["-c", "import pyvo, astropy"]).status === 0;
const hasStilts = spawnSync("stilts", ["-version"]).status === 0;
const hasNginx = spawnSync(nginx, ["-v"]).status === 0;
if (!hasPyvo) console.warn("skipped: python3-pyvo is not installed, so it does not use the service");
if (!hasStilts)
  console.warn("skipped: stilts is not installed, so it does not validate what the service says");
if (!hasNginx) console.warn("skipped: nginx is not installed, so it caches nothing");

const folder = mkdtempSync(join(tmpdir(), "fitslice-service-"));
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  const root = join(folder, "root");
  mkdirSync(root);
  writeFileSync(join(root, "hst.fits"), await exampleFile());
  writeFileSync(join(root, "cube.fits"), await cubeFile());
  server = start(["serve", root, "--port", "0"]);
  url = await new Promise<string>((resolve) =>
    server.stdout!.once("data", (line: Buffer) => resolve(String(line).trim())),
  );
});
afterAll(() => {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program that asks the server; answers with its code, and all that it printed. */
function run(command: string, args: readonly string[]): Promise<[number | null, string]> {
  const child = spawn(command, args);
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  return new Promise((resolve) => child.once("close", (code) => resolve([code, output])));
}

describe.skipIf(!hasPyvo)("pyvo", () => {
  it("finds the services in the links, and gets cutouts of them, and of a job", {
    timeout: 60_000,
  }, async () => {
    expect(await run(python, ["test/service/clients.py", url])).toEqual([
      0,
      [
        "['#this', '#cutout', '#cutout'] ['', '', '']",
        ...["(29, 29)", "(29, 29)", "COMPLETED [(29, 29)]", ""],
      ].join("\n"),
    ]);
  });
});

describe.skipIf(!hasStilts)("stilts", () => {
  async function valid(path: string): Promise<void> {
    const file = join(folder, "document.xml");
    writeFileSync(file, await (await fetch(url + path)).text());
    expect(await run("stilts", ["xsdvalidate", "uselocals=true", `doc=${file}`]), path).toEqual([0, ""]);
  }

  it("finds capabilities, availability and jobs valid by their schemas", { timeout: 120_000 }, async () => {
    for (const path of ["capabilities", "availability", "soda/async"]) await valid(path);
    const form = new URLSearchParams(
      "ID=hst.fits&CIRCLE=150.4214 2.4224 0.0001&CIRCLE=10 2 0.1&RUNID=<&PHASE=RUN",
    );
    const { url: job } = await fetch(`${url}soda/async`, { method: "POST", body: form });
    await fetch(`${job}?WAIT=10`);
    await fetch(`${job}?WAIT=10`);
    for (const path of ["", "/parameters", "/results"])
      await valid(`soda/async/${job.split("/").at(-1)}${path}`);
    const { url: failed } = await fetch(`${url}soda/async`, {
      method: "POST",
      body: new URLSearchParams("ID=none&PHASE=RUN"),
    });
    await fetch(`${failed}?WAIT=10`);
    await valid(`soda/async/${failed.split("/").at(-1)}`);
  });

  it("has no complaint about links and tables", { timeout: 120_000 }, async () => {
    const [, text] = await run("stilts", [
      "datalinklint",
      `votable=${url}links?ID=hst.fits&ID=none&ID=cube.fits`,
    ]);
    expect(text).toContain("Errors: 0; Warnings: 0;");
    expect(await run("stilts", ["votlint", `votable=${url}table?id=hst.fits`])).toEqual([0, ""]);
  });
});

describe.skipIf(!hasNginx)("nginx", () => {
  it("keeps cutouts, and asks by ETag whether they are still good", { timeout: 30_000 }, async () => {
    const port = await freePort();
    const conf = join(folder, "nginx.conf");
    const told = Object.entries({
      "/var/cache/nginx/cutouts": `${folder}/cache`,
      "listen 80;": `listen 127.0.0.1:${port}; add_header X-Cache $upstream_cache_status;`,
      "http://127.0.0.1:8000": url.slice(0, -1),
      "200 1m": "200 1s",
    }).reduce((text, [from, to]) => text.replace(from, to), examplesOf("docs/service.md", "nginx")[0]!.code);
    writeFileSync(
      conf,
      `${process.getuid?.() === 0 ? "user root; " : ""}daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  ${told}
}
`,
    );
    const cache = spawn(nginx, ["-c", conf, "-p", folder], { stdio: "ignore" });
    try {
      const path = `http://127.0.0.1:${port}/cutout?id=hst.fits&ra=150.421375&dec=2.422383&size=8pix`;
      let first: Response | undefined;
      while (!first)
        first = await fetch(path).catch(() => new Promise((resolve) => setTimeout(resolve, 50, undefined)));
      const bytes = await first.arrayBuffer();
      const second = await fetch(path);
      expect([first, second].map(({ headers }) => headers.get("X-Cache"))).toEqual(["MISS", "HIT"]);
      expect(await second.arrayBuffer()).toEqual(bytes);
      await new Promise((resolve) => setTimeout(resolve, 2100));
      const third = await fetch(path);
      expect(third.headers.get("X-Cache")).toBe("REVALIDATED");
      expect(await third.arrayBuffer()).toEqual(bytes);
      const links = await (await fetch(`http://127.0.0.1:${port}/links?ID=hst.fits`)).text();
      expect(links).toContain(`http://127.0.0.1:${port}/file/hst.fits`);
      const { url: job } = await fetch(`http://127.0.0.1:${port}/soda/async`, {
        method: "POST",
        body: new URLSearchParams("ID=hst.fits&CIRCLE=150.4214 2.4224 0.0001"),
      });
      const phase = async (): Promise<string> => (await fetch(`${job}/phase`)).text();
      expect(await phase()).toBe("PENDING");
      await fetch(`${job}/phase`, { method: "POST", body: new URLSearchParams("PHASE=ABORT") });
      expect(await phase()).toBe("ABORTED");
    } finally {
      cache.kill("SIGQUIT");
    }
  });
});
