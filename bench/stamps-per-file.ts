/**
 * `node scripts/run-ts.mjs bench/stamps-per-file.ts`: how many stamps of one file are worth more requests than a download of it
 * (the claim of Rubin's DMTN-326: two or three). Prints requests and bytes for one file of 4096 x 4096 float32, plain and under RICE,
 * what both take at 50 ms and 50 MB/s, ten requests at a time, and from how many stamps on a download is the faster one. (bench/scale-model.ts
 * makes costs of these counts.)
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
    let crossing: number | undefined;
    for (const count of [1, 2, 3, 10, 20, 30, 50, 70, 100, 300, 1000]) {
      const chance = seeded(count);
      const offset = (): number => (chance() - 0.5) * 0.9 * side * 5.5e-5;
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
      const taken = seconds(profile.requests, profile.bytes);
      if (taken > whole) crossing ??= count;
      const share = ((100 * profile.bytes) / bytes.length).toFixed(1);
      console.log(
        `  ${count} stamps: ${profile.requests} requests, ${(profile.bytes / 1e6).toFixed(2)} MB (${share} %), ${taken.toFixed(2)} s`,
      );
    }
    console.log(`  a download is faster from ${crossing ?? "more than 1000"} stamps on`);
  }
  await server.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
