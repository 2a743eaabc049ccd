/**
 * `node scripts/run-ts.mjs bench/stamps-per-file.ts`: how many stamps of one file are worth more requests than a download of it
 * (the claim of Rubin's DMTN-326: two or three). Prints requests and bytes for one file of 4096 x 4096 float32, plain and under RICE,
 * and what both take at 50 ms and 50 MB/s, ten requests at a time; then how many shards there are over a million files.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { seeded } from "../test/servers/content.js";
import { startRangeServer } from "../test/servers/range-server.js";

const side = 4096;
const latency = 0.05;
const bytesPerSecond = 50e6;
const atOnce = 10;

const folder = mkdtempSync(join(tmpdir(), "fitslice-claim-"));
const program = resolve("dist/cli/main.js");

function cli(args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      stdio: "ignore",
    });
    child.on("exit", (code) => (code === 0 ? done() : fail(new Error(`${args[0]} ended with ${code}`))));
  });
}

/** Seconds of `requests` that bring `bytes`, as fitslice prices them. */
function seconds(requests: number, bytes: number): number {
  return Math.ceil(requests / atOnce) * latency + bytes / bytesPerSecond;
}

try {
  const random = seeded(1);
  const pixels = Float32Array.from({ length: side * side }, () => 100 + 10 * random());
  const header = [
    ["CTYPE1", "RA---TAN"],
    ["CTYPE2", "DEC--TAN"],
    ["CRVAL1", 10],
    ["CRVAL2", 20],
    ["CRPIX1", side / 2],
    ["CRPIX2", side / 2],
    ["CDELT1", -5.5e-5],
    ["CDELT2", 5.5e-5],
  ].map(([keyword, value]) => ({ keyword: String(keyword), value: value! }));
  writeFileSync(
    join(folder, "plain.fits"),
    await fitsBytes([imageHdu({ data: ndarray(pixels, [side, side]), header })]),
  );
  await cli(["compress", "plain.fits", "-o", "rice.fits.fz"]);
  const files = Object.fromEntries(
    ["plain.fits", "rice.fits.fz"].map((name) => [
      `/${name}`,
      new Uint8Array(readFileSync(join(folder, name))),
    ]),
  );
  const server = await startRangeServer({ files, latency: 1000 * latency, totalThroughput: bytesPerSecond });
  for (const [name, bytes] of Object.entries(files)) {
    const whole = seconds(1, bytes.length);
    console.log(
      `${name.slice(1)}: ${(bytes.length / 1e6).toFixed(1)} MB; a download takes ${whole.toFixed(2)} s`,
    );
    for (const count of [1, 2, 3, 10, 30, 100, 300, 1000]) {
      const offset = (): number => (random() - 0.5) * 0.9 * side * 5.5e-5;
      const rows = Array.from({ length: count }, (_, i) => `s${i},${10 + offset()},${20 + offset()}`);
      writeFileSync(join(folder, "list.csv"), `name,ra,dec\n${rows.join("\n")}\n`);
      const what = [
        "--targets",
        "list.csv",
        "--size",
        "64pix",
        "-o",
        "out",
        "--force",
        "--profile-json",
        "profile.json",
      ];
      await cli(["cutouts", `${server.url}${name}`, ...what]);
      const profile = JSON.parse(readFileSync(join(folder, "profile.json"), "utf8")) as {
        requests: number;
        bytes: number;
      };
      const share = ((100 * profile.bytes) / bytes.length).toFixed(1);
      console.log(
        `  ${count} stamps: ${profile.requests} requests, ${(profile.bytes / 1e6).toFixed(2)} MB (${share} %), ${seconds(profile.requests, profile.bytes).toFixed(2)} s`,
      );
    }
  }
  await server.close();
  const fileCount = 1e6;
  const shardTargets = 1000;
  for (const stamps of [1e6, 1e8, 1e9]) {
    let [shards, touched] = [0, 0];
    for (let i = 0; i < fileCount; i++) {
      const n = poisson(stamps / fileCount, random);
      if (n > 0) touched++;
      shards += Math.ceil(n / shardTargets);
    }
    console.log(
      `${stamps} stamps over ${fileCount} files: ${touched} files touched, ${shards} shards of at most ${shardTargets}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A count of chance; of large means by the normal distribution. */
function poisson(mean: number, random: () => number): number {
  if (mean > 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const limit = Math.exp(-mean);
  let [count, product] = [0, random()];
  for (; product > limit; product *= random()) count++;
  return count;
}
