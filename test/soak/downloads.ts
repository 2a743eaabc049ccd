/**
 * Downloads by the command line from a server of which a fifth of all answers are faults, some two to one path at once, some
 * killed and begun again: what is there under its name in the end is the file, or nothing is.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { noise, seeded } from "../servers/content.js";
import { count, type SoakOptions, type SoakResult, tally, type Violation } from "./report.js";
import { startFaultyServer } from "./server.js";

/** Downloads at a time. */
const lanes = 3;
/** Milliseconds after which a download hangs. */
const limit = 180_000;

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly hang: boolean;
}

export async function soakDownloads({
  count: downloads,
  seed,
  faults: kinds,
  folder,
}: SoakOptions): Promise<SoakResult> {
  const files = await madeFiles(folder);
  const served = Object.fromEntries(Object.keys(files).map((path) => [path, join(folder, path)]));
  const server = await startFaultyServer({ files: served, rate: 0.2, seed, kinds, latency: 2 });
  const violations: Violation[] = [];
  const ends = new Map<string, number>();
  let begun = 0;

  async function lane(number: number): Promise<void> {
    const random = seeded(seed * 1000 + number);
    while (begun < downloads) {
      const n = begun++;
      const paths = Object.keys(files);
      const path = paths[Math.floor(random() * paths.length)]!;
      const out = join(folder, `out-${n}`);
      mkdirSync(out);
      const output = join(out, "got.fits");
      const start = (...more: string[]): Promise<Ended> =>
        download(
          [`${server.url}${path}`, "-o", output, "--timeout", "1", ...more],
          random() < 0.1 ? random() * 1500 : 0,
        );
      const way = random();
      const where = `seed ${seed}, download ${n} of ${path}`;
      const old = way > 0.8 ? Buffer.from("an older file\n") : undefined;
      if (old) writeFileSync(output, old);
      let all: Ended[];
      if (way < 0.4) {
        begun++;
        all = await Promise.all([start(), start(...(random() < 0.5 ? ["--force"] : []))]);
      } else if (way < 0.6) {
        // The second one goes on where the first stopped, if it did.
        begun++;
        all = [await start()];
        if (!existsSync(output)) all.push(await start());
      } else all = [await start(...(old ? ["--force"] : []))];
      judge(
        `${where} (${all.length === 2 && way < 0.4 ? "two at once" : way < 0.6 ? "again" : old ? "over an older file" : "one"})`,
        all,
      );
      const got = existsSync(output) ? readFileSync(output) : undefined;
      const done = all.some(({ status }) => status === 0);
      if (got?.equals(files[path]!)) count(ends, "right");
      else if (!got && !done) count(ends, "none");
      else if (old && !done && got?.equals(old)) count(ends, "older kept");
      else
        violations.push({
          kind: "wrong",
          text: `${where}: ${difference(got, files[path]!)}; exit codes ${all.map(({ status }) => status)}`,
        });
      const others = readdirSync(out).filter((name) => !name.startsWith("got.fits"));
      if (others.length > 0)
        violations.push({ kind: "leak", text: `${where}: left ${others.join(", ")} behind` });
    }
  }

  function judge(where: string, all: readonly Ended[]): void {
    for (const { status, signal, stderr, hang } of all) {
      count(ends, hang ? "hang" : signal ? "killed" : `exit ${status}`);
      if (hang) violations.push({ kind: "hang", text: where });
      else if (
        !signal &&
        ((status !== 0 && !/^fitslice: \S/m.test(stderr)) || /^\s+at .*:\d+|UnhandledPromise/m.test(stderr))
      )
        violations.push({
          kind: "untyped",
          text: `${where}: exit code ${status}, ${JSON.stringify(stderr.slice(0, 400))}`,
        });
    }
  }

  await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i)));
  const { requests, faults } = await server.report();
  await server.close();
  return {
    numbers: {
      downloads: begun,
      ends: `(${tally(ends)}) as`,
      requests,
      faults: Object.values(faults).reduce((a, b) => a + b, 0),
      "of kinds": Object.keys(faults).length,
    },
    violations,
  };
}

/** Files of one part and of several, written to `folder`. */
async function madeFiles(folder: string): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for (const [path, length] of Object.entries({
    "/small.fits": 5000,
    "/some.fits": 700_000,
    "/large.fits": 7_500_000,
  })) {
    const pixels = ndarray(new Uint8Array(noise(length, length)), [length]);
    files[path] = Buffer.from(await fitsBytes([imageHdu({ data: pixels })]));
    writeFileSync(join(folder, path), files[path]);
  }
  return files;
}

function difference(got: Buffer | undefined, right: Buffer): string {
  if (!got) return "no file";
  let wrong = 0;
  for (let i = 0; i < right.length; i++) if (got[i] !== right[i]) wrong++;
  return `${got.length} of ${right.length} bytes, ${wrong} of them wrong`;
}

/** Runs `fitslice download`; sends SIGTERM after `killAfter` milliseconds where that is not 0. */
function download(args: readonly string[], killAfter: number): Promise<Ended> {
  return new Promise((done) => {
    const child: ChildProcess = spawn(process.execPath, [resolve("dist/cli/main.js"), "download", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    let hang = false;
    child.stderr!.on("data", (text) => (stderr += text));
    const late = setTimeout(() => {
      hang = true;
      child.kill("SIGKILL");
    }, limit);
    const killed = killAfter > 0 && setTimeout(() => child.kill("SIGTERM"), killAfter);
    child.on("close", (status, signal) => {
      clearTimeout(late);
      if (killed) clearTimeout(killed);
      done({ status, signal, stderr, hang });
    });
  });
}
