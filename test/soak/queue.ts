/**
 * A queue with three workers, of which one is killed every few seconds, and whose Redis is restarted in the middle.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { seeded } from "../servers/content.js";
import { freePort } from "../servers/free-port.js";
import { cli, ended, has, makeInputs, planJob, program, server, wait, wrongIn } from "./jobs.js";
import type { SoakOptions, SoakResult, Violation } from "./report.js";

const workers = 3;
const secondsBetweenKills = 3;

/** A job of `count` targets. */
export async function soakQueue({ count, seed, folder }: SoakOptions): Promise<SoakResult> {
  if (!has("redis-server"))
    return { numbers: { "targets (skipped: no redis-server here)": 0 }, violations: [] };
  const random = seeded(seed);
  await makeInputs(folder, count, seed);
  planJob(folder, "job", 100);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let redis = startRedis(folder, port);
  await wait(1);
  const violations: Violation[] = [];
  const running = new Set<ChildProcess>();
  const start = (): void => {
    const args = [program, "cutouts", "work", "--queue", url, "--jobs", "1", "--drain"];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: "ignore" });
    running.add(child);
    child.on("exit", () => running.delete(child));
  };
  try {
    cli(folder, ["cutouts", "submit", "job", "--queue", url]);
    for (let i = 0; i < workers; i++) start();
    let kills = 0;
    let restarts = 0;
    const began = performance.now();
    while (running.size > 0) {
      await Promise.race([
        wait(secondsBetweenKills * (0.5 + random())),
        Promise.all([...running].map(ended)),
      ]);
      const [victim] = running;
      if (!victim || performance.now() - began > 3_600_000) break;
      victim.kill("SIGKILL");
      kills++;
      if (restarts === 0 && kills === 2) {
        restarts++;
        redis.kill("SIGKILL");
        await ended(redis);
        redis = startRedis(folder, port);
      }
      start();
    }
    const { done, shards } = JSON.parse(cli(folder, ["cutouts", "status", "job", "--json"], [0, 1])) as {
      done: number;
      shards: number;
    };
    if (done < shards)
      violations.push({ kind: "wrong", text: `${shards - done} shards were lost, seed ${seed}` });
    else violations.push(...wrongIn(folder, "job", count));
    const again = JSON.parse(cli(folder, ["cutouts", "submit", "job", "--queue", url, "--json"])) as {
      submitted: number;
    };
    if (again.submitted !== 0) violations.push({ kind: "wrong", text: "what is done was submitted again" });
    const keys = spawnSync("redis-cli", ["-p", String(port), "keys", "*"], { encoding: "utf8" });
    const left = keys.stdout.split("\n").filter((key) => /shard-/.test(key));
    if (left.length > 0) violations.push({ kind: "leak", text: `Redis keeps ${left.join(" ")}` });
    const seconds = Math.round((performance.now() - began) / 1000);
    return { numbers: { targets: count, kills, restarts, "seconds of work": seconds }, violations };
  } finally {
    for (const child of running) child.kill("SIGKILL");
    redis.kill("SIGKILL");
  }
}

function startRedis(folder: string, port: number): ChildProcess {
  const dir = join(folder, "redis");
  const keep = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
  return server(dir, "redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, ...keep]);
}
