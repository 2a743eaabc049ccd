/**
 * The package as users install it, in other runtimes: the library by check.mjs, and the command line as each of them starts it.
 * Servers are on loopback. The runtimes are those of out/runtimes (`.ci/run` installs Bun and Deno there), and this Node.
 *
 * Usage: node scripts/run-ts.mjs test/runtimes/run.ts [node|bun|deno ...]
 */
import { spawn } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { ndarray } from "../../src/array.js";
import { exampleFile } from "../fixtures/example.js";
import { compressedFile } from "../image/tiles/make.js";
import { startRangeServer } from "../servers/range-server.js";
import { startS3Server } from "../servers/s3-server.js";
import { checkDeno } from "./deno.js";
import { tiledPixel, tiledSide } from "./pixels.mjs";

const minutes = 60_000;
const here = resolve("test/runtimes");

interface Runtime {
  /** Its program; undefined where it is not here. */
  readonly program: string | undefined;
  /** Arguments before a program of JavaScript. */
  readonly run: readonly string[];
  /** What starts the installed command line. */
  readonly cli: readonly string[];
}

const installed = (name: string): string | undefined =>
  [resolve(`out/runtimes/node_modules/.bin/${name}`)].find((path) => existsSync(path));
const bun = installed("bun");
const deno = installed("deno");
const runtimes: Readonly<Record<string, Runtime>> = {
  node: { program: process.execPath, run: [], cli: ["npx", "--no-install", "fitslice"] },
  // Without --bun, Bun starts what a program's first line names: Node.
  bun: { program: bun, run: [], cli: [bun ?? "", "x", "--bun", "--no-install", "fitslice"] },
  deno: { program: deno, run: ["run", "-A"], cli: [deno ?? "", "run", "-A", "npm:fitslice"] },
};

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(cwd: string, [command, ...args]: readonly string[], stdin?: Uint8Array): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      XDG_CACHE_HOME: join(cwd, "cache"),
    };
    const child = spawn(command!, args, { cwd, env, timeout: 3 * minutes, killSignal: "SIGKILL" });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr.on("data", (text) => (stderr += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
    child.stdin.on("error", () => {}); // a program that reads no input
    child.stdin.end(stdin);
  });
}

/** A folder with the packed package installed, as a user has it, and the files. */
async function install(example: Uint8Array): Promise<string> {
  const app = mkdtempSync(join(tmpdir(), "fitslice-runtimes-"));
  process.on("exit", () => rmSync(app, { recursive: true, force: true }));
  const pack = await start(resolve("."), ["npm", "pack", "--json", "--silent", "--pack-destination", app]);
  if (pack.status !== 0) throw new Error(`npm pack fails: ${pack.stderr}`);
  renameSync(join(app, JSON.parse(pack.stdout)[0].filename), join(app, "fitslice.tgz"));
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  const npm = ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "./fitslice.tgz"];
  const { status, stderr } = await start(app, npm);
  if (status !== 0) throw new Error(`npm install fails: ${stderr}`);
  for (const name of ["check.mjs", "pixels.mjs"]) copyFileSync(join(here, name), join(app, name));
  writeFileSync(join(app, "example.fits"), example);
  mkdirSync(join(app, "list"));
  for (const name of ["a.fits", "b.fits"]) writeFileSync(join(app, "list", name), example);
  appendFileSync(
    join(app, "node_modules/fitslice/dist/workers/node.js"),
    `\nimport { appendFileSync } from "node:fs";\nport.on("message", () => appendFileSync("jobs.log", "."));\n`,
  );
  return app;
}

/** Commands, their input, and what they must print, or the code that they must end with. */
function commands(http: string, example: Uint8Array): readonly [string[], RegExp | number, Uint8Array?][] {
  return [
    [["--version"], /^fitslice \d|^\d+\.\d+/],
    [["info", "example.fits"], /SCI[\s\S]*CATALOG/],
    [["info", `${http}/example.fits`], /SCI[\s\S]*CATALOG/],
    [["info", "-"], /SCI[\s\S]*CATALOG/, example],
    [
      ["header", "list/*.fits", "--hdu", "SCI", "-k", "EXPTIME", "--table"],
      /a\.fits[\s\S]*2028\.5[\s\S]*b\.fits[\s\S]*2028\.5/,
    ],
    [["stats", `${http}/tiled.fits.fz`], /255/],
    [
      ["table", "example.fits[CATALOG]", "--where", "flag == 1", "--limit", "1", "--format", "csv"],
      /9007199254740994/,
    ],
    [["section", "example.fits[SCI]", "-s", "0:10,0:10", "-o", "cut.fits"], /^/],
    [["verify", "cut.fits"], /^/],
    [["info", "no-such.fits"], 1],
  ];
}

async function check(
  name: string,
  app: string,
  http: string,
  s3: string,
  example: Uint8Array,
): Promise<number> {
  const { program, run, cli } = runtimes[name]!;
  for (const left of ["jobs.log", "kept", "stamp.fits", "cut.fits"])
    rmSync(join(app, left), { recursive: true, force: true });
  let failed = 0;
  const library = await start(app, [program!, ...run, "check.mjs", JSON.stringify({ http, s3 })]);
  process.stdout.write(library.stdout.replace(/^/gm, `${name}: `).replace(/[^\n]*$/, ""));
  if (library.status !== 0) {
    failed++;
    process.stdout.write(`${name}: FAIL the library (exit code ${library.status})\n${library.stderr}\n`);
  }
  if (name === "deno") failed += await checkDeno(program!, { app, http, s3, start });
  for (const [args, right, stdin] of commands(http, example)) {
    const { status, stdout, stderr } = await start(app, [...cli, ...args], stdin);
    const isRight = typeof right === "number" ? status === right : status === 0 && right.test(stdout);
    if (isRight && !/\n\s+at /.test(stderr))
      process.stdout.write(`${name}: ok   fitslice ${args.join(" ")}\n`);
    else {
      failed++;
      process.stdout.write(
        `${name}: FAIL fitslice ${args.join(" ")} (exit code ${status})\n${stdout}${stderr}\n`,
      );
    }
  }
  return failed;
}

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : Object.keys(runtimes);
const unknown = names.find((name) => !runtimes[name]);
if (unknown)
  throw new Error(`no runtime is called ${unknown}; there are ${Object.keys(runtimes).join(", ")}`);
const example = await exampleFile();
const tiled = Int32Array.from({ length: tiledSide ** 2 }, (_, i) =>
  tiledPixel(Math.floor(i / tiledSide), i % tiledSide),
);
const files = {
  "/example.fits": example,
  "/example.fits.gz": new Uint8Array(gzipSync(example)),
  "/tiled.fits.fz": await compressedFile(ndarray(tiled, [tiledSide, tiledSide]), { algorithm: "rice" }),
};
const http = await startRangeServer({ files });
const s3 = await startS3Server({
  buckets: { archive: { objects: { "example.fits": example } } },
  accounts: [{ accessKeyId: "key", secretAccessKey: "secret" }],
});
const app = await install(example);
let failed = 0;
for (const name of names) {
  const { program } = runtimes[name]!;
  if (program) failed += await check(name, app, http.url, s3.url, example);
  else if (process.env["FITSLICE_REQUIRE_ORACLES"] === "1") failed++;
  if (!program)
    process.stdout.write(
      `${name}: SKIPPED: not here (npm install --prefix out/runtimes ${name} installs it)\n`,
    );
}
await Promise.all([http.close(), s3.close()]);
process.exitCode = failed > 0 ? 1 : 0;
