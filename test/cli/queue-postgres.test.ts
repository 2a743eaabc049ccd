import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../servers/free-port.js";
import { hasPostgres, type Postgres, startPostgres } from "../servers/postgres.js";
import { type QueueFolder, queueFolder } from "./queue-folder.js";
import { fitslice, outcomeOf, separately, start } from "./run.js";

if (!hasPostgres && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no PostgreSQL here");
if (!hasPostgres) console.warn("skipped: PostgreSQL is not installed, so no queue on it is tested");

/** A worker names its connection by the queue. */
const workers = "select count(*) from pg_stat_activity where application_name = 'fitslice'";

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((go) => setTimeout(go, 100));
}

describe.skipIf(!hasPostgres)("on PostgreSQL", () => {
  let cwd: string;
  let plan: QueueFolder["plan"];
  let remove: () => void;
  let port: number;
  let postgres: Postgres;
  let queue: string;
  beforeAll(async () => {
    ({ cwd, plan, remove } = await queueFolder("cli-queue-postgres"));
    port = await freePort();
    postgres = await startPostgres(port, "hidden-word");
    queue = `postgresql://fits:hidden-word@127.0.0.1:${port}/postgres`;
  }, 60_000);
  afterAll(async () => {
    await postgres?.stop();
    remove();
  });

  test("shards are submitted once, cut by a worker, and no shard stays in the database", async () => {
    await plan("job", 10);
    const submit = () => fitslice(["cutouts", "submit", "job", "--queue", queue, "--json"], { cwd });
    expect((await submit()).json()).toEqual({ submitted: 6, done: 0 });
    expect((await submit()).code).toBe(0);
    const status = await fitslice(["cutouts", "status", "job", "--queue", queue], { cwd });
    expect(status.stderr).toContain(`postgres://127.0.0.1:${port}/postgres: 6 waiting, 0 being cut`);
    const worker = await separately(["cutouts", "work", "--queue", queue, "--jobs", "2", "--drain"], { cwd });
    expect([worker.code, worker.stderr]).toEqual([0, "6 shards cut\n"]);
    expect((await fitslice(["cutouts", "status", "job", "--json"], { cwd })).json()).toMatchObject({
      done: 6,
      counts: { done: 60 },
    });
    expect((await submit()).json()).toEqual({ submitted: 0, done: 6 });
    expect(postgres.ask("select count(*) from bullmq.job")).toBe("0\n");
    for (const { stderr, text } of [status, worker]) expect(stderr + text).not.toContain("hidden-word");
  }, 60_000);

  test("a worker goes on when the database is back", async () => {
    await plan("restarted", 20);
    const child = start(["cutouts", "work", "--queue", queue, "--jobs", "1"], { cwd });
    const ended = outcomeOf(child);
    await until(async () => postgres.ask(workers) === "1\n");
    await postgres.restart();
    await fitslice(["cutouts", "submit", "restarted", "--queue", queue], { cwd });
    await until(async () => (await fitslice(["cutouts", "status", "restarted"], { cwd })).code === 0);
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    // A restart between two questions of the worker is noticed by nobody.
    expect(stderr).toMatch(
      /^(fitslice: .* has left \(.*\); trying again\nfitslice: .* is back\n)?\d+ shards cut\n$/,
    );
  }, 90_000);

  test("a password that is wrong is refused without being shown, and a database that is none in a line", async () => {
    const told = async (url: string) =>
      (await fitslice(["cutouts", "submit", "job", "--queue", url], { cwd })).stderr;
    const refused = await told(queue.replace("hidden-word", "other-word"));
    expect(refused).toMatch(/^fitslice: the queue postgres:.* refuses: password authentication failed.*\n$/);
    expect(refused).not.toContain("other-word");
    expect(await told(queue.replace(/postgres$/, "none"))).toMatch(
      /^fitslice: the queue .* refuses: database "none" does not exist\n$/,
    );
  });
});
