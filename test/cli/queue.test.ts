import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasRedis, type Redis, startRedis } from "../servers/redis.js";
import { type QueueFolder, queueFolder } from "./queue-folder.js";
import { fitslice, outcomeOf, separately, start } from "./run.js";

if (!hasRedis) console.warn("skipped: redis-server is not installed, so no queue is tested");

let cwd: string;
let plan: QueueFolder["plan"];
let remove: () => void;
let redis: Redis;
let queue: string;
beforeAll(async () => {
  ({ cwd, plan, remove } = await queueFolder("cli-queue"));
  if (!hasRedis) return;
  redis = await startRedis(cwd, "hidden-word");
  queue = redis.url;
});
afterAll(async () => {
  await redis?.stop();
  remove();
});

function readJson(path: string): { folder: string; files: { name: string }[] } {
  return JSON.parse(readFileSync(path, "utf8")) as { folder: string; files: { name: string }[] };
}

describe.skipIf(!hasRedis)("on Redis", () => {
  test("shards are submitted once, cut by a worker, and nothing of them stays in Redis", async () => {
    await plan("job");
    const submit = () => fitslice(["cutouts", "submit", "job", "--queue", queue, "--json"], { cwd });
    expect((await submit()).json()).toEqual({ submitted: 6, done: 0 });
    expect((await submit()).code).toBe(0);
    const status = await fitslice(["cutouts", "status", "job", "--queue", queue], { cwd });
    expect(status.stderr).toContain(`redis://127.0.0.1:${redis.port}: 6 waiting, 0 being cut`);
    const worker = await separately(["cutouts", "work", "--queue", queue, "--jobs", "2", "--drain"], { cwd });
    expect([worker.code, worker.stderr]).toEqual([0, "6 shards cut\n"]);
    expect((await fitslice(["cutouts", "status", "job", "--json"], { cwd })).json()).toMatchObject({
      done: 6,
      counts: { done: 60 },
    });
    expect((await submit()).json()).toEqual({ submitted: 0, done: 6 });
    expect(redis.ask("keys", "*")).not.toContain("shard-");
    for (const { stderr, text } of [status, worker]) expect(stderr + text).not.toContain("hidden-word");
  }, 30_000);

  test("a worker that is told to stop finishes what it has, and what is left is another's", async () => {
    await plan("stopped", 1);
    await fitslice(["cutouts", "submit", "stopped", "--queue", queue], { cwd });
    const child = start(["cutouts", "work", "--queue", queue, "--jobs", "1"], { cwd });
    const ended = outcomeOf(child);
    const output = join(cwd, "stopped/output");
    const isBusy = (): boolean => spawnSync("ls", [output], { encoding: "utf8" }).stdout.includes(".json");
    while (!isBusy()) await new Promise((go) => setTimeout(go, 20));
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^\d+ shards? cut\n$/)]);
    expect(readdirSync(output).filter((name) => name.startsWith(".part"))).toEqual([]);
    await separately(["cutouts", "work", "--queue", queue, "--drain"], { cwd });
    expect((await fitslice(["cutouts", "status", "stopped"], { cwd })).code).toBe(0);
  }, 60_000);

  test("a worker cuts a job that was planned anew as that says, and nothing of what was submitted before", async () => {
    const job = (size: string) =>
      fitslice(
        ["cutouts", "plan", "list.csv", "--size", size, "--shard-targets", "30", "--force", "-o", "anew"],
        { cwd },
      );
    const submit = () => fitslice(["cutouts", "submit", "anew", "--queue", queue], { cwd });
    const isDone = async () => (await fitslice(["cutouts", "status", "anew"], { cwd })).code === 0;
    await job("12pix");
    await submit();
    await job("16pix");
    await submit();
    const child = start(["cutouts", "work", "--queue", queue, "--jobs", "1"], { cwd });
    const ended = outcomeOf(child);
    while (!(await isDone())) await new Promise((go) => setTimeout(go, 100));
    await job("24pix");
    await submit();
    while (!(await isDone())) await new Promise((go) => setTimeout(go, 100));
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    const manifests = readdirSync(join(cwd, "anew/output")).filter((name) => name.endsWith(".json"));
    expect(manifests.length).toBe(4);
    const sides = manifests.map((name) => {
      const { folder, files } = readJson(join(cwd, "anew/output", name));
      const stamp = files.find((file) => file.name.endsWith(".fits"))!.name;
      return /NAXIS1 {2}= +(\d+)/.exec(readFileSync(join(cwd, "anew/output", folder, stamp), "latin1"))![1];
    });
    expect(sides.sort()).toEqual(["16", "16", "24", "24"]);
  }, 90_000);

  test("a password that is wrong is refused without being shown", async () => {
    const wrong = queue.replace("hidden-word", "other-word");
    const { code, stderr } = await fitslice(["cutouts", "submit", "job", "--queue", wrong], { cwd });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^fitslice: the queue redis:\/\/127.0.0.1:\d+ refuses/),
    ]);
    expect(stderr).not.toContain("other-word");
  });
});

test("a queue without TLS, asked with TLS, is told apart from one that is not there", async () => {
  await plan("unanswered");
  const silent = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const told = async (scheme: string) =>
    (
      await separately(["cutouts", "submit", "unanswered", "--queue", `${scheme}://127.0.0.1:${port}`], {
        cwd,
      })
    ).stderr;
  try {
    expect(await told("rediss")).toBe(
      `fitslice: the queue rediss://127.0.0.1:${port} cannot be reached: nobody answers there with TLS (redis:// is without)\n`,
    );
    expect(await told("redis")).toBe(
      `fitslice: the queue redis://127.0.0.1:${port} cannot be reached: nobody answers there\n`,
    );
  } finally {
    silent.close();
  }
}, 60_000);

test("a queue that is none is told in a line", async () => {
  await plan("none");
  const told = async (...args: string[]) =>
    (await fitslice(["cutouts", "submit", "none", ...args], { cwd })).stderr;
  expect(await told("--queue", "somewhere")).toBe(
    "fitslice: --queue must be like redis://host:6379, with rediss:// for TLS, or postgres://host/database\n",
  );
  expect(await told()).toContain("FITSLICE_QUEUE");
});
