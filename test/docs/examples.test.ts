import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeHubbleFile } from "../../demo/hubble-file.js";
import { exampleFile, exampleSurvey, exampleTargets } from "../fixtures/example.js";
import { fileOnDisk, type RangeServer, startRangeServer } from "../servers/range-server.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";
import { examplesOf, scripts, tutorial } from "./examples.js";

/** The file of the tutorial, where the demo leaves it. */
const hubble = "demo/out/hubble-like.fits";

let http: RangeServer;
let s3: S3Server;
let proxy: Proxy;
let folder: string;

beforeAll(async () => {
  const bytes = await exampleFile();
  const survey = await exampleSurvey();
  http = await startRangeServer({ files: { "/hst.fits": bytes, "/survey.fits": survey } });
  await writeHubbleFile(hubble);
  proxy = await startProxy();
  s3 = await startS3Server({
    buckets: {
      stpubdata: {
        public: true,
        objects: { "hst/public/j8pu/j8pu0y010/j8pu0y010_drc.fits": fileOnDisk(hubble) },
      },
      archive: { objects: { "hst.fits": bytes } },
      hst: { objects: { "hubble-like.fits": fileOnDisk(hubble) } },
    },
    accounts: [
      { accessKeyId: "key", secretAccessKey: "secret" },
      { accessKeyId: "demo-key", secretAccessKey: "demo-secret-that-only-the-demo-knows" },
    ],
  });
  // Inside the package, so that examples import it by its own name.
  mkdirSync("out", { recursive: true });
  folder = mkdtempSync("out/examples-");
  writeFileSync(join(folder, "hst.fits"), bytes);
  writeFileSync(join(folder, "survey.fits"), survey);
  for (const field of ["a", "b", "c"]) writeFileSync(join(folder, `field-${field}.fits`), bytes);
  for (const name of ["stars", "targets"]) writeFileSync(join(folder, `${name}.csv`), exampleTargets);
});

afterAll(async () => {
  await Promise.all([http?.close(), s3?.close(), proxy?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("exit", (code) => resolve({ code, stdout, stderr }));
  });
}

/** The lines that the tutorial says its program prints. Requests and seconds depend on the speed of the server. */
function shownLines(): string[] {
  const lines = examplesOf(tutorial.document, "text").flatMap(({ code }) => code.trimEnd().split("\n"));
  expect(lines.length).toBeGreaterThan(8);
  return lines.filter((line) => !line.includes("expected"));
}

const commands = ["README.md", "site/home.md", "docs/concepts.md", "docs/recipes.md"]
  .flatMap((document) => examplesOf(document, "sh"))
  .flatMap(({ code, ...place }) =>
    code
      .split("\n")
      .filter((line) => /^(\w+=\S+ )*(npx )?fitslice /.test(line))
      .map((line) => ({ ...place, code: line })),
  );

interface Proxy {
  readonly url: string;
  /** The addresses that were asked for through the proxy. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

/** A proxy for plain requests, on loopback. */
async function startProxy(): Promise<Proxy> {
  const asked: string[] = [];
  const server = createServer(({ url = "", method, headers }, response) => {
    asked.push(url);
    request(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}

describe("the documentation's examples", () => {
  test("are there, and the package is built", () => {
    expect(scripts.length).toBeGreaterThan(10);
    expect(commands.length).toBeGreaterThan(3);
    expect(existsSync("dist/index.js"), "dist is missing: run npm test, which builds it").toBe(true);
  });

  test.each(scripts)("$document:$line runs", async ({ code, line, document }) => {
    const path = join(folder, `${document.replaceAll(/\W/g, "-")}-${line}.mjs`);
    writeFileSync(
      path,
      code.replaceAll("https://archive.example", http.url).replaceAll("https://s3.example", s3.url),
    );
    const { code: status, stdout, stderr } = await run(process.execPath, [path.slice(folder.length + 1)]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    if (code.includes("console.log")) expect(stdout).not.toBe("");
    expect(stdout, "an example promises a value that is not there").not.toMatch(/\bundefined\b/);
    if (document === tutorial.document)
      expect(stdout.split("\n")).toEqual(expect.arrayContaining(shownLines()));
  });

  test.each(commands)("$document: $code", async ({ code }) => {
    const line = code
      .replace(
        /(?<=^(\w+=\S+ )*)(npx )?fitslice/,
        `"${process.execPath}" "${join(process.cwd(), "dist/cli/main.js")}"`,
      )
      .replaceAll("https://archive.example", http.url)
      .replaceAll("http://proxy.example:3128", proxy.url);
    const output = / (?:-o|>) (\S+)/.exec(code)?.[1];
    if (output) rmSync(join(folder, output), { recursive: true, force: true }); // other examples write files of this name
    const { code: status, stdout, stderr } = await run("/bin/sh", ["-c", line], { AWS_ENDPOINT_URL: s3.url });
    expect(status, stderr).toBe(0);
    if (output) expect(statSync(join(folder, output)).size).toBeGreaterThan(100);
    else expect(stdout).not.toBe("");
    if (code.includes("proxy.example"))
      expect(proxy.asked).toEqual(expect.arrayContaining([`${http.url}/hst.fits`]));
  });
});
