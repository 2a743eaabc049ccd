/**
 * `node scripts/run-ts.mjs bench/workers.ts [STAMPS]`: a job on a queue by one worker of one thread, and by three; and what Redis takes of
 * the processors. For a quiet machine with redis-server.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv } from "node:process";
import { freePort } from "../test/servers/free-port.js";
import { cli, ended, makeInputs, planJob, program, server, wait } from "../test/soak/jobs.js";

const stamps = Number(argv[2] ?? 20_000);
const folder = mkdtempSync(join(tmpdir(), "fitslice-workers-"));
const port = await freePort();
const url = `redis://127.0.0.1:${port}`;
const redis = server(folder, "redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", ""]);

/** Processor seconds of a process of Linux so far, without those of its children. */
function processorSeconds({ pid }: ChildProcess): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** Seconds of work by so many workers, and what Redis took. */
async function run(workers: number): Promise<{ seconds: number; redisSeconds: number }> {
  const job = `job-${workers}`;
  planJob(folder, job, 100);
  cli(folder, ["cutouts", "submit", job, "--queue", url]);
  const before = processorSeconds(redis);
  const began = performance.now();
  const children = Array.from({ length: workers }, () =>
    spawn(process.execPath, [program, "cutouts", "work", "--queue", url, "--jobs", "1", "--drain"], {
      cwd: folder,
      stdio: "ignore",
    }),
  );
  await Promise.all(children.map(ended));
  const seconds = (performance.now() - began) / 1000;
  const redisSeconds = processorSeconds(redis) - before;
  cli(folder, ["cutouts", "status", job]);
  return { seconds, redisSeconds };
}

try {
  await makeInputs(folder, stamps, 1);
  await wait(1);
  const [one, three] = [await run(1), await run(3)];
  console.log(
    `${stamps} stamps: one worker ${one.seconds.toFixed(1)} s, three ${three.seconds.toFixed(1)} s`,
  );
  console.log(`three are ${(one.seconds / three.seconds).toFixed(2)} times one`);
  const share = (100 * one.redisSeconds) / one.seconds;
  console.log(
    `Redis takes ${one.redisSeconds.toFixed(2)} s of a processor beside one worker: ${share.toFixed(1)} %`,
  );
} finally {
  redis.kill();
  await ended(redis);
  rmSync(folder, { recursive: true, force: true });
}
