/**
 * PostgreSQL under the queue: BullMQ's tables in a schema of their own, which the first connection makes.
 */
import { tell } from "../output.js";
import { type Connected, installed, inTime } from "./connected.js";

/** The schema that BullMQ uses on connections that are given to it. */
const schema = "bullmq";

const swap = "update job set data = $4::jsonb where queue = $1 and id = $2 and data = $3::jsonb";

const packages = "npm install bullmq@6 pg@8";

/** Connects to `postgres://[user:password@]host[:port]/database`. Throws `Failure` where nothing answers. */
export async function connectPostgres(url: URL, shown: string): Promise<Connected> {
  const [{ default: pg }, { createPostgresBackend, runMigrations }] = await Promise.all([
    installed(import("pg"), packages),
    installed(import("bullmq"), packages),
  ]);
  const pool = new pg.Pool({
    connectionString: url.href,
    options: `-c search_path=${schema}`,
    keepAlive: true,
  });
  let isAnswering = true;
  // Connections that break are made again with the next question.
  pool.on("error", (error) => {
    if (isAnswering) tell(`fitslice: ${shown} has left (${error.message}); trying again`);
    isAnswering = false;
  });
  pool.on("connect", () => {
    if (!isAnswering) tell(`fitslice: ${shown} is back`);
    isAnswering = true;
  });
  const prepare = async (): Promise<void> => {
    const client = await pool.connect();
    try {
      await runMigrations(client, schema);
    } finally {
      client.release();
    }
  };
  try {
    await inTime(prepare(), shown, () => "nobody answers there");
  } catch (error) {
    void pool.end().catch(() => undefined);
    throw error;
  }
  return {
    shown,
    connection: pool,
    backend: createPostgresBackend as Connected["backend"],
    swapData: async ({ name }, id, from, to) => (await pool.query(swap, [name, id, from, to])).rowCount === 1,
    close: () => pool.end(),
  };
}
