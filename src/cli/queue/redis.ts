/**
 * Redis or Valkey under the queue.
 */
import { tell } from "../output.js";
import { type Connected, installed, inTime } from "./connected.js";

/** Replaces the data of a job if they are still the expected ones. Redis runs no other command during a script. */
const swap = `if redis.call("HGET", KEYS[1], "data") ~= ARGV[1] then return 0 end
redis.call("HSET", KEYS[1], "data", ARGV[2])
return 1`;

/** Connects to `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. Throws `Failure` where nothing answers. */
export async function connectRedis(url: URL, shown: string): Promise<Connected> {
  const [{ Redis }, { createRedisBackend }] = await Promise.all([
    installed(import("ioredis"), "npm install bullmq@6 ioredis@5"),
    installed(import("bullmq"), "npm install bullmq@6 ioredis@5"),
  ]);
  // A Redis without TLS waits for the rest of what begins a connection with TLS.
  let last = `nobody answers there${url.protocol === "rediss:" ? " with TLS (redis:// is without)" : ""}`;
  let isAnswering = true;
  const redis = new Redis(url.href, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(100 * times, 2000),
  });
  redis.on("error", (error: Error & { code?: string }) => {
    last = error.message || (error.code ?? last);
  });
  let isFirst = true;
  redis.on("close", () => {
    if (!isFirst && isAnswering) tell(`fitslice: ${shown} has left (${last}); trying again`);
    isAnswering = false;
  });
  redis.on("ready", () => {
    if (!isFirst && !isAnswering) tell(`fitslice: ${shown} is back`);
    isAnswering = true;
  });
  try {
    await inTime(redis.ping(), shown, () => last);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  isFirst = false;
  return {
    shown,
    connection: redis,
    backend: createRedisBackend as Connected["backend"],
    swapData: async (queue, id, from, to) => (await redis.eval(swap, 1, queue.toKey(id), from, to)) === 1,
    async close() {
      redis.removeAllListeners("close");
      redis.disconnect();
    },
  };
}
