/**
 * Jobs of several processes of `fitslice serve` that share a queue: each knows all, any of them runs them, and none is lost with its process.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { list } from "../../src/list/index.js";
import { fitslice, outcomeOf, start, workFolder } from "../cli/run.js";
import { exampleFile } from "../fixtures/example.js";
import { freePort } from "../servers/free-port.js";
import { hasPostgres, type Postgres, startPostgres } from "../servers/postgres.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { hasRedis, type Redis, startRedis } from "../servers/redis.js";
import { hasSwift, startSwift } from "../servers/swift.js";

const python = "/usr/bin/python3";
const hasPyvo = spawnSync(python, ["-c", "import pyvo, astropy"]).status === 0;
if (!hasRedis) console.warn("skipped: redis-server is not installed, so no jobs on it are tested");
if (!hasPyvo) console.warn("skipped: python3-pyvo is not installed, so it runs no job on a queue");

let cwd: string;
let slow: RangeServer;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  cwd = workFolder("service-queue");
  const bytes = await exampleFile();
  writeFileSync(join(cwd, "hst.fits"), bytes);
  slow = await startRangeServer({ files: { "/slow.fits": bytes }, latency: 1500 });
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});
afterAll(async () => {
  await slow.close();
  rmSync(cwd, { recursive: true, force: true });
});

const here = "ID=hst.fits&CIRCLE=150.4214 2.4224 0.0001";
const slowly = "ID=slow.fits&CIRCLE=150.4214 2.4224 0.0001";

interface Process {
  readonly url: string;
  readonly child: ChildProcess;
}

/** A process of the service on a queue, which may name its password in the environment only. */
async function serving(queue: string, results: string, ...more: string[]): Promise<Process> {
  const args = ["serve", "hst.fits", slow.url, "--results", results, "--port", "0", ...more];
  return listening(start(args, { cwd, env: { FITSLICE_QUEUE: queue } }));
}

async function listening(child: ChildProcess): Promise<Process> {
  children.add(child);
  const url = await new Promise<string>((resolve) =>
    child.stdout!.once("data", (line: Buffer) => resolve(String(line).trim())),
  );
  return { url, child };
}

const post = (url: string, form: string, method = "POST"): Promise<Response> =>
  fetch(url, { method, body: new URLSearchParams(form), redirect: "manual" });

/** Makes a job; answers with its path. */
async function created({ url }: Process, form: string): Promise<string> {
  const response = await post(`${url}soda/async`, form);
  expect([response.status, response.status === 303 ? "" : await response.text()]).toEqual([303, ""]);
  return response.headers.get("Location")!.slice(url.length);
}

const text = async ({ url }: Process, path: string): Promise<string> => (await fetch(url + path)).text();

/** Asks until the phase is this one. */
async function until(process: Process, job: string, phase: string): Promise<string> {
  for (;;) {
    const told = await text(process, `${job}?WAIT=1`);
    if (told.includes(`<uws:phase>${phase}<`)) return told;
    if (!/<uws:phase>(PENDING|QUEUED|EXECUTING)</.test(told)) throw new Error(told);
  }
}

const phaseOf = (process: Process, job: string): Promise<string> => text(process, `${job}/phase`);

/** Changes jobs by two processes at once, and looks whether a change is lost. */
async function changedAtOnce([one, two]: [Process, Process]): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const job = await created(one, here);
    const now = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000).toISOString();
    const changes: [Process, string, string][] = [
      [one, "parameters", "RUNID=mine"],
      [two, "parameters", "BAND=1 2"],
      [one, "executionduration", "EXECUTIONDURATION=7"],
      [two, "destruction", `DESTRUCTION=${now}`],
    ];
    await Promise.all(changes.map(([{ url }, part, form]) => post(`${url}${job}/${part}`, form)));
    await Promise.all([
      post(`${one.url}${job}/executionduration`, "EXECUTIONDURATION=8"),
      post(`${two.url}${job}/phase`, "PHASE=ABORT"),
    ]);
    const told = await text(one, job);
    for (const part of ["ABORTED", "mine", "1 2", now, "executionDuration>8<"]) expect(told).toContain(part);
    await post(two.url + job, "", "DELETE");
  }
}

const folders = (results: string): string[] =>
  readdirSync(join(cwd, results)).filter((name) => name !== "fitslice-jobs.json");

describe.skipIf(!hasRedis)("on Redis", () => {
  let redis: Redis;
  beforeAll(async () => {
    redis = await startRedis(cwd, "hidden-word");
  });
  afterAll(() => redis.stop());
  const jobKeys = (): string[] =>
    redis.ask("keys", "*").match(/:[0-9a-f]{12}(-[0-9a-f]{4}){3}-[0-9a-f]{12}.*/g) ?? [];

  test("a job is known to each process, run by one of them, and gone when one deletes it", async () => {
    const [one, two] = await Promise.all([serving(redis.url, "r1"), serving(redis.url, "r1")]);
    const job = await created(one, `${here}&RUNID=mine`);
    expect(await phaseOf(two, job)).toBe("PENDING");
    await post(`${two.url}${job}/parameters`, "CIRCLE=10 2 0.1&CIRCLE=150.4214 2.4224 0.0001");
    await post(`${two.url}${job}/executionduration`, "EXECUTIONDURATION=50");
    await post(`${two.url}${job}/destruction`, "DESTRUCTION=2190-01-01T00:00:00Z");
    expect(await text(one, `${job}/executionduration`)).toBe("50");
    expect(await text(one, "soda/async")).toContain(job.split("/").at(-1));
    const runs = await Promise.all([one, two].map(({ url }) => post(`${url}${job}/phase`, "PHASE=RUN")));
    expect(runs.map(({ status }) => status).sort()).toEqual([303, 400]);
    for (const each of [one, two]) {
      const told = await until(each, job, "COMPLETED");
      expect(told.match(/<uws:result /g)).toHaveLength(2);
      expect(told).toContain("<uws:runId>mine<");
      expect(told).toMatch(/<uws:startTime>.*<uws:endTime>/s);
      expect(await text(each, `${job}/results/result-1`)).toBe("UsageError: nothing of hst.fits overlaps\n");
      const result = await fetch(`${each.url}${job}/results/result-2`);
      expect(result.headers.get("Content-Type")).toBe("application/fits");
      const own = await fetch(`${each.url}soda/sync?${here.replaceAll(" ", "%20")}`);
      expect(await result.arrayBuffer()).toEqual(await own.arrayBuffer());
      const part = await fetch(`${each.url}${job}/results/result-2`, { headers: { Range: "bytes=0-8" } });
      expect([part.status, await part.text()]).toEqual([206, "SIMPLE  ="]);
    }
    expect(folders("r1")).toHaveLength(1);
    expect((await post(`${two.url}${job}`, "", "DELETE")).status).toBe(303);
    expect((await fetch(one.url + job)).status).toBe(404);
    expect([folders("r1"), jobKeys()]).toEqual([[], []]);
  }, 60_000);

  test("changes that two processes make of one job at the same moment are all made", async () => {
    await changedAtOnce(await Promise.all([serving(redis.url, "r8"), serving(redis.url, "r8")]));
    expect(jobKeys()).toEqual([]);
  }, 60_000);

  test("a job fails where all of its cutouts do, and says why in each process", async () => {
    const [one, two] = await Promise.all([serving(redis.url, "r1"), serving(redis.url, "r1")]);
    const job = await created(one, "ID=none.fits&PHASE=RUN");
    await until(two, job, "ERROR");
    expect(await text(two, `${job}/error`)).toBe("UsageError: no file has the ID none.fits\n");
    await post(one.url + job, "ACTION=DELETE");
    expect([folders("r1"), jobKeys()]).toEqual([[], []]);
  }, 60_000);

  test("jobs outlive all processes, and those of a process that is killed are another's", async () => {
    const one = await serving(redis.url, "r2");
    const [waits, done, runs] = [
      await created(one, here),
      await created(one, `${here}&PHASE=RUN`),
      await created(one, `${slowly}&PHASE=RUN`),
    ];
    await until(one, done, "COMPLETED");
    await until(one, runs, "EXECUTING");
    one.child.kill("SIGKILL");
    const two = await serving(redis.url, "r2");
    expect(await phaseOf(two, waits)).toBe("PENDING");
    expect((await fetch(`${two.url}${done}/results/result-1`)).status).toBe(200);
    await until(two, runs, "COMPLETED");
    expect((await fetch(`${two.url}${runs}/results/result-1`)).status).toBe(200);
    for (const job of [waits, done, runs]) await post(two.url + job, "ACTION=DELETE");
    expect([folders("r2").filter((name) => name.startsWith("job-")), jobKeys()]).toEqual([[], []]);
  }, 90_000);

  test("a process that is told to end gives its jobs back at once", async () => {
    const [one, two] = await Promise.all([serving(redis.url, "r3"), serving(redis.url, "r3")]);
    const jobs = await Promise.all(Array.from({ length: 6 }, () => created(one, `${slowly}&PHASE=RUN`)));
    await until(one, jobs[0]!, "EXECUTING");
    const ended = outcomeOf(two.child);
    two.child.kill("SIGTERM");
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, "serving; Ctrl-C ends\n"]);
    for (const job of jobs) await until(one, job, "COMPLETED");
    expect(folders("r3")).toHaveLength(6);
    for (const job of jobs) await post(one.url + job, "ACTION=DELETE");
    expect([folders("r3"), jobKeys()]).toEqual([[], []]);
  }, 60_000);

  test("a job is aborted and deleted by a process that does not run it, and goes when its time is over", async () => {
    const stuck = await startRangeServer({ files: { "/stuck.fits": await exampleFile() }, latency: 60_000 });
    const one = await serving(redis.url, "r4", stuck.url);
    const form = `${slowly.replace("slow", "stuck")}&PHASE=RUN`;
    await Promise.all(Array.from({ length: 6 }, () => created(one, form)));
    const inPhase = async (phase: string): Promise<string[]> =>
      ((await text(one, `soda/async?PHASE=${phase}`)).match(/(?<=jobref id=")[^"]+/g) ?? []).map(
        (id) => `soda/async/${id}`,
      );
    // One process runs four at a time.
    while ((await inPhase("EXECUTING")).length < 4) await new Promise((go) => setTimeout(go, 100));
    const queued = await inPhase("QUEUED");
    expect(queued).toHaveLength(2);
    for (const job of queued) await post(one.url + job, "", "DELETE");
    const [aborted, deleted, expired, last] = (await inPhase("EXECUTING")) as [
      string,
      string,
      string,
      string,
    ];
    const two = await serving(redis.url, "r4", stuck.url);
    const waiting = text(one, `${aborted}?WAIT=30&PHASE=EXECUTING`);
    await post(`${two.url}${aborted}/phase`, "PHASE=ABORT");
    expect(await waiting).toContain("<uws:phase>ABORTED<");
    await post(`${two.url}${deleted}`, "", "DELETE");
    await post(`${two.url}${expired}/destruction`, "DESTRUCTION=2001-01-01T00:00:00Z");
    for (const each of [one, two])
      for (const job of [deleted, expired]) expect((await fetch(each.url + job)).status).toBe(404);
    const pending = await created(one, here);
    await post(`${two.url}${pending}/phase`, "PHASE=ABORT");
    expect(await phaseOf(one, pending)).toBe("ABORTED");
    expect((await post(`${one.url}${pending}/phase`, "PHASE=RUN")).status).toBe(400);
    for (const job of [aborted, pending, last]) await post(two.url + job, "", "DELETE");
    while (jobKeys().length > 0) await new Promise((go) => setTimeout(go, 100));
    expect(folders("r4")).toEqual([]);
    await stuck.close();
  }, 60_000);

  test("limits hold for all processes together", async () => {
    const both = await Promise.all([
      serving(redis.url, "r5", "--jobs", "4", "--max-results", "1"),
      serving(redis.url, "r5", "--jobs", "4", "--max-results", "1"),
    ]);
    const jobs = [await created(both[0], here), await created(both[1], here), await created(both[0], here)];
    const many = await Promise.all(
      both.flatMap(({ url }) => [post(`${url}soda/async`, here), post(`${url}soda/async`, here)]),
    );
    expect(many.filter(({ status }) => status === 303).length).toBeLessThanOrEqual(1);
    const refused = await post(`${both[1].url}soda/async`, "ID=hst.fits");
    const list = await text(both[0], "soda/async");
    const count = list.match(/<uws:jobref /g)!.length;
    if (count === 4)
      expect([refused.status, await refused.text()]).toEqual([
        503,
        "ServiceUnavailable: you have 4 jobs; delete one\n",
      ]);
    expect(count).toBeLessThanOrEqual(4);
    for (const job of jobs) await post(both[0].url + job, "", "DELETE");
    const large = await created(both[0], `${"ID=hst.fits&".repeat(3)}HDU=all&PHASE=RUN`);
    await until(both[1], large, "COMPLETED").catch((error: Error) => {
      expect(error.message).toContain("<uws:phase>ERROR<");
    });
    expect(folders("r5").reduce((sum, name) => sum + Number(name.split("_")[1]), 0)).toBeLessThanOrEqual(
      1_000_000,
    );
    for (const id of (await text(both[0], "soda/async")).match(/(?<=<uws:jobref id=")[^"]+/g) ?? [])
      await post(`${both[0].url}soda/async/${id}`, "", "DELETE");
    expect([folders("r5"), jobKeys()]).toEqual([[], []]);
  }, 60_000);

  test.skipIf(!hasSwift())(
    "results lie in a bucket, where the queue holds no key of it",
    async () => {
      const swift = await startSwift();
      await swift.createBucket("bucket");
      const { accessKeyId, secretAccessKey } = swift.owner;
      const env = {
        FITSLICE_QUEUE: redis.url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_ENDPOINT_URL: swift.url,
        AWS_REGION: swift.region,
      };
      const args = ["serve", "hst.fits", "--results", "s3://bucket/jobs", "--port", "0"];
      const [one, two] = await Promise.all([0, 1].map(() => listening(start(args, { cwd, env }))));
      const job = await created(one!, `${here}&PHASE=RUN`);
      await until(two!, job, "COMPLETED");
      const result = await fetch(`${two!.url}${job}/results/result-1`);
      const own = await fetch(`${one!.url}soda/sync?${here.replaceAll(" ", "%20")}`);
      expect(await result.arrayBuffer()).toEqual(await own.arrayBuffer());
      const [key] = redis
        .ask("keys", `*${job.split("/").at(-1)}`)
        .trim()
        .split("\n");
      const held = redis.ask("hgetall", key!);
      expect(held).toContain("hst.fits");
      for (const secret of [accessKeyId, secretAccessKey, "hidden-word"]) expect(held).not.toContain(secret);
      await post(two!.url + job, "", "DELETE");
      const left: string[] = [];
      const s3 = { endpoint: swift.url, region: swift.region, credentials: swift.owner };
      for await (const { href } of list("s3://bucket/", { s3, recursive: true })) left.push(href);
      expect([left, jobKeys()]).toEqual([["s3://bucket/jobs/fitslice-jobs.json"], []]);
      await swift.close();
    },
    90_000,
  );

  test("a place and a queue that are not there are told in a line", async () => {
    const told = async (...args: string[]): Promise<string> =>
      (await fitslice(["serve", "hst.fits", "--port", "0", ...args], { cwd })).stderr;
    expect(await told("--queue", redis.url)).toBe(
      "fitslice: --queue needs --results: the place of what its jobs make\n",
    );
    expect(await told("--results", "r6")).toContain("FITSLICE_QUEUE");
    const refused = await told("--results", "r6", "--queue", redis.url.replace("hidden-word", "other-word"));
    expect(refused).toMatch(/^fitslice: the queue redis:\/\/127.0.0.1:\d+ refuses/);
    expect(refused).not.toContain("other-word");
    writeFileSync(join(cwd, "fitslice-jobs.json"), "{}");
    expect(await told("--results", ".", "--queue", redis.url)).toMatch(
      /^fitslice: .*fitslice-jobs.json is not a file of fitslice serve; .*\n$/,
    );
  }, 30_000);

  test.skipIf(!hasPyvo)(
    "pyvo has its job from the process that is left",
    async () => {
      const [one, two] = await Promise.all([serving(redis.url, "r7"), serving(redis.url, "r7")]);
      const client = spawn(python, ["test/service/queued_client.py", one.url, two.url]);
      const ended = outcomeOf(client);
      await new Promise((go) => client.stdout.once("data", go));
      one.child.kill("SIGKILL");
      const { code, text: printed, stderr } = await ended;
      expect([code, stderr, printed]).toEqual([0, "", "made\nCOMPLETED [(15, 15), (15, 15)]\n"]);
    },
    90_000,
  );
});

describe.skipIf(!hasPostgres)("on PostgreSQL", () => {
  let postgres: Postgres;
  let queue: string;
  beforeAll(async () => {
    const port = await freePort();
    postgres = await startPostgres(port, "hidden-word");
    queue = `postgresql://fits:hidden-word@127.0.0.1:${port}/postgres`;
  }, 60_000);
  afterAll(() => postgres?.stop());

  test("changes that two processes make of one job at the same moment are all made", async () => {
    await changedAtOnce(await Promise.all([serving(queue, "p2"), serving(queue, "p2")]));
  }, 60_000);

  test("jobs are known to each process, aborted by any, and leave nothing", async () => {
    const [one, two] = await Promise.all([serving(queue, "p1"), serving(queue, "p1")]);
    const [done, waits, runs] = [
      await created(one, `${here}&PHASE=RUN`),
      await created(two, here),
      await created(one, `${slowly}&PHASE=RUN`),
    ];
    await until(two, done, "COMPLETED");
    expect((await fetch(`${two.url}${done}/results/result-1`)).status).toBe(200);
    expect(await phaseOf(one, waits)).toBe("PENDING");
    expect((await text(one, "soda/async")).match(/<uws:jobref /g)).toHaveLength(3);
    await until(two, runs, "EXECUTING");
    one.child.kill("SIGTERM");
    await until(two, runs, "COMPLETED");
    for (const job of [done, waits, runs]) await post(two.url + job, "", "DELETE");
    expect([folders("p1"), postgres.ask("select count(*) from bullmq.job")]).toEqual([[], "0\n"]);
  }, 90_000);
});
