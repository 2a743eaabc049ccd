/**
 * A PostgreSQL of the tests, where its programs are installed.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const versions = "/usr/lib/postgresql";
const programs = existsSync(versions)
  ? readdirSync(versions).map((version) => join(versions, version, "bin"))
  : [];
/** Where initdb and postgres are; undefined where they are not installed. */
const bin: string | undefined = programs.find((folder) => existsSync(join(folder, "initdb")));

/** It refuses to run as root: then it runs as its own user. */
function user(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return {} as { uid: number; gid: number };
  const [uid, gid] = ["-u", "-g"].map((what) =>
    Number(spawnSync("id", [what, "postgres"], { encoding: "utf8" }).stdout || Number.NaN),
  ) as [number, number];
  return Number.isNaN(uid) ? undefined : { uid, gid };
}

export const hasPostgres: boolean = bin !== undefined && user() !== undefined;

export interface Postgres {
  /** Kills it, and starts it again. */
  restart(): Promise<void>;
  /** The answer to a question, a line for each row. */
  ask(sql: string): string;
  stop(): Promise<void>;
}

/** Starts one on a port of this machine, with the user `fits` and the database `postgres`. */
export async function startPostgres(port: number, password: string): Promise<Postgres> {
  const { uid, gid } = user()!;
  const root = mkdtempSync(join(tmpdir(), "fitslice-postgres-"));
  const [data, secret] = [join(root, "data"), join(root, "secret")];
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(secret, password);
  if (uid !== undefined) for (const path of [root, data, secret]) chownSync(path, uid, gid);
  const own = { uid, gid, cwd: root, stdio: "ignore" } as const;
  const as = ["-U", "fits", `--pwfile=${secret}`, "-A", "scram-sha-256", "--no-sync"];
  spawnSync(join(bin!, "initdb"), ["-D", data, ...as], own);
  const ask = (sql: string): string =>
    spawnSync("psql", ["-At", "-h", "127.0.0.1", "-p", String(port), "-U", "fits", "postgres", "-c", sql], {
      encoding: "utf8",
      env: { ...process.env, PGPASSWORD: password },
    }).stdout;
  const settings = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", root];
  let server: ChildProcess;
  const begin = async (): Promise<void> => {
    server = spawn(join(bin!, "postgres"), settings, own);
    while (ask("select 1") !== "1\n") await new Promise((go) => setTimeout(go, 50));
  };
  const end = (signal: "SIGINT" | "SIGQUIT"): Promise<unknown> => {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill(signal);
    return ended;
  };
  await begin();
  return {
    ask,
    async restart() {
      await end("SIGQUIT");
      await begin();
    },
    async stop() {
      await end("SIGINT");
      rmSync(root, { recursive: true, force: true });
    },
  };
}
