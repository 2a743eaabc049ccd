/**
 * Builds a page with one bundler, and looks at the page in Chromium: the build ends, says no warning, and the page draws a
 * compressed image: by the library, whose pixels must be right, or by `<fits-viewer>`, also in a page that nobody built. The package is packed and installed as users get it, the bundler is installed
 * from npm, both into a temporary folder: below this one, bundlers would find this repository's tsconfig.json, lock file
 * and packages.
 *
 * Usage: node test/bundlers/run.mjs next|webpack|vite|esbuild|viewer-page|viewer-vite|viewer-react
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { lookAtViewer, viewerArgs } from "./look-at-viewer.mjs";

const minute = 60_000;
const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const name = process.argv[2] ?? "";
if (!existsSync(join(here, name, "package.json")))
  fail("usage: node test/bundlers/run.mjs next|webpack|vite|esbuild|viewer-page|viewer-vite|viewer-react");
const {
  types: check,
  build,
  copy = {},
  serve: folder,
  viewer: isViewer = false,
} = JSON.parse(readFileSync(join(here, name, "package.json"), "utf8"));
const app = mkdtempSync(join(tmpdir(), `fitslice-${name}-`));
/** What runs in a group of its own, which a signal to this process does not reach. */
const running = new Set();
process.on("exit", () => {
  for (const { pid } of running) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {} // has just ended
  }
  rmSync(app, { recursive: true, force: true, maxRetries: 5 });
});
// A signal alone would end the process without "exit", and the folder would stay.
for (const [signal, number] of [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGTERM", 15],
])
  process.on(signal, () => process.exit(128 + number));

/** Side of the image: decoded, it is large enough for workers to be started. */
const side = 2100;
const pixel = (y, x) => (3 * x + 5 * y + ((x * y) % 7)) % 256;

function fail(message) {
  process.stderr.write(`bundlers: ${name}: ${message}\n`);
  process.exit(1);
}

/** Runs a command with all of its children in a group of their own, which ends at `timeout`, too. */
function run(what, [command, ...args], { timeout, env = {} }) {
  return new Promise((resolve) => {
    const options = {
      cwd: app,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    };
    const child = spawn(command, args, options);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    if (child.pid) running.add(child);
    const timer = setTimeout(() => {
      fail(`${what} has not ended after ${timeout / 1000} s:\n${output}`);
    }, timeout);
    child.on("error", (error) => fail(`${what}: ${error.message}`));
    child.on("close", (status) => {
      running.delete(child);
      clearTimeout(timer);
      if (status !== 0) fail(`${what} fails:\n${output}`);
      resolve(output);
    });
  });
}

/** The app's folder, with the page, the packed library and the bundler. */
async function install() {
  const setup = spawnSync(process.execPath, ["scripts/setup.mjs", "--quiet"], {
    cwd: root,
    stdio: "inherit",
  });
  if (setup.status !== 0) process.exit(1);
  cpSync(join(here, name), app, { recursive: true });
  cpSync(join(here, "draw.js"), join(app, "draw.js"));
  const pack = spawnSync("npm", ["pack", "--json", "--silent", "--pack-destination", app], {
    cwd: root,
    encoding: "utf8",
  });
  if (pack.status !== 0) fail(`npm pack fails:\n${pack.stderr}`);
  renameSync(join(app, JSON.parse(pack.stdout)[0].filename), join(app, "fitslice.tgz"));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"];
  await run("npm install", ["npm", "install", ...flags, "./fitslice.tgz"], { timeout: 5 * minute });
}

async function imageFile() {
  const { ndarray } = await import("fitslice");
  const { arraySource, compressedHdu, fitsBytes } = await import("fitslice/write");
  const data = Int32Array.from({ length: side * side }, (_, i) => pixel(Math.floor(i / side), i % side));
  return fitsBytes([compressedHdu(arraySource(ndarray(data, [side, side])), { algorithm: "rice" })]);
}

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** The built page at `/`, and the image beside it, by ranges. */
async function serve(folder) {
  const image = await imageFile();
  const missing = [];
  const server = createServer(({ url = "/", headers }, response) => {
    const path = normalize(decodeURIComponent(url.replace(/[?#].*/, ""))).replace(/\/$/, "/index.html");
    if (path === "/image.fits.fz") {
      const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [undefined, 0, ""];
      const end = Math.min(last === "" ? image.length : Number(last) + 1, image.length);
      const range = { "content-range": `bytes ${first}-${end - 1}/${image.length}` };
      response.writeHead(headers.range ? 206 : 200, {
        etag: '"1"',
        "accept-ranges": "bytes",
        ...(headers.range && range),
      });
      return response.end(image.subarray(Number(first), end));
    }
    const file = join(folder, path);
    if (existsSync(file)) {
      return response
        .setHeader("content-type", types[extname(file)] ?? "application/octet-stream")
        .end(readFileSync(file));
    }
    if (path !== "/favicon.ico") missing.push(path);
    response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, missing, close: () => server.close() };
}

/** Problems that Chromium shows with the page. */
async function look(url) {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
  if (!executablePath) fail("no Chromium here to look at the page with (apt-get install chromium)");
  const problems = [];
  const browser = await puppeteer.launch({
    executablePath,
    args: [
      "--no-sandbox",
      ...(isViewer ? viewerArgs : ["--disable-gpu"]),
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
    ],
  });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(`an error in the page: ${error.message}`));
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type()) && !message.location().url?.endsWith("favicon.ico"))
        problems.push(`the console says: ${message.text()}`);
    });
    await page.evaluateOnNewDocument(() => {
      globalThis.replies = 0;
      globalThis.Worker = class extends Worker {
        constructor(...args) {
          super(...args);
          this.addEventListener("message", () => globalThis.replies++);
        }
      };
    });
    await page.goto(url);
    await page.waitForFunction(() => /^(drawn|failed)/.test(document.title), { timeout: minute });
    const title = await page.title();
    if (title !== "drawn") return [...problems, `the page ${title}`];
    problems.push(...(isViewer ? await lookAtViewer(page) : await lookAtPixels(page)));
  } finally {
    await browser.close();
  }
  return problems;
}

/** Problems with the pixels that the page drew. */
async function lookAtPixels(page) {
  const problems = [];
  const { width, height, gray, replies } = await page.evaluate(() => {
    const { width, height } = document.querySelector("canvas");
    const { data } = document.querySelector("canvas").getContext("2d").getImageData(0, 0, width, height);
    let text = "";
    for (let i = 0; i < data.length; i += 4) {
      const same = data[i] === data[i + 1] && data[i] === data[i + 2] && data[i + 3] === 255;
      text += String.fromCharCode(same ? data[i] : 256);
    }
    return { width, height, gray: text, replies: globalThis.replies };
  });
  if (width !== side || height !== side) problems.push(`the canvas is ${width} x ${height}`);
  let wrong = 0;
  // The first row of the image is the lowest of the picture.
  for (let i = 0; i < side * side; i++) {
    if (gray.charCodeAt(i) !== pixel(side - 1 - Math.floor(i / side), i % side)) wrong++;
  }
  if (wrong > 0) problems.push(`${wrong} of ${side * side} pixels are wrong`);
  if (replies < 3) problems.push(`no worker decoded a tile (${replies} messages came from workers)`);
  return problems;
}

const began = Date.now();
await install();
const installed = Date.now();
for (const [from, to] of Object.entries(copy)) cpSync(join(app, from), join(app, to), { recursive: true });
for (const [command, ...args] of [check, build].filter(Boolean)) {
  const output = await run("the build", [join(app, "node_modules", ".bin", command), ...args], {
    timeout: 3 * minute,
    env: { NEXT_TELEMETRY_DISABLED: "1", CI: "", NO_COLOR: "1", NODE_ENV: "production" },
  });
  process.stdout.write(output);
  if (/warning|circular|⚠|\(!\)/i.test(output)) fail("the build warns (see above)");
}
const built = Date.now();
const server = await serve(join(app, folder));
const problems = await look(server.url);
server.close();
for (const path of server.missing) problems.push(`the page asks for ${path}, which the build has not made`);
if (problems.length > 0) fail(problems.join("\n  "));
const seconds = [installed - began, built - installed, Date.now() - built].map((ms) =>
  (ms / 1000).toFixed(1),
);
process.stdout.write(`${name}: installed, built, drawn in ${seconds.join(", ")} s\n`);
