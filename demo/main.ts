/**
 * `npm run demo`: a 224 MB image with the layout of a Hubble file is put behind an S3-compatible server and plain
 * HTTP on loopback, both slowed down to what a user at home has, and then read the way fitslice reads.
 *
 * Options: --latency MS (50), --throughput MB/s per connection (50), --open (no), --docs (writes docs/tutorial.md)
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  createProfile,
  type Fits,
  type OpenOptions,
  type Profile,
  type ProfileSummary,
  toHar,
} from "fitslice";
import { spawnServer } from "../test/servers/spawn.js";
import { expectedLayout, writeHubbleFile } from "./hubble-file.js";
import { htmlReport, markdownTutorial, type ReportStep } from "./report.js";
import {
  explainCutout,
  listHdus,
  type Outcome,
  openFile,
  type Print,
  readCutout,
  readHeader,
  readSkyCutout,
} from "./scenario.js";

const { values } = parseArgs({
  options: {
    latency: { type: "string", default: "50" },
    throughput: { type: "string", default: "50" },
    docs: { type: "boolean", default: false },
  },
});
const latency = positive("latency", values.latency);
const throughput = positive("throughput", values.throughput);

const folder = "demo/out";
const path = join(folder, "hubble-like.fits");
const secret = { accessKeyId: "demo-key", secretAccessKey: "demo-secret-that-only-the-demo-knows" };

await mkdir(folder, { recursive: true });
say(`The file: ${path}, 224 MB, laid out like a drizzled Hubble image (written once, some seconds) ...`);
await writeHubbleFile(path);

const shaping = { latency, connectionThroughput: throughput * 1e6, totalThroughput: throughput * 4e6 };
const [s3, http] = await Promise.all([
  spawnServer({
    buckets: { hst: { objects: { "hubble-like.fits": path } } },
    accounts: [{ ...secret }],
    ...shaping,
  }),
  spawnServer({ files: { "/hubble-like.fits": path }, ...shaping }),
]);
try {
  say(`The servers: S3-compatible at ${s3.url} (signed requests only), HTTP at ${http.url};`);
  say(`${latency} ms a request, ${throughput} MB/s a connection, ${4 * throughput} MB/s in all.\n`);

  const s3Options = { s3: { endpoint: s3.url, region: "us-east-1", credentials: secret } };
  const all = await downloadAll(`${http.url}/hubble-like.fits`);
  const steps = await scenario("s3://hst/hubble-like.fits", s3Options, all);
  say("The same over plain HTTP:\n");
  await scenario(`${http.url}/hubble-like.fits`, {}, all);

  const { png } = stepOf(steps, "cutout");
  const { svg, fits } = stepOf(steps, "sky");
  const pictures = { "cutout.png": png!, "galaxy.svg": svg! };
  for (const [name, data] of Object.entries({ ...pictures, "galaxy.fits": fits! }))
    await writeFile(join(folder, name), data);
  await writeFile(join(folder, "report.html"), htmlReport(steps, all, { latency, throughput }));
  await writeFile(join(folder, "network.har"), JSON.stringify(toHar(stepOf(steps, "cutout").profile)));
  if (values.docs) {
    await mkdir("docs/images", { recursive: true });
    for (const [name, data] of Object.entries(pictures)) await writeFile(join("docs/images", name), data);
    await writeFile("docs/tutorial.md", markdownTutorial(steps, all, { latency, throughput }));
  }
  say(`The cutout: ${join(folder, "cutout.png")}`);
  say(
    `The galaxy, with its coordinates: ${join(folder, "galaxy.fits")}, and with a grid: ${join(folder, "galaxy.svg")}`,
  );
  say(`The report: ${join(folder, "report.html")} (open it in a browser)`);
  say(`The cutout's requests, for a browser's network panel: ${join(folder, "network.har")}`);
} finally {
  await Promise.all([s3.close(), http.close()]);
}

/** Runs the steps, prints what each moved, and checks that the layout is the real one. */
async function scenario(url: string, options: OpenOptions, all: Download): Promise<ReportStep[]> {
  const source = await readFile("demo/scenario.ts", "utf8");
  const steps: ReportStep[] = [];
  const opening = createProfile();
  let lines: string[] = [];
  const print: Print = (line) => lines.push(line);
  let started = performance.now();
  const fits = await openFile(url, options, opening, print);
  const report = (name: string, title: string, outcome: Outcome, profile: ProfileSummary): void => {
    const seconds = (performance.now() - started) / 1000;
    const text = lines.join("\n");
    steps.push({ name, title, code: codeOf(source, name), text, seconds, profile, ...outcome });
    say(`  ${title}`);
    for (const line of lines) say(`    ${line}`);
    lines = [];
    say(
      `    -> ${moved(profile)}, ${seconds.toFixed(2)} s; download the whole file: ${(all.bytes / 1e6).toFixed(0)} MB, ${all.seconds.toFixed(2)} s\n`,
    );
  };
  report("open", `Open ${url}`, {}, opening.summary());
  const work: [string, string, (fits: Fits, profile: Profile, print: Print) => Promise<Outcome>][] = [
    ["list", "List the HDUs and the byte layout", listHdus],
    ["header", "Read one header, that of HDU 4", readHeader],
    ["explain", "Ask what the cutout will move", explainCutout],
    ["cutout", "Cut [1600:1950, 2000:2250] out of SCI and draw it from 0 to 0.1", readCutout],
  ];
  for (const [name, title, step] of work) {
    const profile = createProfile();
    started = performance.now();
    const outcome = await step(fits, profile, print);
    report(name, title, outcome, profile.summary());
  }
  const cold = createProfile();
  started = performance.now();
  const outcome = await readSkyCutout(url, options, cold, print);
  report(
    "sky",
    "Cut 5 arcsec around 10h01m41.13s +02d25m20.58s out of SCI, as FITS",
    outcome,
    cold.summary(),
  );
  await checkLayout(fits);
  await fits.close();
  return steps;
}

function stepOf(steps: readonly ReportStep[], name: string): ReportStep {
  return steps.find((step) => step.name === name)!;
}

async function checkLayout(fits: Fits): Promise<void> {
  const found = (await fits.layouts()).map((hdu) => ({
    name: hdu.name,
    header: hdu.headerOffset,
    data: hdu.dataOffset,
  }));
  if (JSON.stringify(found) !== JSON.stringify(expectedLayout))
    throw new Error("the file does not have Hubble's layout");
}

interface Download {
  readonly bytes: number;
  readonly seconds: number;
}

/** What the scenario costs those who download first: one connection, as curl and browsers use. */
async function downloadAll(url: string): Promise<Download> {
  const started = performance.now();
  const response = await fetch(url);
  let bytes = 0;
  for await (const chunk of response.body!) bytes += chunk.byteLength;
  return { bytes, seconds: (performance.now() - started) / 1000 };
}

/** The lines between `// show NAME` and `// end`, without their indentation, as a user writes them. */
function codeOf(source: string, name: string): string {
  const lines = source.split("\n");
  const first = lines.findIndex((line) => line.trim() === `// show ${name}`) + 1;
  const last = lines.findIndex((line, i) => i > first && line.trim() === "// end");
  const indent = /^ */.exec(lines[first]!)![0].length;
  return lines
    .slice(first, last)
    .map((line) => line.slice(indent))
    .join("\n")
    .replaceAll(/(?<= )print\(|^print\(/gm, "console.log(");
}

function moved({ bytes, requests, roundTrips }: ProfileSummary): string {
  if (requests === 0) return "nothing moved";
  return `${(bytes / 1e3).toFixed(0)} kB in ${requests} request${requests === 1 ? "" : "s"}, ${roundTrips} round trip${roundTrips === 1 ? "" : "s"}`;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  process.stderr.write(`demo: --${name} must be a positive number, not ${text}\n`);
  process.exit(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
